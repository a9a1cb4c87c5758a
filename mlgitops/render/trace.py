"""Where rendered values come from: the same rendering, over values that remember their place.

    map = source_map(render_training(traced(resolved)))
    pointer = pointer_of(map, "rayjob.yaml", ("spec", "activeDeadlineSeconds"))     # ("training", "deadline")
    location = location_of(resolved, pointer)                                       # specs/churn/model.yaml:14:5

`traced` gives a resolved model whose `str`, `int` and `float` leaves are subclasses with a `pointer`: into the
resolved spec, or below `metadata`, `environment` or `candidate`. They pass through rendering unchanged; code that makes
a new value of one passes the mark on with `derived`. Booleans cannot be marked: they are found by their neighbours.
Nothing of this runs while rendering as usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from mlgitops.render.objects import RenderedObject
from mlgitops.source import Location, Pointer
from mlgitops.spec.layers import Origin
from mlgitops.spec.resolve import ResolvedModel

METADATA = "metadata"
ENVIRONMENT = "environment"
CANDIDATE = "candidate"
"""The working tree's spec, where a version serves: the evaluate Job scores the next one with it."""


class TracedStr(str):
    """Text that knows its place."""

    __slots__ = ("pointer",)
    pointer: Pointer


class TracedInt(int):
    """A whole number that knows its place."""

    pointer: Pointer


class TracedFloat(float):
    """A number that knows its place."""

    __slots__ = ("pointer",)
    pointer: Pointer


Traced = (TracedStr, TracedInt, TracedFloat)
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


def _marked(value: Any, pointer: Pointer) -> Any:
    kind = {str: TracedStr, int: TracedInt, float: TracedFloat}.get(type(value))
    if kind is None:
        return value
    result = kind(value)
    result.pointer = pointer
    return result


def derived(value: T, *sources: object) -> T:
    """`value`, with the mark of the first source that has one; `value` itself when none has."""
    for source in sources:
        if isinstance(source, Traced):
            return cast("T", _marked(value, source.pointer))
    return value


def _rebuilt(value: Any, pointer: Pointer) -> Any:
    if isinstance(value, BaseModel):
        fields = {name: _rebuilt(part, (*pointer, name)) for name, part in value}
        return type(value).model_construct(value.model_fields_set, **fields)
    if isinstance(value, dict):
        return {key: _rebuilt(part, (*pointer, key)) for key, part in value.items()}
    if isinstance(value, list):
        return [_rebuilt(part, (*pointer, index)) for index, part in enumerate(value)]
    return _marked(value, pointer)


def traced(resolved: ResolvedModel) -> ResolvedModel:
    """The resolved model over values that remember their place."""
    return replace(
        resolved,
        spec=_rebuilt(resolved.spec, ()),
        metadata=_rebuilt(resolved.metadata, (METADATA,)),
        environment=_rebuilt(resolved.environment, (ENVIRONMENT,)),
        candidate_serving=_rebuilt(resolved.candidate_serving, (CANDIDATE, "serving")),
    )


SourceMap = Mapping[tuple[str, Pointer], Pointer]
"""(file, pointer into its object) → where the value comes from."""


def source_map(objects: Iterable[RenderedObject]) -> SourceMap:
    """Where each leaf of objects comes from that were rendered from a traced model."""
    found: dict[tuple[str, Pointer], Pointer] = {}

    def walk(file: str, value: Any, at: Pointer) -> None:
        if isinstance(value, dict):
            for key, part in value.items():
                walk(file, part, (*at, key))
        elif isinstance(value, list):
            for index, part in enumerate(value):
                walk(file, part, (*at, index))
        elif isinstance(value, Traced):
            found[file, at] = value.pointer

    for rendered in objects:
        walk(rendered.file, rendered.data, ())
    return found


def pointer_of(sources: SourceMap, file: str, pointer: Pointer, default: Pointer = ()) -> Pointer:
    """Where the value at a pointer of a rendered file comes from.

    A value without a mark of its own takes what the marks around it have in common: below the nearest ancestor
    that has any. `default` is for what has nothing to do with any (`("training",)`).
    """
    marks = [(at, origin) for (name, at), origin in sources.items() if name == file]
    for length in range(len(pointer), 1, -1):
        near = [origin for at, origin in marks if at[:length] == pointer[:length]]
        common = _common(near)
        if common:
            return common
    return default


def _common(pointers: list[Pointer]) -> Pointer:
    if not pointers:
        return ()
    first, last = min(pointers, key=str), max(pointers, key=str)
    shared = 0
    while shared < min(len(first), len(last)) and all(p[: shared + 1] == first[: shared + 1] for p in pointers):
        shared += 1
    return first[:shared]


def location_of(resolved: ResolvedModel, pointer: Pointer, *, key: bool = False) -> Location:
    """The person's line behind a pointer that `pointer_of` gave, or the closest one that a person wrote."""
    if pointer[:1] == (METADATA,):
        return resolved.model_document.locate(pointer, key=key)
    if pointer[:1] == (ENVIRONMENT,):
        return resolved.environment_document.locate(("spec", *pointer[1:]), key=key)
    return origin_of(resolved, pointer, key=key).location


def origin_of(resolved: ResolvedModel, pointer: Pointer, *, key: bool = False) -> Origin:
    """The layer of the spec, or of the working tree's, that such a pointer leads to."""
    if pointer[:1] == (CANDIDATE,):
        return resolved.candidate_origin(pointer[1:], key=key)
    return resolved.origin(pointer, key=key)
