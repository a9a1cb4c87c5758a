"""Objects under rendered/ as they were committed, decided as they are: another tool may have made them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mlgitops.findings import Finding
from mlgitops.policy.decide import PolicyFinding, Question, decide
from mlgitops.policy.inputs import environment_input, objects_input
from mlgitops.policy.waivers import apply_waivers
from mlgitops.render.objects import RenderedObject
from mlgitops.source import Location
from mlgitops.stages.decide import shape
from mlgitops.tree import Tree, walk

if TYPE_CHECKING:
    from datetime import date

    from mlgitops.policy.engine import Engine
    from mlgitops.stages.outcome import BuiltModel
    from mlgitops.stages.prepare import Prepared

Json = Any


def committed_findings(
    tree: Tree, prepared: Prepared, engine: Engine, built: Iterable[BuiltModel], as_of: date
) -> list[Finding]:
    """What the rules on objects say of targets whose committed files are not those that this mlgitops makes."""
    findings: list[Finding] = []
    questions: list[Question] = []
    for one in built:
        for target in one.targets:
            if not target.changes:
                continue
            environment = prepared.environments[target.environment].declared.spec.value.spec
            objects, wrong = _objects(tree, f"rendered/{target.environment}/{one.name}")
            findings += wrong
            known = environment_input(target.environment, environment)
            questions.append(Question(f"{one.name}@{target.environment}", objects_input(one.name, known, objects)))
    if questions and prepared.rules.of("objects"):
        decisions = decide(engine, prepared.rules, "objects", questions, shape("objects"))
        found = [_finding(denial) for decision in decisions for denial in decision.findings]
        findings += apply_waivers(found, prepared.waivers, as_of, ())
    return findings


def _finding(denial: PolicyFinding) -> Finding:
    model, _, environment = denial.subject.partition("@")
    file, _, pointer = denial.pointer.partition("#")
    place = Location(f"rendered/{environment}/{model}/{file}")
    return Finding(place, f"policy/{denial.rule}", denial.severity, denial.message, "", pointer, denial.subject)


def _objects(tree: Tree, folder: str) -> tuple[list[RenderedObject], list[Finding]]:
    from ryaml import InvalidYamlError, loads

    objects, findings = [], []
    for path, kind in walk(tree, folder):
        if not path.endswith(".yaml"):
            continue
        try:
            data = loads((tree.read(path) or b"").decode()) if kind == "file" else None
        except (InvalidYamlError, ValueError):
            data = None
        if isinstance(data, Mapping) and isinstance(data.get("kind"), str):
            objects.append(RenderedObject(path.removeprefix(f"{folder}/"), dict(data)))
            continue
        said = "rendered/ must hold one object a file, got something else"
        findings.append(Finding(Location(path), "verdict/not-an-object", "error", said, "run `mlgitops render`"))
    return objects, findings
