"""Stage 4: policy decides each rendered target, and each environment's fleet; findings stand where people wrote.

A denial names its rule as `policy/<category>.<rule>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from mlgitops.findings import Finding
from mlgitops.policy.decide import PolicyFinding, Question, decide
from mlgitops.policy.engine import Engine, Scope
from mlgitops.policy.inputs import environment_input, fleet_input, objects_input
from mlgitops.policy.places import fleet_place, model_place
from mlgitops.policy.published_schema import published_schema
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape
from mlgitops.source import Location, parse_pointer
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.reader import Document
from mlgitops.stages.places import Related, object_place
from mlgitops.stages.render import RenderedTarget

Json = Any


@cache
def shape(scope: Scope) -> Shape:
    """The shape of a scope's input, made ready once."""
    return Shape(published_schema(scope))


def decide_targets(engine: Engine, rules: RuleSet, targets: Sequence[RenderedTarget]) -> dict[str, list[Finding]]:
    """The findings of scopes `model` and `objects`, by `model@environment`, before waivers."""
    if not targets:
        return {}
    findings: dict[str, list[Finding]] = {one.target.resolved.subject: [] for one in targets}
    inputs = [Question(one.target.resolved.subject, one.input) for one in targets]
    models = decide(engine, rules, "model", inputs, shape("model")) if rules.of("model") else ()
    for one, decision in zip(targets, models, strict=bool(models)):
        findings[one.target.resolved.subject] += [_model_finding(rules, one, found) for found in decision.findings]
    asked = [_objects(one) for one in targets] if rules.of("objects") else []
    objects = decide(engine, rules, "objects", asked, shape("objects"))
    for one, decision in zip(targets, objects, strict=bool(objects)):
        findings[one.target.resolved.subject] += [_object_finding(rules, one, found) for found in decision.findings]
    return findings


def _objects(one: RenderedTarget) -> Question:
    resolved = one.target.resolved
    return Question(resolved.subject, objects_input(resolved.name, one.input["environment"], one.objects))


def _finding(
    rules: RuleSet, found: PolicyFinding, place: Location, pointer: str, subject: str, related: Related = ()
) -> Finding:
    rule = next(rule for rule in rules.rules if rule.id == found.rule)
    return Finding(
        place, f"policy/{rule.id}", found.severity, found.message, rule.remediation, pointer, subject, related
    )


def _model_finding(rules: RuleSet, one: RenderedTarget, found: PolicyFinding) -> Finding:
    resolved = one.target.resolved
    place, _ = model_place(resolved, one.target.documents, found.pointer)
    return _finding(rules, found, place, found.pointer, resolved.subject)


def _object_finding(rules: RuleSet, one: RenderedTarget, found: PolicyFinding) -> Finding:
    file, _, pointer = found.pointer.partition("#")
    final = next((rendered.data for rendered in one.objects if rendered.file == file), {})
    place, related = object_place(one.target, one.environment, file, parse_pointer(pointer), final)
    return _finding(rules, found, place, pointer, one.target.resolved.subject, related)


def decide_fleets(
    engine: Engine,
    rules: RuleSet,
    fleets: Sequence[tuple[DeclaredEnvironment, Sequence[Mapping[str, Json]]]],
    documents: Mapping[str, Document],
) -> list[Finding]:
    """The findings of scope `fleet`: of each environment with its models' rows, all asked at once.

    `documents` are the models'.
    """
    questions = [
        Question(f"@{one.name}", fleet_input(environment_input(one.name, one.spec.value.spec), rows))
        for one, rows in fleets
    ]
    decisions = decide(engine, rules, "fleet", questions, shape("fleet"))
    findings = []
    for (environment, _), question, decision in zip(fleets, questions, decisions, strict=True):
        names = [row["model"] for row in question.document["models"]]
        for found in decision.findings:
            place = fleet_place(environment.spec.document, documents, names, found.pointer)
            findings.append(_finding(rules, found, place, found.pointer, found.subject))
    return findings
