"""Edits of a policy input at the boundaries of a rule: one field given another value, created or taken away.

    >>> edited({"a": {"b": 1}}, (Edit(("a", "b"), 2),))
    {'a': {'b': 2}}

Fields are those that the rule reads; values are those that it names, one less and one more, what the schema lists, and
nothing at all. Whether a document so edited is one that anybody could write, others decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mlgitops.policy.boundaries import Boundaries
from mlgitops.policy.rego_text import ANY
from mlgitops.policy.totality import Shape, members_of_maps, total
from mlgitops.source import Pointer

Json = Any
Schema = Mapping[str, Json]

DEEPEST: Final = 9
ITEMS: Final = 2
"""Items of a list that are edited: a rule that asks of one asks the same of each."""
VARIANTS: Final = 6
"""Objects that are made for a field that has none."""
OTHER: Final = "another"
"""A word that no rule names."""
_KEY = re.compile(r"[a-z][A-Za-z0-9]{2,40}")
_SAYING: Final = frozenset(("type", "enum", "const", "properties", "$ref"))
"""What a schema says something with; others allow whatever JSON there is."""
_DURATION = re.compile(r"([1-9][0-9]{0,6})(ms|s|m|h|d)")


class Absent:
    """No value here."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()


class Edit(NamedTuple):
    """A field and what it becomes."""

    pointer: Pointer
    value: Json | Absent


def edited(document: Json, edits: Iterable[Edit]) -> Json:
    """A copy of the document, edited; it shares what no edit touches."""
    for edit in edits:
        document = _set(document, edit.pointer, edit.value)
    return document


def _set(node: Json, pointer: Pointer, value: Json) -> Json:
    if not pointer:
        return value
    token, rest = pointer[0], pointer[1:]
    copy = list(node) if isinstance(node, list) else dict(node)
    if not rest and value is ABSENT:
        del copy[token]  # type: ignore[arg-type]
    else:
        below = copy[token] if rest else None  # type: ignore[index]
        copy[token] = _set(below, rest, value)  # type: ignore[index]
    return copy


class _Field(NamedTuple):
    pointer: Pointer
    value: Json | Absent
    options: tuple[Schema, ...]
    """What it may be, by the schema; nothing where that does not say."""
    named: bool
    """Whether the rule names its key: those come first."""


def edits_of(document: Mapping[str, Json], shape: Shape, bounds: Boundaries) -> list[Edit]:
    """Every edit of one field that the rule may read: first the smallest of each field, then the next of each."""
    fields: dict[Pointer, _Field] = {}
    for path in bounds.paths:
        for field in _fields(document, (shape.schema,), path, (), shape, bounds.names):
            fields.setdefault(field.pointer, field)
    ordered = sorted(fields.values(), key=lambda field: (not field.named, len(field.pointer), str(field.pointer)))
    ranked = [
        ((not field.named, index, number), Edit(field.pointer, value))
        for number, field in enumerate(ordered)
        for index, value in enumerate(_values(field, shape, bounds))
    ]
    return [edit for _, edit in sorted(ranked, key=lambda one: one[0])]


def _fields(
    node: Json,
    schemas: tuple[Schema, ...],
    path: tuple[str, ...],
    pointer: Pointer,
    shape: Shape,
    names: frozenset[str],
    *,
    exact: bool = False,
) -> Iterator[_Field]:
    """The fields at a path and below; `exact` where a path ends here."""
    options = tuple(one for schema in schemas for one in shape.alternatives(schema) if one.keys() & _SAYING)
    if len(pointer) > DEEPEST:
        return
    named = exact or (bool(pointer) and (pointer[-1] in names or isinstance(pointer[-1], int)))
    ends = not path or node is None or not isinstance(node, dict | list)
    if pointer and ends and (named or path or node is None):
        yield _Field(pointer, node, options, named)
    steps = dict(_members(node, options, names))
    wanted = path[0] if path else ANY
    for token, (inner, below) in steps.items():
        if wanted in (ANY, token):
            yield from _fields(inner, below, path[1:], (*pointer, token), shape, names, exact=len(path) == 1)
    if isinstance(node, dict) and wanted != ANY and wanted not in node and _open(options):
        yield _Field((*pointer, wanted), ABSENT, _of_map(options), named=True)


def _members(
    node: Json, options: tuple[Schema, ...], names: frozenset[str]
) -> Iterator[tuple[str | int, tuple[Json, tuple[Schema, ...]]]]:
    if isinstance(node, list):
        items = tuple(option["items"] for option in options if "items" in option)
        for index, inner in enumerate(node[:ITEMS]):
            yield index, (inner, items)
    elif isinstance(node, dict):
        for key, inner in node.items():
            known = tuple(o["properties"][key] for o in options if key in o.get("properties", {}))
            yield key, (inner, known or _of_map(options))
        if _free(options):  # of what nobody wrote a schema for, any key that the rule names may be meant
            yield from ((key, (ABSENT, ())) for key in sorted(names - node.keys()) if _KEY.fullmatch(key))


def _open(options: tuple[Schema, ...]) -> bool:
    """Whether an object may have keys that the schema does not name: labels, a pod's fields."""
    return not any("properties" in option for option in options)


