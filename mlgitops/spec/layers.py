"""Layers of one document and how they merge: maps merge, lists of named items merge by name, the rest replaces.

    >>> merge({"a": 1, "env": [{"name": "X", "value": "1"}]}, {"a": None, "env": [{"name": "X", "value": "2"}]})
    {'env': [{'name': 'X', 'value': '2'}]}

`null` in a higher layer removes what lower layers say, an empty list all items. `origin` finds the layer that has
the last word on a leaf, when somebody asks: nothing is recorded while merging, which is the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

from mlgitops.source import Location, Pointer
from mlgitops.spec.reader import Document

Json = Any
"""A JSON value: what documents are made of."""


class Layer(NamedTuple):
    """What one place says about a model's spec."""

    name: str
    """`environment defaults`, `model`, `version`, `run` or `environment override`."""
    data: Mapping[str, Json]
    document: Document
    prefix: Pointer
    """Where `data` is in the document."""


class Origin(NamedTuple):
    """The layer and the place that set a leaf."""

    layer: str
    location: Location


def _named(items: Json) -> TypeGuard[list[dict[str, Json]]]:
    return isinstance(items, list) and bool(items) and all(type(_name_of(item)) is str for item in items)


def _name_of(item: Json) -> Json:
    return item.get("name") if isinstance(item, dict) else None


def _merge_named(low: Sequence[dict[str, Json]], high: Sequence[dict[str, Json]]) -> list[Json]:
    """Items of `low` in their order, then those that only `high` has. Of one list's items of one name each stays."""
    above: dict[str, list[dict[str, Json]]] = {}
    for item in high:
        above.setdefault(item["name"], []).append(item)
    merged: list[Json] = []
    for item in low:
        over = above.pop(item["name"], ())
        for one in over:
            item = merge(item, one)
        merged.append(item)
    return merged + [merge({}, item) for items in above.values() for item in items]


def merge(low: Mapping[str, Json], high: Mapping[str, Json]) -> dict[str, Json]:
    """`high` over `low`; neither is changed, and the result may share parts with both."""
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merge(below if isinstance(below, dict) else {}, value)
        elif _named(value):
            result[key] = _merge_named(below if _named(below) else (), value)
        else:
            result[key] = value
    return result


def _descend(layer: Layer, pointer: Pointer, merged: Json) -> Pointer | None:
    """The pointer in the layer's data of what stands at `pointer` in the merged value; None where it says nothing."""
    here: Json = layer.data
    path: list[str | int] = []
    for token in pointer:
        merged = merged[token]
        if isinstance(here, dict) and token in here:
            position: str | int = token
        elif isinstance(here, list) and isinstance(token, int):
            found = _index(here, token, merged)
            if found is None:
                return None
            position = found
        else:
            return None
        here = here[position]
        path.append(position)
    return tuple(path)


def _index(items: list[Json], index: int, merged: Json) -> int | None:
    if _named(items) and isinstance(merged, dict) and "name" in merged:
        name = merged["name"]
        return next((i for i in reversed(range(len(items))) if items[i]["name"] == name), None)
    return index if index < len(items) else None


def origin(
    layers: Sequence[Layer], merged: Mapping[str, Json], pointer: Pointer, *, key: bool = False
) -> Origin | None:
    """The place that set what stands at `pointer` in the merged value, or None for a built-in default.

    `pointer` must exist in `merged`, as far as it exists in any layer; `key` asks for the place of the key.
    """
    for layer in reversed(layers):
        try:
            found = _descend(layer, pointer, merged)
        except (KeyError, IndexError, TypeError):
            return None
        if found is not None:
            return Origin(layer.name, layer.document.locate(layer.prefix + found, key=key))
    return None
