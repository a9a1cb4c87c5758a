"""What a policy input must look like, and how hand-written ones are filled in."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.policy.engine import SCOPES
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.totality import Misfit, Shape, misfits, total
from tests.policy.example import NUMBER, TEXT, many, maybe, record

TREE: dict[str, Any] = {
    **record(name=TEXT, children=many({"$ref": "#/$defs/Node"})),
    "$defs": {"Node": record(name=TEXT, children=many({"$ref": "#/$defs/Node"}))},
}
CASES: list[tuple[dict[str, Any], Any, list[tuple[tuple[Any, ...], str]]]] = [
    (record(a=TEXT), {"a": "x"}, []),
    (record(a=TEXT), {}, [(("a",), "is missing")]),
    (record(a=TEXT), {"a": "x", "b": 1}, [(("b",), "is unknown")]),
    (record(a=TEXT), {"b": 1}, [(("a",), "is missing"), (("b",), "is unknown")]),
    (record(a=TEXT), {"a": None}, [(("a",), "must be a value, got null")]),
    (record(a=maybe(TEXT)), {"a": None}, []),
    (record(a=maybe(record(b=TEXT))), {"a": None}, []),
    (record(a=maybe(record(b=TEXT))), {"a": {}}, [(("a", "b"), "is missing")]),
    (record(a=record(b=TEXT)), {"a": None}, [(("a",), "must be an object, got null")]),
    (record(a=many(record(b=TEXT))), {"a": [{"b": 1}, {}]}, [(("a", 1, "b"), "is missing")]),
    (record(a=many(TEXT)), {"a": {}}, [(("a",), "must be a list, got an object")]),
    (record(a=TEXT), [], [((), "must be an object, got a list")]),
    ({"type": ["object", "null"], "properties": {"a": TEXT}}, None, []),
    (
        {"type": "object", "additionalProperties": record(b=TEXT)},
        {"x": {"b": 1}, "y": {}},
        [(("y", "b"), "is missing")],
    ),
    (
        {"type": "object", "patternProperties": {"^[A-Z]": record(total=NUMBER)}},
        {"T4": {"total": 1}, "A100": {}},
        [(("A100", "total"), "is missing")],
    ),
    ({"type": "object"}, {"anything": [1]}, []),
    ({}, {"anything": [1]}, []),
    ({"type": "array"}, [{}, None], []),
    ({"anyOf": [record(a=TEXT), record(b=TEXT)]}, {"b": 1}, []),
    ({"anyOf": [record(a=TEXT), record(b=record(c=TEXT))]}, {"b": {}}, [(("b", "c"), "is missing")]),
    ({"enum": ["a", None]}, None, []),
    ({"const": "model"}, {}, [((), "must be a value, got an object")]),
    ({"allOf": [record(a=TEXT)]}, {}, [(("a",), "is missing")]),
    (TREE, {"name": "a", "children": [{"name": "b", "children": []}]}, []),
    (TREE, {"name": "a", "children": [{"name": "b"}]}, [(("children", 0, "children"), "is missing")]),
]


@pytest.mark.parametrize(("schema", "value", "expected"), CASES)
def test_misfits(schema: dict[str, Any], value: Any, expected: list[tuple[tuple[Any, ...], str]]) -> None:
    assert list(misfits(value, Shape(schema))) == [Misfit(*misfit) for misfit in expected]


def test_filling_in() -> None:
    schema = record(
        name=TEXT,
        owner=maybe(TEXT),
        data=many(record(uri=TEXT, digest=maybe(TEXT))),
        training=record(workers=NUMBER, env=many(TEXT)),
        serving=maybe(record(min=NUMBER)),
        prices={"type": "object", "additionalProperties": record(hour=NUMBER)},
    )
    assert total({"name": "a", "data": [{"uri": "x"}], "prices": {"T4": {}}}, Shape(schema)) == {
        "name": "a",
        "owner": None,
        "data": [{"uri": "x", "digest": None}],
        "training": {"workers": None, "env": []},
        "serving": None,
        "prices": {"T4": {"hour": None}},
    }


def test_filling_in_keeps_what_is_unknown_so_that_it_is_reported() -> None:
    assert total({"b": 1}, Shape(record(a=maybe(TEXT)))) == {"a": None, "b": 1}


@pytest.mark.parametrize("scope", SCOPES)
def test_published_schemas_can_be_read(scope: str) -> None:
    schema = input_schema(scope)
    found = misfits({}, Shape(schema))
    assert {misfit.pointer for misfit in found} == {(name,) for name in schema["properties"]}
    assert {misfit.message for misfit in found} == {"is missing"}
