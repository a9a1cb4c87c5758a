"""How layers merge, and who had the last word: tables, and what holds for all values."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgitops.source import Location
from mlgitops.spec.layers import Layer, Origin, merge, origin
from mlgitops.spec.reader import Document, read

MERGES: dict[str, tuple[Any, Any, Any]] = {
    "a scalar replaces": ({"a": 1}, {"a": 2}, {"a": 2}),
    "what is not said stays": ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
    "maps merge": ({"a": {"x": 1, "y": 1}}, {"a": {"y": 2, "z": 2}}, {"a": {"x": 1, "y": 2, "z": 2}}),
    "null removes": ({"a": 1, "b": {"c": 1}}, {"a": None, "b": {"c": None}}, {"b": {}}),
    "null removes what is not there": ({}, {"a": None, "b": {"c": None}}, {"b": {}}),
    "false and zero do not remove": ({"a": 1, "b": 1}, {"a": False, "b": 0}, {"a": False, "b": 0}),
    "an empty map says nothing": ({"a": {"x": 1}}, {"a": {}}, {"a": {"x": 1}}),
    "a map replaces a scalar": ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    "a scalar replaces a map": ({"a": {"x": 1}}, {"a": 1}, {"a": 1}),
    "lists of scalars replace": ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
    "an empty list clears": ({"a": [{"name": "x"}]}, {"a": []}, {"a": []}),
    "named items merge by name": (
        {"a": [{"name": "x", "v": 1, "w": 1}, {"name": "y", "v": 1}]},
        {"a": [{"name": "x", "v": 2}]},
        {"a": [{"name": "x", "v": 2, "w": 1}, {"name": "y", "v": 1}]},
    ),
    "new names come after": (
        {"a": [{"name": "x"}]},
        {"a": [{"name": "z"}, {"name": "x", "v": 1}, {"name": "y"}]},
        {"a": [{"name": "x", "v": 1}, {"name": "z"}, {"name": "y"}]},
    ),
    "null removes within named items": (
        {"a": [{"name": "x", "v": 1}]},
        {"a": [{"name": "x", "v": None}, {"name": "y", "v": None}]},
        {"a": [{"name": "x"}, {"name": "y"}]},
    ),
    "null removes within named items where nothing was below": (
        {},
        {"a": [{"name": "x", "v": None, "w": {"z": None}}]},
        {"a": [{"name": "x", "w": {}}]},
    ),
    "one item without a name makes the list replace": (
        {"a": [{"name": "x", "v": 1}]},
        {"a": [{"name": "x"}, {"v": 2}]},
        {"a": [{"name": "x"}, {"v": 2}]},
    ),
    "named items replace a list without names": ({"a": [1]}, {"a": [{"name": "x"}]}, {"a": [{"name": "x"}]}),
    "a list without names replaces named items": ({"a": [{"name": "x"}]}, {"a": [1]}, {"a": [1]}),
    "a name that is no text is no name": (
        {"a": [{"name": "x"}]},
        {"a": [{"name": [1]}, {"name": {"b": 1}}]},
        {"a": [{"name": [1]}, {"name": {"b": 1}}]},
    ),
    "numbers are no names": ({"a": [{"name": 1, "v": 1}]}, {"a": [{"name": True}]}, {"a": [{"name": True}]}),
    "a name given twice below stays twice": (
        {"a": [{"name": "x", "v": 1}, {"name": "x", "v": 2}]},
        {"a": [{"name": "x", "w": 3}]},
        {"a": [{"name": "x", "v": 1, "w": 3}, {"name": "x", "v": 2}]},
    ),
    "a name given twice above stays twice where it is new": (
        {"a": [{"name": "y"}]},
        {"a": [{"name": "x", "v": 1}, {"name": "x", "v": 2}]},
        {"a": [{"name": "y"}, {"name": "x", "v": 1}, {"name": "x", "v": 2}]},
    ),
    "null within a list of scalars is a value": ({}, {"a": [None, 1]}, {"a": [None, 1]}),
}


@pytest.mark.parametrize("name", MERGES)
def test_merge(name: str) -> None:
    low, high, expected = MERGES[name]
    before = copy.deepcopy((low, high))
    assert merge(low, high) == expected
    assert (low, high) == before


SCALARS = st.one_of(st.booleans(), st.integers(-5, 5), st.text("ab", max_size=2))
KEYS = st.sampled_from("abcd")


def maps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(KEYS, values, max_size=4)


def named(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    items = st.tuples(KEYS, maps(values)).map(lambda item: {**item[1], "name": item[0]})
    return st.lists(items, min_size=1, max_size=3, unique_by=lambda item: item["name"])


ANYTHING = maps(
    st.recursive(
        SCALARS | st.none(), lambda inner: maps(inner) | named(inner) | st.lists(inner, max_size=3), max_leaves=12
    )
)
WITHOUT_NULL = maps(st.recursive(SCALARS, lambda inner: maps(inner) | named(inner) | st.lists(inner, max_size=3)))
ONE_SHAPE = st.fixed_dictionaries(
    {},
    optional={
        "scalar": SCALARS,
        "map": maps(SCALARS),
        "deep": maps(maps(SCALARS)),
        "words": st.lists(SCALARS, max_size=3),
        "named": named(SCALARS),
        "inner": st.fixed_dictionaries({}, optional={"named": named(maps(SCALARS))}),
    },
)
"""Layers of one type, as layers of a spec are: a key is a map, or a list of named items, or neither, in all of them."""


@given(ANYTHING, ANYTHING)
def test_merge_changes_neither_side(low: Any, high: Any) -> None:
    before = copy.deepcopy((low, high))
    merge(low, high)
    assert (low, high) == before


@given(WITHOUT_NULL)
def test_nothing_is_neutral(value: Any) -> None:
    assert merge({}, value) == value
    assert merge(value, {}) == value


@given(ONE_SHAPE)
def test_the_same_again_changes_nothing(value: Any) -> None:
    assert merge(value, value) == value


@given(ONE_SHAPE, ONE_SHAPE, ONE_SHAPE)
def test_layers_of_one_shape_may_be_grouped_either_way(low: Any, middle: Any, high: Any) -> None:
    assert merge(merge(low, middle), high) == merge(low, merge(middle, high))


@given(ANYTHING, ANYTHING)
def test_no_key_is_null_where_maps_and_named_items_merged(low: Any, high: Any) -> None:
    assert None not in merge(merge({}, low), high).values()


@given(ANYTHING)
def test_what_the_highest_layer_says_of_scalars_holds(high: Any) -> None:
    merged = merge({"a": {"x": 1}, "b": [1], "c": 2}, high)
    for key, value in high.items():
        if not isinstance(value, (dict, list)) and value is not None:
            assert merged[key] == value


# Origins.

LOW = """\
spec:
  defaults:
    scalar: 1
    kept: 2
    map: {x: 1, y: 1}
    list: [1, 2, 3]
    named:
      - {name: a, v: 1, w: 1}
      - {name: b, v: 1}
    gone: 1
