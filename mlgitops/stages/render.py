"""Stage 3: valid targets of one environment become their final objects.

Order, which decides what a run's identity sees: our objects, the platform's templates, kustomize, then
the run's name, computed from what came out; last the preflight of exactly those objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mlgitops.findings import Finding
from mlgitops.policy.inputs import environment_input, model_input
from mlgitops.render.identity import name_run
from mlgitops.render.kustomization.customize import Customized, customize
from mlgitops.render.kustomization.other_types import other_types
from mlgitops.render.kustomization.values import BuildAll
from mlgitops.render.objects import RenderedObject
from mlgitops.render.preflight.check import GROUP, preflight
from mlgitops.render.scoring import JOB_FILE, name_job
from mlgitops.render.templates.render import Rendered, render_templates
from mlgitops.source import Location, dotted, pointer_text
from mlgitops.spec.yaml_characters import excerpt
from mlgitops.stages.parts import part_objects
from mlgitops.stages.places import TEMPLATE, object_place
from mlgitops.stages.prepare import PreparedEnvironment, namespaces_of
from mlgitops.stages.validate import ValidTarget

Json = Any


@dataclass(frozen=True, slots=True)
class RenderedTarget:
    """One target's final objects."""

    target: ValidTarget
    environment: PreparedEnvironment
    input: Mapping[str, Json]
    """The `model` input of policy, which templates saw too."""
    objects: tuple[RenderedObject, ...]
    """By file, such as `train/rayjob.yaml`."""
    customized: Customized
    """What of the environment's kustomization applied."""
    findings: tuple[Finding, ...] = ()


def render_targets(
    targets: Sequence[ValidTarget], environment: PreparedEnvironment, build_all: BuildAll
) -> tuple[list[RenderedTarget], list[Finding]]:
    """The final objects of targets of one environment; those that fail are missing, and findings say why."""
    findings: list[Finding] = []
    seen = environment_input(environment.declared.name, environment.declared.spec.value.spec)
    made: dict[str, tuple[ValidTarget, dict[str, Json], list[RenderedObject]]] = {}
    for target in targets:
        context = model_input(target.resolved, seen)
        objects, problems = _own_objects(target, environment, context)
        findings += problems
        if not any(problem.fails for problem in problems):
            made[target.resolved.name] = (target, context, objects)
    customized = _customize({name: objects for name, (_, _, objects) in made.items()}, environment, build_all, findings)
    result = []
    for name, one in customized.items():
        target, context, objects = made[name]
        final = _named(objects, one.objects)
        problems = _preflight(target, environment, final)
        if one.patches:
            told = {(problem.location, problem.pointer) for problem in problems}
            others = _other_types(target, environment, objects, final)
            problems += [other for other in others if (other.location, other.pointer) not in told]
        findings += problems
        if not any(problem.fails for problem in problems):
            result.append(RenderedTarget(target, environment, context, final, one, tuple(problems)))
    return result, findings


def _own_objects(
    target: ValidTarget, environment: PreparedEnvironment, context: Mapping[str, Json]
) -> tuple[list[RenderedObject], list[Finding]]:
    """Our objects and the templates', each in the folder of its part, before kustomize and the run's name.

    `context` is the target's `model` input, which templates see.
    """
    resolved = target.resolved
    objects, findings = part_objects(resolved, target.predecessor, target.previous)
    if environment.templates and not findings:
        taken = {_identity(rendered.data) for rendered in objects}
        extras, findings = render_templates(environment.templates, context, taken, resolved.subject)
        findings += [*_foreign(extras, target), *_taken(extras, taken, target, environment)]
        parts = {"train": resolved.trains, "serve": resolved.serves}
        objects += [
            RenderedObject(f"{extra.part}/{TEMPLATE}{PurePosixPath(extra.template).name}", extra.data)
            for extra in extras
            if parts[extra.part]
        ]
    return objects, findings


def _foreign(extras: Sequence[Rendered], target: ValidTarget) -> list[Finding]:
    """Templates whose object is in a namespace that the environment's Argo CD project does not permit."""
    known = namespaces_of(target.resolved.environment)
    findings = []
    for extra in extras:
        namespace = extra.data["metadata"].get("namespace")
        if namespace is not None and namespace not in known:
            message = (
                f"metadata.namespace must be one of the environment's ({', '.join(known)}), got '{namespace[:80]}'"
            )
            hint = "take one of these, or add the namespace to `destinations` in environment.yaml"
            place, subject = Location(extra.template), target.resolved.subject
            findings.append(Finding(place, "template/foreign-namespace", "error", message, hint, "", subject))
    return findings