def _free(options: tuple[Schema, ...]) -> bool:
    """Whether nothing is said of an object's keys and values, as of a pod's."""
    more = (option.get("additionalProperties") for option in options if "properties" not in option)
    return not options or any(isinstance(one, Mapping) and not one.keys() & (_SAYING - {"$ref"}) for one in more)


def _of_map(options: tuple[Schema, ...]) -> tuple[Schema, ...]:
    found = (members_of_maps(option) for option in options)
    return tuple(one for one in found if isinstance(one, Mapping))


def _values(field: _Field, shape: Shape, bounds: Boundaries) -> list[Json]:
    """What a field may become, each value once and not the one that it has; the smallest change first."""
    found = [ABSENT] if field.value is not ABSENT and not field.options else []
    options = field.options or (_like(field.value),)
    for option in options:
        found += _of_option(option, field, shape, bounds)
    seen: list[Json] = []
    for value in found:
        if not _same(value, field.value) and not any(_same(value, other) for other in seen):
            seen.append(value)
    return seen


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and bool(one == other)


def _like(value: Json | Absent) -> Schema:
    """A schema of values like the one that is there, where nobody wrote one."""
    if value is ABSENT or value is None:
        return {}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "number"}
    kinds: Mapping[type, str] = {str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)]}


def _of_option(option: Schema, field: _Field, shape: Shape, bounds: Boundaries) -> list[Json]:
    if "enum" in option or "const" in option:
        return list(option.get("enum", [option.get("const")]))
    match option.get("type"):
        case "null":
            return [None]
        case "boolean":
            return [True, False]
        case "integer" | "number" as kind:
            return _numbers(option, field.value, bounds, whole=kind == "integer")
        case "string":
            return _texts(option, field.value, bounds)
        case "array":
            return _lists(option, field.value, shape, bounds)
        case "object":
            return _objects(option, field.value, shape, bounds)
        case None:
            return [True, False, *bounds.words[:ITEMS]] if field.value is ABSENT else []
        case _:
            return []


def _numbers(option: Schema, value: Json, bounds: Boundaries, *, whole: bool) -> list[Json]:
    near = [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
    found = {one + step for one in (*bounds.numbers, *near) for step in (-1, 0, 1)}
    found |= {option[key] for key in ("minimum", "maximum") if key in option}
    low, high = option.get("minimum", float("-inf")), option.get("maximum", float("inf"))
    start = near[0] if near else low if low > float("-inf") else 0
    fitting = sorted((one for one in found if low <= one <= high), key=lambda one: (abs(one - start), one))
    exact = [int(one) if float(one).is_integer() else one for one in fitting]
    return [one for one in exact if isinstance(one, int) or not whole]


def _texts(option: Schema, value: Json, bounds: Boundaries) -> list[Json]:
    found = [*bounds.words, OTHER, *_durations(value, bounds)]
    pattern = re.compile(option["pattern"]) if "pattern" in option else None
    return [one for one in found if pattern is None or pattern.search(one)]


def _durations(value: Json, bounds: Boundaries) -> Iterator[str]:
    """Durations that the rule names or the document has, one unit less and one more; and bare numbers as seconds."""
    for text in (*bounds.words, value):
        if isinstance(text, str) and (found := _DURATION.fullmatch(text)):
            amount = int(found[1])
            yield from (f"{one}{found[2]}" for one in (amount, amount - 1, amount + 1) if one > 0)
    for number in bounds.numbers:
        if float(number).is_integer() and number > 0:
            yield from (f"{one}s" for one in (int(number), int(number) - 1, int(number) + 1) if one > 0)


def _lists(option: Schema, value: Json, shape: Shape, bounds: Boundaries) -> list[Json]:
    """Nothing in it, one item less, one of the words that the rule names."""
    held = value if isinstance(value, list) else []
    found: list[Json] = [[], *(held[:at] + held[at + 1 :] for at in range(min(len(held), ITEMS)))]
    items = shape.alternatives(option["items"]) if "items" in option else []
    texts = any(one.get("type") == "string" for one in items) or (not items and all(isinstance(i, str) for i in held))
    if texts:
        found += [[*held, word] for word in bounds.words if word not in held]
    return found


def _objects(option: Schema, value: Json, shape: Shape, bounds: Boundaries) -> list[Json]:
    """Objects with what the schema requires of them, where none is there."""
    if isinstance(value, dict) or "properties" not in option:
        return []
    needed = [name for name, one in option["properties"].items() if _needed(one, shape)]
    made: list[dict[str, Json]] = [{}]
    for name in needed:
        field = _Field((name,), ABSENT, tuple(shape.alternatives(option["properties"][name])), named=True)
        values = [one for one in _values(field, shape, bounds) if one is not None][:VARIANTS]
        made = [{**one, name: each} for one in made for each in values][:VARIANTS]
    return [total(one, shape, option) for one in made]


def _needed(schema: Schema, shape: Shape) -> bool:
    """Whether a person must write it: it has no default, and may not be null."""
    if "default" in schema or "default" in shape.resolved(schema):
        return False
    return not any(one.get("type") == "null" for one in shape.alternatives(schema))
