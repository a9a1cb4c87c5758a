"""What a CRD's structural schema refuses, explained: the API server's first look at an object.

Sources: k8s.io/apiextensions-apiserver, pkg/apiserver (decoding, pruning, defaulting, validation, list types) and
k8s.io/kube-openapi, pkg/validation. As there, null stands for absent where a field may not be null, and a default
fills in what is required. The walk also finds the defaults that are not written out within lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.render.preflight.cel import RULES
from mlgitops.render.preflight.schema import BOUNDS, TYPES, Node, Schema
from mlgitops.render.preflight.schema import pattern as compiled
from mlgitops.render.preflight.violation import Violation, fragment, nearest, one_of, violation
from mlgitops.source import Pointer, dotted

ARTICLES = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false",
            "object": "a map", "array": "a list"}  # fmt: skip


class Walk(NamedTuple):
    """Where the walk is: which schema, and whether inside of a list."""

    schema: Schema
    in_list: bool = False


def explain(schema: Schema, number: int, value: Any, pointer: Pointer = ()) -> list[Violation]:
    """All that is wrong with a value, in the order in which it is written."""
    return list(_value(Walk(schema), schema.nodes[number], value, pointer))


def _value(walk: Walk, node: Node, value: Any, pointer: Pointer) -> Iterator[Violation]:
    if value is None and node.get("nullable"):
        return
    expected = _type_of(node)
    if expected and not _has_type(value, node):
        yield _wrong_type(pointer, expected, value)
        return
    if isinstance(value, dict):
        yield from _object(walk, node, value, pointer)
    elif isinstance(value, list):
        yield from _array(walk, node, value, pointer)
    elif isinstance(value, str):
        yield from _string(node, value, pointer)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number(node, value, pointer)
    for rule in node.get("rules", ()):
        yield from RULES[rule["rule"]](value, pointer)


def _type_of(node: Node) -> str:
    return "a whole number or text" if node.get("intOrString") else ARTICLES.get(node.get("type", ""), "")


def _has_type(value: Any, node: Node) -> bool:
    if node.get("intOrString"):
        return isinstance(value, str) or _whole(value)
    kind = node["type"]
    if kind == "integer":
        return _whole(value)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def _whole(value: Any) -> bool:
    # JSON has one kind of number, so 2.0 is as whole as 2.
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


def _wrong_type(pointer: Pointer, expected: str, value: Any) -> Violation:
    return violation(
        "kuberay/wrong-type",
        pointer,
        f"{dotted(pointer)} must be {expected}, got {fragment(value)}",
        "quote it" if expected == "text" and not isinstance(value, (dict, list)) else f"write {expected}",
    )


def _object(walk: Walk, node: Node, value: dict[str, Any], pointer: Pointer) -> Iterator[Violation]:
    nodes = walk.schema.nodes
    properties: dict[str, int] = node.get("properties", {})
    additional = node.get("additionalProperties")
    for name, item in value.items():
        child = properties.get(name, additional)
        if child is None:
            yield _unknown(pointer, name, properties)
        elif item is not None or nodes[child].get("nullable"):
            yield from _value(walk, nodes[child], item, (*pointer, name))
    for name in node.get("required", ()):
        if value.get(name) is None and "default" not in nodes[properties[name]]:
            yield violation(
                "kuberay/required", (*pointer, name), f"{dotted((*pointer, name))} is required", f"add `{name}`"
            )
    if walk.in_list:
        for name, child in properties.items():
            if value.get(name) is None and "default" in nodes[child]:
                yield _default_missing((*pointer, name), nodes[child]["default"])


def _unknown(pointer: Pointer, name: str, properties: dict[str, int]) -> Violation:
    place = dotted(pointer) or "the object"
    hint = nearest(name, properties) or (
        f"write {one_of(sorted(properties))}" if 0 < len(properties) <= 8 else "remove it"
    )
    return violation("kuberay/unknown-field", (*pointer, name), f"{place} has no field {fragment(name)}", hint)


def _default_missing(pointer: Pointer, default: Any) -> Violation:
    return violation(
        "gitops/array-default-missing",
        pointer,
        f"{dotted(pointer)} is left to its default inside a list: Argo CD compares such lists as a whole, "
        "finds them different and syncs again for ever",
        f"write `{pointer[-1]}: {default if default != '' else chr(34) * 2}`".replace("False", "false"),
    )


def _array(walk: Walk, node: Node, value: list[Any], pointer: Pointer) -> Iterator[Violation]:
    inside = walk._replace(in_list=True)
    item_node = walk.schema.nodes[node["items"]]
    for index, item in enumerate(value):
        yield from _value(inside, item_node, item, (*pointer, index))
    if len(value) < node.get("minItems", 0):
        yield violation(
            "kuberay/too-few-items",
            pointer,
            f"{dotted(pointer)} must have at least {node['minItems']} item",
            "add one, or remove the field",
        )
    yield from _repeated(walk, node, value, pointer)


def _repeated(walk: Walk, node: Node, value: list[Any], pointer: Pointer) -> Iterator[Violation]:
    keys = node.get("listMapKeys") or ([] if node.get("listType") == "set" else None)
    if keys is None:
        return
    properties = walk.schema.nodes[node["items"]].get("properties", {})
    defaults = {key: walk.schema.nodes[properties[key]].get("default") for key in keys}
    seen: dict[str, int] = {}
    for index, item in enumerate(value):
        if keys and not isinstance(item, dict):
            continue
        identity = [item.get(key, defaults[key]) for key in keys] if keys else [item]
        first = seen.setdefault(repr(identity), index)
        if first != index:
            what = " and ".join(
                f"{key} {fragment(part)}" for key, part in zip(keys, identity, strict=False)
            ) or fragment(item)
            yield violation(
                "kuberay/duplicate-item",
                (*pointer, index),
                f"{dotted((*pointer, index))} repeats {what} of item {first}",
                "remove or rename one of them",
            )


def _string(node: Node, value: str, pointer: Pointer) -> Iterator[Violation]:
    place = dotted(pointer)
    if "enum" in node and value not in node["enum"]:
        hint = nearest(value, node["enum"]) or "write one of them"
        yield violation(
            "kuberay/not-allowed", pointer, f"{place} must be {one_of(node['enum'])}, got {fragment(value)}", hint
        )
    if "pattern" in node and not compiled(node["pattern"]).search(value):
        hint = (
            "write a quantity such as `500m`, `4` or `16Gi`"
            if node.get("intOrString")
            else "write what the pattern matches"
        )
        yield violation(
            "kuberay/pattern", pointer, f"{place} must match {fragment(node['pattern'])}, got {fragment(value)}", hint
        )
    if not node.get("minLength", 0) <= len(value) <= node.get("maxLength", len(value)):
        yield violation(
            "kuberay/length",
            pointer,
            f"{place} must have {node.get('minLength', 0)} to {node.get('maxLength', 'any number of')} "
            f"characters, got {len(value)}",
            "shorten it, or fill it in",
        )


def _number(node: Node, value: float, pointer: Pointer) -> Iterator[Violation]:
    least, most = BOUNDS.get(node.get("format", ""), (None, None))
    least, most = node.get("minimum", least), node.get("maximum", most)
    if (least is not None and value < least) or (most is not None and value > most):
        limit = f"at least {least}" if least is not None and value < least else f"at most {most}"
        yield violation(
            "kuberay/out-of-range",
            pointer,
            f"{dotted(pointer)} must be {limit}, got {fragment(value)}",
            "write a number within",
        )