def _taken(
    extras: Sequence[Rendered],
    taken: Collection[tuple[str, str, str, str]],
    target: ValidTarget,
    environment: PreparedEnvironment,
) -> Iterator[Finding]:
    """Templates without a namespace whose object is the model's own in its Application's, where Argo CD puts it."""
    destinations = target.resolved.environment.destinations
    homes = {"train": destinations.training.namespace, "serve": destinations.serving.namespace}
    for extra in extras:
        version, kind, namespace, name = _identity(extra.data)
        if not namespace and (version, kind, homes[extra.part], name) in taken:
            template = next(one for one in environment.templates if one.path == extra.template)
            message = f"metadata.name: expected an object of its own, got another {excerpt(f'{kind} {name}', 200)}"
            hint = "give it a name that no other object of the model has"
            place, subject = template.locate(("metadata", "name")), target.resolved.subject
            yield Finding(place, "template/object-clash", "error", message, hint, "/metadata/name", subject)


def _identity(data: Mapping[str, Json]) -> tuple[str, str, str, str]:
    metadata = data["metadata"]
    return data["apiVersion"], data["kind"], metadata.get("namespace", ""), metadata["name"]


def _customize(
    models: Mapping[str, list[RenderedObject]],
    environment: PreparedEnvironment,
    build_all: BuildAll,
    findings: list[Finding],
) -> Mapping[str, Customized]:
    plain = {name: [rendered.data for rendered in objects] for name, objects in models.items()}
    if environment.kustomization is None:
        return {name: Customized(objects) for name, objects in plain.items()}
    customization = customize(environment.kustomization, plain, build_all)
    findings += customization.findings
    return customization.models


def _named(before: Sequence[RenderedObject], data: Sequence[dict[str, Json]]) -> tuple[RenderedObject, ...]:
    """Customised objects in their files, the run named by what decides its result, a scoring Job by its template."""
    final = [RenderedObject(rendered.file, after) for rendered, after in zip(before, data, strict=True)]
    train = tuple(one._replace(file=one.file[6:]) for one in final if one.file.startswith("train/"))
    named = [one._replace(file=f"train/{one.file}") for one in name_run(train)]
    rest = [
        one._replace(data=name_job(one.data)) if one.file == f"score/{JOB_FILE}" else one
        for one in final
        if not one.file.startswith("train/")
    ]
    return tuple(sorted([*named, *rest], key=lambda rendered: rendered.file))


def _preflight(
    target: ValidTarget, environment: PreparedEnvironment, objects: Sequence[RenderedObject]
) -> list[Finding]:
    findings = []
    kuberay = target.resolved.environment.kuberay
    for file, data in objects:
        for problem in preflight(data, kuberay=kuberay):
            place, related = object_place(target, environment, file, problem.pointer, data)
            pointer = pointer_text(problem.pointer)
            subject = target.resolved.subject
            findings.append(
                Finding(place, problem.code, problem.severity, problem.message, problem.hint, pointer, subject, related)
            )
    return findings


def _other_types(
    target: ValidTarget,
    environment: PreparedEnvironment,
    before: Sequence[RenderedObject],
    final: Sequence[RenderedObject],
) -> list[Finding]:
    """What customisation gave another type in our objects of Kubernetes' kinds; Ray's have a schema."""
    findings = []
    ours = {file: data for file, data in before if not file.rpartition("/")[2].startswith(TEMPLATE)}
    for file, data in final:
        if file not in ours or data["apiVersion"].startswith(GROUP):
            continue
        for pointer, expected, got in other_types(ours[file], data):
            place, related = object_place(target, environment, file, pointer, data)
            message = f"{dotted(pointer)} must be {expected}, as it was before customisation, got {got}"
            text, subject = pointer_text(pointer), target.resolved.subject
            hint = f"write {expected}, or leave the field alone"
            findings.append(Finding(place, "kustomize/other-type", "error", message, hint, text, subject, related))
    return findings
