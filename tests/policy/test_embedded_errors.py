"""What the embedded engine refuses, at the place in what people wrote."""

from __future__ import annotations

import pytest

from mlgitops.policy.embedded_errors import failure_findings, findings_of
from mlgitops.policy.engine import Sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.programs.embedded import EmbeddedEngine
from tests.policy.refused_rules import PACKAGE, PATH, module

HARNESS = 'package mlgitops.decision.model\n\nheader := {"digest": ""}\n\ndecision := data.mlgitops.a.b.deny\n'
MORE = "mend it at that place; `--engine opa` says more"
HEAD = ("this is no beginning of a rule", "write `deny contains {…} if {`, and close what is opened")
OPEN = ("a bracket is opened here and never closed", "close it, or remove it")
ASSIGNMENT = ("an assignment has nothing on one of its sides", "write `name := value`")
COLLECTION = ("a list, set or object is not written as one", "look for a missing comma, colon or bracket")
CIRCLE = (
    "'deny' needs its own result, or that of a rule that needs it",
    "break the circle; `--engine opa` names its steps",
)

EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "half a comparison": [("4:10", "a comparison has nothing on one of its sides", "write what it compares")],
    "open object": [("3:15", *OPEN)],
    "open body": [("3:22", *OPEN)],
    "open call": [("4:7", *OPEN)],
    "no value": [("3:6", *HEAD), ("5:6", *HEAD)],
    "open text": [("3:6", *HEAD)],
    "no comma": [("3:16", *COLLECTION)],
    "after umlauts": [("3:6", *HEAD)],
    "two errors": [("5:6", *ASSIGNMENT)],
    "no function": [
        ("4:2", "there is no function shown.nope", "correct its spelling, import its module, or define it here")
    ],
    "circle": [("7:1", *CIRCLE)],
    "circle of a set": [("3:1", *CIRCLE)],
    "imports": [("4:1", "import must not shadow import data.x.y", MORE)],
}


def refused(text: str) -> list[tuple[str, str, str]]:
    modules = {PATH: text, "mlgitops/decision/model.rego": HARNESS}
    engine = EmbeddedEngine(Sources(modules, {}, {}, {"model": ("data.mlgitops.a.b.deny",)}))  # type: ignore[typeddict-item]
    with pytest.raises(RulesRefused) as raised:
        engine.evaluate("model", [{"x": 1}])
    assert {(f.code, f.severity) for f in raised.value.findings} == {("policy/rego", "error")}
    return [(str(f.location).removeprefix(f"{PATH}:"), f.message, f.hint) for f in raised.value.findings]


@pytest.mark.parametrize("case", EXPECTED)
def test_what_the_embedded_engine_refuses(case: str) -> None:
    assert refused(module(case)) == EXPECTED[case]


def test_columns_are_counted_in_characters() -> None:
    assert refused(f'{PACKAGE}x := "üüü" if if\n\ndeny := set()\n') == [("3:12", *HEAD)]


def test_a_line_that_it_is_given_in_other_words() -> None:
    text = f"{PACKAGE}x := [a | some i, a in input.x] == if input.y ==\n\ndeny contains x\n"
    assert refused(text) == [("3:7", "a comparison has nothing on one of its sides", "write what it compares")]


def test_only_people_s_files_are_told() -> None:
    log = "Errors:\nInvalid rule head\n-- mlgitops/decision/model.rego:3:6\n\nInvalid file\n-- other.rego:1:1\n"
    assert findings_of(log, "", {PATH: "package a\n"}) == []
    assert failure_findings("x.y.deny: (error\n  (errormsg 23:Function not found: foo)\n", {PATH: "package a\n"}) == []
    assert failure_findings("a function failed", {PATH: "package a\n"}) == []
