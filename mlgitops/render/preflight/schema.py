"""The schema of KubeRay's CRDs, condensed: types, required fields, bounds, defaults and rules, without their prose.

`crd-<version>.json` beside this module is printed by `kuberay-validate schema` from the CRDs that come with the
operator's Go module (for 1.7.0: by `kuberay-validate -crds FOLDER schema` from those of its tag). Nodes refer to each
other by number, since a pod template fills most of every CRD.

Objects that are as they should be take the quick way: one compiled test a node, made when it is first needed.
Everything else, and all that has to be explained, goes through `structure`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

Node = dict[str, Any]
"""One node: keys as in `tools/kuberay-validate/condensed.go`; children are numbers of nodes."""

Test = Callable[[Any], bool]
"""Whether a value is what it should be; False also for what needs a closer look."""

TYPES: dict[str, type] = {"string": str, "boolean": bool, "object": dict, "array": list}
BOUNDS = {"int32": (-(1 << 31), (1 << 31) - 1), "int64": (-(1 << 63), (1 << 63) - 1)}


class Schema(NamedTuple):
    """The schema of one KubeRay version."""

    kinds: dict[str, int]
    """The root nodes by `apiVersion/kind`."""
    nodes: list[Node]
    tests: dict[tuple[int, bool], Test]
    """Compiled tests by node and whether it lies inside of a list."""

    def test(self, number: int, in_list: bool) -> Test:
        """The quick test of a node; in a list it also asks that all defaults are written out."""
        known = self.tests.get((number, in_list))
        if known is None:
            known = self.tests[number, in_list] = _compile(self, self.nodes[number], in_list)
        return known


@lru_cache(maxsize=4)
def load(version: str) -> Schema:
    """The schema of a KubeRay version. Raises OSError for one that is not carried."""
    import json

    # The module's own loader has the file at hand; importlib.resources would take 10 ms to import.
    loader: Any = __spec__.loader
    content = json.loads(loader.get_data(f"{__file__.rpartition('/')[0]}/crd-{version}.json"))
    return Schema(content["kinds"], content["nodes"], {})


@lru_cache(maxsize=64)
def pattern(text: str) -> re.Pattern[str]:
    """A schema's pattern: as in Go, `$` is the very end of a text and not the place before a last line break."""
    return re.compile(re.sub(r"\$$", r"\\Z", text))


def _compile(schema: Schema, node: Node, in_list: bool) -> Test:
    kind = node.get("type")
    if "rules" in node:
        return _never
    if node.get("intOrString"):
        return _int_or_string(node)
    if kind == "object":
        return _map_of(schema, node, in_list) if "additionalProperties" in node else _object(schema, node, in_list)
    if kind == "array":
        return _array(schema, node)
    if kind == "string":
        return _string(node)
    if kind == "integer":
        return _integer(node)
    if kind == "boolean":
        return lambda value: value is True or value is False
    return _never


def _never(_value: Any) -> bool:
    """What is rare enough is always looked at closely."""
    return False


def _string(node: Node) -> Test:
    if "enum" in node:
        allowed = frozenset(node["enum"])
        return lambda value: type(value) is str and value in allowed
    if node.keys() & {"pattern", "minLength", "maxLength", "format"}:
        return _never
    return lambda value: type(value) is str


def _integer(node: Node) -> Test:
    least, most = BOUNDS[node.get("format", "int64")]
    least, most = max(least, node.get("minimum", least)), min(most, node.get("maximum", most))
    return lambda value: type(value) is int and least <= value <= most


def _int_or_string(node: Node) -> Test:
    matches = pattern(node.get("pattern", "")).search

    def test(value: Any) -> bool:
        return type(value) is int or (type(value) is str and matches(value) is not None)

    return test


def _map_of(schema: Schema, node: Node, in_list: bool) -> Test:
    inner = schema.nodes[node["additionalProperties"]]
    if inner == {"type": "string"}:
        return lambda value: type(value) is dict and all(type(item) is str for item in value.values())
    test = schema.test(node["additionalProperties"], in_list)
    return lambda value: type(value) is dict and all(map(test, value.values()))


def _array(schema: Schema, node: Node) -> Test:
    test = schema.test(node["items"], True)
    keys = node.get("listMapKeys", ())
    if len(keys) == 1:
        name = keys[0]
        return lambda value: (
            type(value) is list and all(map(test, value)) and len({item.get(name) for item in value}) == len(value)
        )
    if keys:
        return lambda value: (
            type(value) is list
            and all(map(test, value))
            and len({tuple(map(item.get, keys)) for item in value}) == len(value)
        )
    if node.get("listType") == "set" or node.get("minItems"):
        return _never
    return lambda value: type(value) is list and all(map(test, value))


def _object(schema: Schema, node: Node, in_list: bool) -> Test:
    properties: dict[str, int] = node.get("properties", {})
    defaulted = {name for name, child in properties.items() if "default" in schema.nodes[child]}
    present = tuple({*node.get("required", ())} - defaulted) + (tuple(defaulted) if in_list else ())
    # Strings are most of every object, so they are told from the rest without a call.
    strings = frozenset(name for name, child in properties.items() if schema.nodes[child] in PLAIN_STRINGS)
    tests: dict[str, Test] = {}
    known = tests.get

    def test(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, item in value.items():
            if name in strings:
                if type(item) is not str:
                    return False
                continue
            inner = known(name)
            if inner is None:
                if name not in properties:
                    return False
                inner = tests[name] = schema.test(properties[name], in_list)
            if not inner(item):
                return False
        return all(name in value for name in present) if present else True

    return test


PLAIN_STRINGS: tuple[Node, ...] = ({"type": "string"}, {"type": "string", "default": ""})
