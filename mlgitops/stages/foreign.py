"""Manifests that mlgitops did not render: checked and decided like its own, at the line of the manifest."""

from __future__ import annotations

from collections.abc import Sequence

from mlgitops.findings import Finding, in_order
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import Engine
from mlgitops.policy.inputs import objects_input
from mlgitops.policy.rules import RuleSet
from mlgitops.render.preflight import preflight
from mlgitops.report.contents import Report
from mlgitops.source import parse_pointer, pointer_text
from mlgitops.spec.manifests import Manifest, read_manifests
from mlgitops.stages.decide import shape


def check_foreign(content: bytes, path: str, kuberay: str) -> Report:
    """What KubeRay and Argo CD would do with the objects of a text."""
    objects, unreadable = read_manifests(content, path)
    found: dict[int, list[Finding]] = {}
    for number, manifest in enumerate(objects):
        for problem in preflight(manifest.data, kuberay=kuberay):
            place, pointer = manifest.locate(problem.pointer), pointer_text(problem.pointer)
            finding = Finding(place, problem.code, problem.severity, problem.message, problem.hint, pointer)
            found.setdefault(number, []).append(finding)
    return _report(objects, unreadable, found)


def decide_foreign(content: bytes, path: str, engine: Engine, rules: RuleSet) -> Report:
    """What the rules of scope `objects` say of the objects of a text."""
    objects, unreadable = read_manifests(content, path)
    document = objects_input(None, None, [(str(number), manifest.data) for number, manifest in enumerate(objects)])
    (decision,) = decide(engine, rules, "objects", [Question(path, document)], shape("objects"))
    remedies = {rule.id: rule.remediation for rule in rules.rules}
    found: dict[int, list[Finding]] = {}
    for denial in decision.findings:
        number, _, text = denial.pointer.partition("#")
        place = objects[int(number or 0)].locate(parse_pointer(text))
        code, hint = f"policy/{denial.rule}", remedies[denial.rule]
        finding = Finding(place, code, denial.severity, denial.message, hint, text)
        found.setdefault(int(number or 0), []).append(finding)
    return _report(objects, unreadable, found, f"{engine.name} {engine.version}")


def _report(
    objects: Sequence[Manifest], unreadable: Sequence[Finding], found: dict[int, list[Finding]], engine: str = ""
) -> Report:
    failed = sum(any(finding.fails for finding in findings) for findings in found.values())
    return Report(
        findings=tuple(in_order([*unreadable, *(finding for findings in found.values() for finding in findings)])),
        checked=len(objects),
        failed=failed,
        unit="object",
        engine=engine,
    )
