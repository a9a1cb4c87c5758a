"""Manifests that mlgitops did not render, decided by the rules on objects, at the line of the manifest."""

from __future__ import annotations

from mlgitops.findings import Finding
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import Engine
from mlgitops.policy.inputs import objects_input
from mlgitops.policy.published_schema import published_schema
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape
from mlgitops.report.contents import Report
from mlgitops.source import parse_pointer
from mlgitops.spec.manifests import read_manifests
from mlgitops.stages.foreign import report_on


def decide_foreign(content: bytes, path: str, engine: Engine, rules: RuleSet) -> Report:
    """What the rules of scope `objects` say of a text's objects. Raises MlgitopsError when they cannot be asked."""
    objects, unreadable = read_manifests(content, path)
    document = objects_input(None, None, [(str(number), manifest.data) for number, manifest in enumerate(objects)])
    (decision,) = decide(engine, rules, "objects", [Question(path, document)], Shape(published_schema("objects")))
    remedies = {rule.id: rule.remediation for rule in rules.rules}
    found: dict[int, list[Finding]] = {}
    for denial in decision.findings:
        number, _, pointer = denial.pointer.partition("#")
        at = int(number) if number else 0
        place = objects[at].locate(parse_pointer(pointer))
        code, hint, name = f"policy/{denial.rule}", remedies[denial.rule], objects[at].name
        found.setdefault(at, []).append(Finding(place, code, denial.severity, denial.message, hint, pointer, name))
    return report_on(objects, unreadable, found, f"{engine.name} {engine.version}")
