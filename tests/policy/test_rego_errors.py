"""What the real OPA refuses, in words for people."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.policy.rego_errors import findings_of, say
from mlgitops.programs.opa_checks import compile_errors
from mlgitops.programs.process import require
from mlgitops.source import Location
from tests.policy.refused_rules import PATH, REFUSED, module

BEFORE = "look before it too, where a value, a comma or a bracket may be missing"
IF = 'write `deny contains {"pointer": …, "message": …} if {`'
FUNCTION = "correct its spelling, import its module, or define it here"
CIRCLE = "break the circle: take one of these uses out"
TYPES = "give it values of these types"
NUMBER = "give it as many as it takes"

EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "half a comparison": [("5:1", "`}` cannot stand here", BEFORE)],
    "open object": [("3:31", "expected a comma or a closing bracket, got `if`", BEFORE)],
    "open body": [
        ("4:14", "the file ends before a bracket or a rule is finished", "close the bracket that was opened last")
    ],
    "open call": [("5:1", 'expected "," or ")", got `}`', BEFORE)],
    "no value": [("5:6", "expected a rule, got a name alone", IF)],
    "no if": [("3:1", "expected `if` before the body of a rule", IF)],
    "open text": [("3:15", "a text is not closed on its line", 'end it with " where it ends')],
    "no comma": [("3:30", 'expected a comma or a closing bracket, got `"`', BEFORE)],
    "single quotes": [("3:15", "this is no part of Rego", "text stands in double quotes; otherwise remove it")],
    "escape": [("3:15", "a text has an escape that Rego does not know", "double the backslash")],
    "after umlauts": [("3:24", "`if` cannot stand here", BEFORE)],
    "two errors": [("3:15", "`if` cannot stand here", BEFORE), ("5:9", "`:=` cannot stand here", BEFORE)],
    "unsafe": [
        (
            "6:14",
            "'j' has no value: nothing in this rule gives it one",
            "bind it with `some … in …` or `:=` before it is used, or correct its spelling",
        )
    ],
    "no function": [("4:2", "there is no function shown.nope", FUNCTION)],
    "types": [
        ("4:2", "count takes (string or array or object or set), got (number)", TYPES),
        ("5:2", "+ takes (number, number), got (number, string)", TYPES),
    ],
    "never equal": [("3:22", "these can never be equal: number and string", "compare values of one type")],
    "arity": [("6:2", "f takes 1 argument, got 2", NUMBER)],
    "arity of Rego's own": [("3:22", "startswith takes 2 arguments, got 1", NUMBER)],
    "circle": [("3:1", "'f' needs its own result: f → g → f", CIRCLE)],
    "circle of a set": [("3:1", "'deny' needs its own result: deny → deny", CIRCLE)],
    "clash": [
        (
            "3:1",
            "'deny' is defined in ways that cannot stand together: as a set, a value or a function",
            "give one of them another name",
        )
    ],
    "defaults": [("5:1", "'a' has more than one default", "keep one")],
    "imports": [("4:1", "two imports have one name: import data.x.y as z", "import one `as` another name")],
    "assigned": [("3:32", "'x' already has a value in this body", "compare with ==, or take another name")],
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_opa_refuses(case: str) -> None:
    found = compile_errors({PATH: module(case)}, require("opa"))
    assert [(str(f.location).removeprefix(f"{PATH}:"), f.message, f.hint) for f in found] == EXPECTED[case]
    assert {(f.code, f.severity) for f in found} == {("policy/rego", "error")}


@pytest.mark.parametrize(("case", "line"), [("clash", 5), ("defaults", 3)])
def test_the_other_definition_is_shown(case: str, line: int) -> None:
    (found,) = compile_errors({PATH: module(case)}, require("opa"))
    assert found.related == ((Location(PATH, line), "and here"),)


def test_errors_elsewhere_than_in_people_s_files_are_not_told() -> None:
    broken = module("no value")
    found = compile_errors({PATH: module("assigned"), "mlgitops/decision/model.rego": broken}, require("opa"))
    assert found == []  # OPA parses before it compiles, and what it cannot parse is ours
    assert [f.location.path for f in compile_errors({PATH: broken, "other.rego": broken}, require("opa"))] == [PATH]


def test_what_compiles() -> None:
    assert compile_errors({PATH: 'package mlgitops.a.b\n\ndeny contains "x" if input.x\n'}, require("opa")) == []


def test_an_error_that_nobody_knows_is_passed_on() -> None:
    error = {"message": "something new (hint: update)\n\tx", "location": {"file": PATH, "row": 0, "col": 0}}
    assert findings_of([error], {PATH: "x"}) == [
        Finding(Location(PATH, 1, 1), "policy/rego", "error", "something new", "mend it at that place")
    ]
    assert say({}).message == "OPA refuses this, and does not say why"
