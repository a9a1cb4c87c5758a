"""Editors' schemas and the types: both accept the same, but for what no schema can say."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mlgitops.cli.json_schemas import schema_files
from mlgitops.spec.documents.types import DESCRIPTIONS
from tests.spec.example_documents import ALL, PATHS, written

BEYOND = {"cron", "date", "trust_config"}
"""What no JSON Schema can say: a calendar, the fields of a cron line, and what JSON in a text says."""


@cache
def validator(kind: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads(schema_files()[f"schemas/{kind}.json"]))


@pytest.mark.parametrize("name", ALL)
def test_every_example_is_accepted(name: str) -> None:
    kind, text = ALL[name]
    data = written(kind, text, PATHS[kind]).document.data
    assert [error.message for error in validator(kind.__name__.lower()).iter_errors(data)] == []


def places(data: Any, pointer: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    return [pointer, *(place for key, value in items for place in places(value, (*pointer, key)))]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2000),
    st.floats(0.001, 500).filter(lambda number: not number.is_integer()),
    st.sampled_from(["", "x", "X y", "6h", "32Gi", "s3://a/b", "/a", "a@b", "2026-01-31", "torch", "min", "1.2.3"]),
    st.sampled_from([expected.example for expected in DESCRIPTIONS.values()]),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(["min", "max", "name", "type", "a/b", ""]), st.integers(0, 3), max_size=3),
)


@settings(max_examples=60)
@pytest.mark.parametrize("name", ALL)
@given(draw=st.data())
def test_a_change_is_refused_by_both_or_by_none(name: str, draw: st.DataObject) -> None:
    kind, text = ALL[name]
    data = copy.deepcopy(written(kind, text, PATHS[kind]).document.data)
    *parents, last = draw.draw(st.sampled_from(places(data)[1:]))
    holder: Any = data
    for token in parents:
        holder = holder[token]
    action = draw.draw(st.sampled_from(["replace", "replace", "remove", "add"]))
    if action == "replace":
        holder[last] = draw.draw(VALUES)
    elif action == "remove":
        del holder[last]
    elif isinstance(holder, dict):
        holder[draw.draw(st.sampled_from(["zz", "name", "min", "env", "uri", "labels"]))] = draw.draw(VALUES)
    try:
        kind.model_validate(data)
        beyond = accepted = True
    except ValidationError as error:
        accepted = False
        beyond = {details["type"] for details in error.errors()} <= BEYOND
    seen = validator(kind.__name__.lower()).is_valid(data)
    assert seen or not accepted, "the schema refuses what the types accept"
    assert not seen or beyond, "the schema accepts what the types refuse"


def test_every_pattern_says_in_words_what_it_asks_for() -> None:
    for kind in {kind for kind, _ in ALL.values()}:
        for part in _parts(json.loads(schema_files()[f"schemas/{kind.__name__.lower()}.json"])):
            if isinstance(part.get("pattern"), str):
                expected = DESCRIPTIONS[part["pattern"]]
                assert part["patternErrorMessage"] == f"must be {expected.what}, such as {expected.example}"


def _parts(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _parts(part)
