"""Whether a policy input is total: every key that its published schema names is there, with `null` where nothing is.

    >>> misfits({"a": 1}, Shape({"type": "object", "properties": {"a": {}, "b": {}}}))
    (Misfit(pointer=('b',), message='is missing'),)

In Rego a key that is not there makes a rule silent, which reads as "allowed". So a document that does not have the
schema's shape is never evaluated. Leaves are not looked at: what is a string or a number, pydantic has checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mlgitops.source import Pointer

Json = Any
Schema = Mapping[str, Json]
"""JSON Schema, of which `type`, `properties`, `additionalProperties`, `patternProperties`, `items`, `anyOf`, `oneOf`,
`allOf` and local `$ref` are read. Every property is required, whatever `required` says."""


class Misfit(NamedTuple):
    """One way in which a document differs from its schema."""

    pointer: Pointer
    message: str
    """`is missing`, `is unknown`, or what was expected and got."""


Check = Callable[[Json], "tuple[Misfit, ...]"]
_FITS: tuple[Misfit, ...] = ()


class Shape:
    """A schema made ready: reading it once is what makes 5,000 checks a second possible."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._made: dict[int, Check | None] = {}
        self._alternatives: dict[int, list[Schema]] = {}
        self.check: Check = self._check(schema) or _anything

    def resolved(self, schema: Schema) -> Schema:
        """The schema behind `$ref` and a single `allOf`."""
        while True:
            if "$ref" in schema:
                found: Json = self.schema
                for token in str(schema["$ref"]).removeprefix("#/").split("/"):
                    found = found[token]
                schema = found
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def alternatives(self, schema: Schema) -> list[Schema]:
        """What a value may be, one schema for each `anyOf` or `oneOf`."""
        known = self._alternatives.get(id(schema))
        if known is None:
            found = self.resolved(schema)
            options = found.get("anyOf") or found.get("oneOf")
            known = [one for option in options for one in self.alternatives(option)] if options else [found]
            self._alternatives[id(schema)] = known
        return known

    def _check(self, schema: Schema) -> Check | None:
        """The check of one schema; None where every value fits. Schemas may refer to themselves."""
        schema = self.resolved(schema)
        key = id(schema)
        if key not in self._made:
            self._made[key] = self._again(key)
            options = self.alternatives(schema)
            self._made[key] = self._one(schema) if len(options) == 1 else self._any(options)
        return self._made[key]

    def _again(self, key: int) -> Check:
        """Stands in for a check that is being made, where a schema refers to itself."""

        def check(value: Json) -> tuple[Misfit, ...]:
            return (self._made[key] or _anything)(value)

        return check

    def _one(self, schema: Schema) -> Check | None:
        return _check_of(self._inner(schema))

    def _inner(self, schema: Schema) -> dict[type, Check | None]:
        """The kinds of values that a schema without alternatives allows, and what is to be checked of each."""
        kinds = _kinds(schema)
        inner: dict[type, Check | None] = dict.fromkeys(kinds)
        if dict in kinds:
            inner[dict] = self._object(schema)
        if list in kinds and "items" in schema and (items := self._check(schema["items"])):
            inner[list] = _items(items)
        return inner

    def _any(self, options: list[Schema]) -> Check | None:
        inners = [self._inner(option) for option in options]
        if sum(map(len, inners)) == len({kind for inner in inners for kind in inner}):  # the kind tells which one it is
            return _check_of({kind: check for inner in inners for kind, check in inner.items()})
        checks = [self._one(option) for option in options]
        if None in checks:
            return None
        return _first_fit([check for check in checks if check])

    def _object(self, schema: Schema) -> Check | None:
        known = {name: self._check(inner) for name, inner in schema.get("properties", {}).items()}
        more = members_of_maps(schema, not known)
        others = self._check(more) if isinstance(more, Mapping) else None
        if not known and not others and more is not False:
            return None
        return _members(known, others, closed=more is False)


def members_of_maps(schema: Schema, default: Json = None) -> Json:
    """What the schema says of members that it does not name; where names have a pattern, of those that match it."""
    patterns = list(schema.get("patternProperties", {}).values())
    return patterns[0] if len(patterns) == 1 else schema.get("additionalProperties", default)


def misfits(value: Json, shape: Shape) -> tuple[Misfit, ...]:
    """Where a document differs from the schema: keys that are missing or unknown, and wrong kinds of nodes."""
    return shape.check(value)


def total(value: Json, shape: Shape, schema: Schema | None = None) -> Json:
    """A copy of a hand-written document with every missing key filled in: its default, else null where that is
    allowed, else empty."""
    options = shape.alternatives(shape.schema if schema is None else schema)
    if isinstance(value, dict):
        fitting = max((o for o in options if dict in _kinds(o)), key=lambda o: _shared(value, o), default=None)
        if fitting is not None:
            return _filled(value, shape, fitting)
    if isinstance(value, list):
        items: Schema = next((option["items"] for option in options if "items" in option), {})
        return [total(item, shape, items) for item in value]
    return value