"""
HIGH = """\
spec:
  scalar: 2
  map:
    y: 2
  list: [9]
  named:
    - {name: c, v: 3}
    - {name: a, v: 3}
  gone: null
"""


def layer(name: str, text: str, *prefix: str) -> Layer:
    document = read(text, f"{name}.yaml")
    assert isinstance(document, Document)
    data: Any = document.data
    for token in prefix:
        data = data[token]
    return Layer(name, data, document, prefix)


LAYERS = (layer("low", LOW, "spec", "defaults"), layer("high", HIGH, "spec"))
MERGED = merge(merge({}, LAYERS[0].data), LAYERS[1].data)


def test_the_example_merges_as_its_origins_say() -> None:
    assert MERGED == {
        "scalar": 2,
        "kept": 2,
        "map": {"x": 1, "y": 2},
        "list": [9],
        "named": [{"name": "a", "v": 3, "w": 1}, {"name": "b", "v": 1}, {"name": "c", "v": 3}],
    }


@pytest.mark.parametrize(
    ("pointer", "name", "line", "column"),
    [
        (("scalar",), "high", 2, 11),
        (("kept",), "low", 4, 11),
        (("map",), "high", 4, 5),
        (("map", "x"), "low", 5, 14),
        (("map", "y"), "high", 4, 8),
        (("list",), "high", 5, 9),
        (("list", 0), "high", 5, 10),
        (("named",), "high", 7, 5),
        (("named", 0), "high", 8, 7),
        (("named", 0, "v"), "high", 8, 20),
        (("named", 0, "w"), "low", 8, 28),
        (("named", 1), "low", 9, 9),
        (("named", 1, "v"), "low", 9, 22),
        (("named", 2, "v"), "high", 7, 20),
        ((), "high", 2, 3),
    ],
)
def test_origin(pointer: tuple[str | int, ...], name: str, line: int, column: int) -> None:
    assert origin(LAYERS, MERGED, pointer) == Origin(name, Location(f"{name}.yaml", line, column))


def test_the_origin_of_a_key() -> None:
    assert origin(LAYERS, MERGED, ("map", "y"), key=True) == Origin("high", Location("high.yaml", 4, 5))
    assert origin(LAYERS, MERGED, ("kept",), key=True) == Origin("low", Location("low.yaml", 4, 5))


@pytest.mark.parametrize("pointer", [("gone",), ("none",), ("scalar", "x"), ("list", 1), ("map", "z"), ("named", 7)])
def test_what_is_not_there_has_no_origin(pointer: tuple[str | int, ...]) -> None:
    assert origin(LAYERS, MERGED, pointer) is None


@given(ONE_SHAPE, ONE_SHAPE)
def test_every_leaf_has_an_origin_that_says_it(low: Any, high: Any) -> None:
    layers = [_recorded("low", low), _recorded("high", high)]
    merged = merge(merge({}, low), high)
    for pointer, value in _leaves(merged):
        found = origin(layers, merged, pointer)
        assert found is not None
        assert _SAID[found.layer, found.location.path] == value


_SAID: dict[tuple[str, str], Any] = {}


class _Recorder:
    """A document that remembers what stood where it was asked about."""

    def __init__(self, name: str, data: Any) -> None:
        self.name, self.data = name, data

    def locate(self, pointer: tuple[str | int, ...], *, key: bool = False) -> Location:
        data = self.data
        for token in pointer:
            data = data[token]
        _SAID[self.name, str(pointer)] = data
        return Location(str(pointer))


def _recorded(name: str, data: Any) -> Layer:
    return Layer(name, data, _Recorder(name, data), ())  # type: ignore[arg-type]


def _leaves(data: Any, pointer: tuple[str | int, ...] = ()) -> Any:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else None
    if items is None:
        yield pointer, data
    else:
        for token, value in items:
            yield from _leaves(value, (*pointer, token))
