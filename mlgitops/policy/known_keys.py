"""Whether the keys of `input` that rules name exist: a rule that reads a key nobody writes would never fire.

`opa check --schema` finds more (keys behind variables) and needs OPA; this finds the plain ones with every engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlgitops.findings import Finding
from mlgitops.policy.engine import Scope
from mlgitops.policy.rego_text import ANY, Reference, module_of
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Schema, Shape, members_of_maps
from mlgitops.source import Location

Json = Any


def unknown_keys(rules: RuleSet, shapes: Mapping[Scope, Shape]) -> list[Finding]:
    """Findings `policy/unknown-input`: of a rule for its scope, of the library for all scopes together."""
    scopes = {rule.path: (rule.scope,) for rule in rules.rules}
    return [
        finding
        for path, text in rules.modules.items()
        for finding in _unknown(path, text, [shapes[scope] for scope in scopes.get(path, tuple(shapes))])
    ]


def _unknown(path: str, text: str, shapes: list[Shape]) -> Iterator[Finding]:
    for reference in module_of(text).references("input"):
        missing = [_first_unknown(reference, shape) for shape in shapes]
        deepest = max((depth for depth in missing if depth is not None), default=0)
        if None in missing or not shapes:
            continue
        shown = "input" + "".join(f".{key}" for key in reference.path[: deepest + 1])
        message = f"{shown[:120]} must be a key of the policy input, which has none of that name"
        place = Location(path, reference.line, reference.column)
        hint = "look it up in the schema of the rule's scope: `mlgitops schema`"
        yield Finding(place, "policy/unknown-input", "error", message, hint)


def _first_unknown(reference: Reference, shape: Shape) -> int | None:
    """Which step of a reference leads nowhere; None when all exist, or may."""
    schemas = shape.alternatives(shape.schema)
    for depth, key in enumerate(reference.path):
        schemas = [found for schema in schemas for found in _step(schema, key, shape)]
        if not schemas:
            return depth
    return None


def _step(schema: Schema, key: str, shape: Shape) -> list[Schema]:
    """What a value of a schema may hold under a key; an empty schema is anything."""
    if not schema or (set(schema) <= {"title", "description"}):
        return [{}]
    inner: Json = None
    if "properties" in schema:
        inner = list(schema["properties"].values()) if key == ANY else schema["properties"].get(key)
    elif schema.get("type") == "array":
        inner = schema.get("items", {}) if key == ANY else None
    elif schema.get("type") == "object":
        inner = members_of_maps(schema, {})
        inner = {} if inner is True else inner
    if inner is None or inner is False:
        return []
    return [found for one in (inner if isinstance(inner, list) else [inner]) for found in shape.alternatives(one)]