def _filled(value: dict[str, Json], shape: Shape, schema: Schema) -> dict[str, Json]:
    known, more = schema.get("properties", {}), members_of_maps(schema)
    result = {name: total(value[name], shape, inner) for name, inner in known.items() if name in value}
    result |= {name: _empty(shape, inner) for name, inner in known.items() if name not in value}
    rest = {name: inner for name, inner in value.items() if name not in known}
    return result | {name: total(v, shape, more) if isinstance(more, Mapping) else v for name, v in rest.items()}


def _empty(shape: Shape, schema: Schema) -> Json:
    if "default" in schema:
        return schema["default"]
    options = shape.alternatives(schema)
    if not options or any(type(None) in _kinds(option) for option in options):
        return None
    if list in _kinds(options[0]):
        return []
    return _filled({}, shape, options[0]) if dict in _kinds(options[0]) else None


def _shared(value: Mapping[str, Json], schema: Schema) -> int:
    return len(value.keys() & schema.get("properties", {}).keys())


_KINDS: dict[type, str] = {dict: "an object", list: "a list", type(None): "null", str: "a value"}
"""The kinds of nodes told apart; every leaf but null counts as `str`."""
_NAMED: dict[str, type] = {"object": dict, "array": list, "null": type(None)}


def _kinds(schema: Schema) -> set[type]:
    """The kinds that a schema without alternatives allows."""
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return {_kind(value) for value in values}
    declared = schema.get("type")
    if declared is None:
        return {dict} if "properties" in schema else set(_KINDS)
    names = [declared] if isinstance(declared, str) else declared
    return {_NAMED.get(name, str) for name in names}


def _kind(value: Json) -> type:
    found = type(value)
    return found if found in _KINDS else str


def _anything(_: Json) -> tuple[Misfit, ...]:
    return _FITS


def _check_of(inner: Mapping[type, Check | None]) -> Check | None:
    if any(inner.values()):
        return _by_kind(inner)
    return _Leaf(inner) if len(inner) < len(_KINDS) else None


_LEAVES = (str, int, float, bool)


class _Leaf:
    """The check of values of which nothing but the kind is looked at: most of them all."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._slow = _by_kind(dict.fromkeys(kinds))
        self.types = frozenset(one for kind in kinds for one in (_LEAVES if kind is str else (kind,)))
        """Every value of exactly one of these types fits."""

    def __call__(self, value: Json) -> tuple[Misfit, ...]:
        return _FITS if type(value) in self.types else self._slow(value)


def _by_kind(inner: Mapping[type, Check | None]) -> Check:
    expected = " or ".join(name for kind, name in _KINDS.items() if kind in inner)

    def check(value: Json) -> tuple[Misfit, ...]:
        kind = _kind(value)
        if kind not in inner:
            return (Misfit((), f"must be {expected}, got {_KINDS[kind]}"),)
        deeper = inner[kind]
        return deeper(value) if deeper else _FITS

    return check


def _members(known: Mapping[str, Check | None], others: Check | None, *, closed: bool) -> Check:
    names = known.keys()
    leaves = [(name, check.types, check) for name, check in known.items() if isinstance(check, _Leaf)]
    checked = [(name, check) for name, check in known.items() if check and not isinstance(check, _Leaf)]

    def odd(value: dict[str, Json]) -> Iterator[Misfit]:
        yield from (Misfit((name,), "is missing") for name in known if name not in value)
        if closed:
            yield from (Misfit((name,), "is unknown") for name in value if name not in known)

    def check(value: dict[str, Json]) -> tuple[Misfit, ...]:
        found: tuple[Misfit, ...] = _FITS
        if value.keys() != names and (closed or not names <= value.keys()):
            found = tuple(odd(value))
        for name, types, leaf in leaves:
            if name in value and type(value[name]) not in types and (wrong := leaf(value[name])):
                found += _below(name, wrong)
        for name, inner in checked:
            if name in value and (wrong := inner(value[name])):
                found += _below(name, wrong)
        if others:
            for name in value.keys() - names:
                if wrong := others(value[name]):
                    found += _below(name, wrong)
        return found

    return check


def _items(inner: Check) -> Check:
    types = inner.types if isinstance(inner, _Leaf) else None

    def check(value: list[Json]) -> tuple[Misfit, ...]:
        found: tuple[Misfit, ...] = _FITS
        if types is not None and types.issuperset(map(type, value)):
            return found
        for index, item in enumerate(value):
            if wrong := inner(item):
                found += _below(index, wrong)
        return found

    return check


def _first_fit(checks: list[Check]) -> Check:
    """Any of several: what is said is about the alternative that comes nearest, which got deepest."""

    def check(value: Json) -> tuple[Misfit, ...]:
        wrongs = []
        for one in checks:
            wrong = one(value)
            if not wrong:
                return _FITS
            wrongs.append(wrong)
        return max(wrongs, key=lambda wrong: (len(wrong[0].pointer), -len(wrong)))

    return check


def _below(token: str | int, wrong: tuple[Misfit, ...]) -> tuple[Misfit, ...]:
    return tuple(Misfit((token, *misfit.pointer), misfit.message) for misfit in wrong)
