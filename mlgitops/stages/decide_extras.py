"""What the platform team adds to an environment, held to the same preflight, rules and namespaces as a model's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlgitops.findings import Finding
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import Engine
from mlgitops.policy.inputs import environment_input, objects_input
from mlgitops.policy.rules import RuleSet
from mlgitops.programs.lazy_kustomize import lazy_builder
from mlgitops.render.kustomization.customize import environment_objects
from mlgitops.render.kustomization.values import CLUSTER_SCOPED, Kustomization, identity
from mlgitops.render.preflight.check import preflight
from mlgitops.source import Location, Pointer, parse_pointer, pointer_text
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.stages.decide import shape
from mlgitops.stages.prepare import PreparedEnvironment, namespaces_of

Json = Any


def decide_extras(engine: Engine, rules: RuleSet, environment: PreparedEnvironment) -> list[Finding]:
    """The findings about an environment's extra objects, whose subject is `_environment@<env>`."""
    kustomization = environment.kustomization
    if kustomization is None or not kustomization.makes_objects:
        return []
    made, findings = environment_objects(kustomization, lazy_builder())
    if any(finding.fails for finding in findings):
        return findings
    name, spec = environment.declared.name, environment.declared.spec.value.spec
    subject = f"_environment@{name}"
    for data in made.objects:
        findings += _namespace(kustomization, data, spec, subject)
        for problem in preflight(data, kuberay=spec.kuberay):
            place = _place(kustomization, data, problem.pointer)
            pointer = pointer_text(problem.pointer)
            findings.append(
                Finding(place, problem.code, problem.severity, problem.message, problem.hint, pointer, subject)
            )
    return findings + _denials(engine, rules, kustomization, made.objects, environment_input(name, spec), subject)


def _denials(
    engine: Engine,
    rules: RuleSet,
    kustomization: Kustomization,
    objects: Sequence[dict[str, Json]],
    environment: Mapping[str, Json],
    subject: str,
) -> list[Finding]:
    seen = objects_input(None, environment, [(str(number), data) for number, data in enumerate(objects)])
    (decision,) = decide(engine, rules, "objects", [Question(subject, seen)], shape("objects"))
    remedies = {rule.id: rule.remediation for rule in rules.rules}
    findings = []
    for denial in decision.findings:
        number, _, pointer = denial.pointer.partition("#")
        place = _place(kustomization, objects[int(number)] if number else {}, parse_pointer(pointer))
        code, hint = f"policy/{denial.rule}", remedies[denial.rule]
        findings.append(Finding(place, code, denial.severity, denial.message, hint, pointer, subject))
    return findings


def _place(kustomization: Kustomization, data: dict[str, Json], pointer: Pointer) -> Location:
    """Where a value of an object was written; the kustomization's file for what a generator made."""
    for extra in kustomization.extras:
        if identity(extra.data) == identity(data):
            return extra.locate(pointer)
    return Location(kustomization.path)


def _namespace(
    kustomization: Kustomization, data: dict[str, Json], spec: EnvironmentSpec, subject: str
) -> list[Finding]:
    """What Argo CD would refuse, and with it the environment's whole Application: a namespace of somebody else."""
    namespace = data["metadata"].get("namespace")
    known = namespaces_of(spec)
    if namespace is None or data["kind"] in CLUSTER_SCOPED or namespace in known:
        return []
    place = _place(kustomization, data, ("metadata", "namespace"))
    message = f"metadata.namespace must be one of the environment's ({', '.join(known)}), got '{namespace[:80]}'"
    hint = "move the object, or add the namespace to `destinations` in environment.yaml"
    return [Finding(place, "kustomize/foreign-namespace", "error", message, hint, "/metadata/namespace", subject)]
