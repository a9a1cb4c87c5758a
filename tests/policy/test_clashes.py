"""Names with two definitions that cannot stand together: told before any engine is asked."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.policy.clashes import clashes, clashing
from mlgitops.policy.rego_text import Module
from mlgitops.source import Location
from tests.policy.example import example


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('deny contains "x"\n\ndeny := 3\n', [("deny", 3, 1)]),
        ("f(x) := x\n\nf := 3\n", [("f", 3, 1)]),
        ("f(x) := x\n\nf(x, [y, z]) := 3\n\nf(a, b, c) := 1\n", [("f", 3, 1)]),
        ("f(\n\tx,\n\ty,\n) := x\n\nf(x) := 3\n", [("f", 6, 1)]),
        ("default a := 1\n\ndefault a := 2\n", [("a", 3, 1)]),
        ("a := 1 if input.x\n\na contains 2\n\nb := 1\n\nb(x) := 2\n", [("a", 3, 1), ("b", 7, 5)]),
        ("default a := 1\n\na := 2 if input.x\n\na := 3 if input.y\n", []),
        ("f([x, y]) := 1\n\nf({x, y}) := 2\n\nf(x) := 3 if x\nelse := 4\n", []),
        ('deny contains "x" if {\nf(1)\nf == 2\n}\n\nf := 2\n', []),
        ('a.b := 1\n\na["c"] := 2\n\na[x] contains 1\n', []),
        ('x := "f(\n"\n\n# f := 2\nf := 3\n', []),
    ],
)
def test_definitions(text: str, expected: list[tuple[str, int, int]]) -> None:
    found = list(clashes(Module(text)))
    assert [(word.text, word.line, first.line) for word, first in found] == expected


def test_the_finding() -> None:
    (found,) = clashing(Module("package a\n\nf(x) := x\n\nf := 3\n"), "p")
    assert found == Finding(
        Location("p", 5, 1),
        "policy/rego",
        "error",
        "'f' is defined here and before in ways that cannot stand together",
        "a name is a set, a value or a function of so many arguments, with one default: take another name",
        related=((Location("p", 3, 1), "it is defined here too"),),
    )


def test_rules_that_are_right_have_none() -> None:
    assert [f for path, text in example().modules.items() for f in clashing(Module(text), path)] == []
