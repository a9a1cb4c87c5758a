"""Stage 4: policy decides each rendered target, and each environment's fleet; findings stand where people wrote.

A denial names its rule as `policy/<category>.<rule>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlgitops.findings import Finding
from mlgitops.policy.decide import Decision, PolicyFinding, decide
from mlgitops.policy.engine import Engine
from mlgitops.policy.inputs import environment_input, fleet_input, objects_input
from mlgitops.policy.places import fleet_place, model_place
from mlgitops.policy.rules import RuleSet
from mlgitops.source import Location, parse_pointer
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.reader import Document
from mlgitops.stages.places import Related, object_place
from mlgitops.stages.render import RenderedTarget

Json = Any


def decide_targets(engine: Engine, rules: RuleSet, targets: Sequence[RenderedTarget]) -> dict[str, list[Finding]]:
    """The findings of scopes `model` and `objects`, by `model@environment`, before waivers."""
    if not targets:
        return {}
    findings: dict[str, list[Finding]] = {one.target.resolved.subject: [] for one in targets}
    models = decide(engine, rules, "model", [one.input for one in targets])
    for one, decision in zip(targets, models, strict=True):
        findings[one.target.resolved.subject] += [_model_finding(rules, one, found) for found in decision.findings]
    objects = decide(engine, rules, "objects", [_objects(one) for one in targets])
    for one, decision in zip(targets, objects, strict=True):
        findings[one.target.resolved.subject] += [_object_finding(rules, one, found) for found in decision.findings]
    return findings


def _objects(one: RenderedTarget) -> dict[str, Json]:
    return objects_input(one.target.resolved.name, one.input["environment"], one.objects)


def _finding(
    rules: RuleSet, found: PolicyFinding, place: Location, pointer: str, subject: str, related: Related = ()
) -> Finding:
    rule = rules.by_id[found.rule]
    return Finding(
        place, f"policy/{rule.id}", found.severity, found.message, rule.remediation, pointer, subject, related
    )


def _model_finding(rules: RuleSet, one: RenderedTarget, found: PolicyFinding) -> Finding:
    resolved = one.target.resolved
    place, _ = model_place(resolved, one.target.documents, found.pointer)
    return _finding(rules, found, place, found.pointer, resolved.subject)


def _object_finding(rules: RuleSet, one: RenderedTarget, found: PolicyFinding) -> Finding:
    file, _, pointer = found.pointer.partition("#")
    place, related = object_place(one.target, file, parse_pointer(pointer))
    return _finding(rules, found, place, pointer, one.target.resolved.subject, related)


def decide_fleet(
    engine: Engine,
    rules: RuleSet,
    environment: DeclaredEnvironment,
    rows: Sequence[Mapping[str, Json]],
    documents: Mapping[str, Document],
) -> list[Finding]:
    """The findings of scope `fleet` in one environment; `documents` are the models'."""
    seen = fleet_input(environment_input(environment.name, environment.spec.value.spec), rows)
    names = [row["model"] for row in seen["models"]]
    (decision,) = decide(engine, rules, "fleet", [seen])
    return [_fleet_finding(rules, found, environment, documents, names) for found in decision.findings]


def _fleet_finding(
    rules: RuleSet,
    found: PolicyFinding,
    environment: DeclaredEnvironment,
    documents: Mapping[str, Document],
    names: list[str],
) -> Finding:
    place = fleet_place(environment.spec.document, documents, names, found.pointer)
    tokens = parse_pointer(found.pointer)
    model = names[int(tokens[1])] if tokens[:1] == ("models",) and len(tokens) > 1 else ""
    return _finding(rules, found, place, found.pointer, f"{model}@{environment.name}")


__all__ = ["Decision", "decide_fleet", "decide_targets"]
