"""Calls of Rego's own functions that can never work are said at their place, without an engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlgitops.policy.builtin_arguments import TAKES, wrong_arguments
from mlgitops.policy.portable import PORTABLE
from mlgitops.policy.rego_text import Module
from mlgitops.programs.process import environment, require, run

LETTERS = {"string": "s", "number": "n", "array": "a", "object": "o", "set": "t", "boolean": "b", "null": "z"}


def test_functions_take_what_opa_says() -> None:
    done = run([require("opa"), "capabilities", "--current"], cwd="/", env=environment(), timeout=30)
    declared = {one["name"]: one["decl"].get("args", []) for one in json.loads(done.stdout)["builtins"]}
    assert {name: tuple(map(_letters, declared[name])) for name in PORTABLE} == TAKES


def _letters(kind: dict[str, Any]) -> str:
    if kind["type"] != "any":
        return LETTERS[kind["type"]]
    parts = [_letters(one) for one in kind.get("of", [])]
    return "".join(sorted(set("".join(parts)))) if parts and "*" not in parts else "*"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('startswith("a", 5)', "startswith takes (text, text), got 5 as argument 2"),
        ('startswith("a")', "startswith takes 2 arguments, got 1"),
        ("startswith()", "startswith takes 2 arguments, got 0"),
        ('startswith("a", "b", x, y)', "startswith takes 2 arguments, got 4"),
        ("count(1, 2)", "count takes (list or object or text or set), got 1 as argument 1"),
        ("count(null)", "count takes (list or object or text or set), got null as argument 1"),
        ("count(count(\n\t[1]), 2, 3)", "count takes 1 argument, got 3"),
        ("regex.match(`a,(`, true)", "regex.match takes (text, text), got true as argument 2"),
        ('abs("a (b")', 'abs takes (number), got "a (b" as argument 1'),
        ('substring("abc", "1", 2)', 'substring takes (text, number, number), got "1" as argument 2'),
    ],
)
def test_calls_that_cannot_work(call: str, message: str) -> None:
    found = list(wrong_arguments(Module(f"package a\n\ndeny contains 1 if {{\n\t{call}\n}}\n"), "a.rego"))
    assert [(f.code, f.message, f.location.line, f.location.column) for f in found] == [("policy/rego", message, 4, 2)]


@pytest.mark.parametrize(
    "call",
    [
        'startswith("a, b)", input.c)',
        'startswith("a", "b", true)',
        "walk(input, [path, value])",
        "count([1, 2], 2)",
        'count({"a": [1, {2}], "b": f(1, 2)})',
        'sprintf("%s (%d", [input.a, count("x")])',
        'object.get(input, ["a", "b"], null)',
        'concat(", ", [x | some x in y; count(x) > 1])',
        "round(-1.5e3)",
        "startswith(input.a, # the first, (\n\t\tinput.b)",
        'x := f("a", 5, 6, 7)',
        'lib.startswith("a", 5)',
        '"startswith(5)" == ""',
        "count(1",
        'startswith($"{f(1)}, ", 5)',
    ],
)
def test_calls_of_which_nothing_is_said(call: str) -> None:
    assert list(wrong_arguments(Module(f"package a\n\ndeny contains 1 if {call}\n"), "a.rego")) == []


def test_functions_of_a_module_take_what_they_take() -> None:
    assert list(wrong_arguments(Module("package a\n\ncount(x, y, z) := 1\n\ny := count(1, 2, 3)\n"), "a.rego")) == []
