"""The small policy repository that tests of policy share: four rules over the three scopes, and their schemas."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from mlgitops.policy.engine import Scope
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.policy.totality import Shape

ROOT = Path(__file__).parent / "fixtures"

TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def record(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def many(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


TARGET = record(model=TEXT, environment=TEXT, part=maybe(TEXT))
SCHEMAS: dict[Scope, dict[str, Any]] = {
    "model": record(
        scope=TEXT,
        target=TARGET,
        metadata=record(name=TEXT, team=TEXT, owner=maybe(TEXT)),
        spec=record(training=maybe({"$ref": "#/$defs/Training"}), serving=maybe(record(replicas=NUMBER))),
    )
    | {"$defs": {"Training": record(workers=NUMBER, perWorker=NUMBER)}},
    "objects": record(
        scope=TEXT,
        target=TARGET,
        pods=many(record(file=TEXT, pointer=TEXT, role=TEXT, name=TEXT, spec={"type": "object"})),
    ),
    "fleet": record(scope=TEXT, models=many(record(model=TEXT, route=maybe(TEXT)))),
}
SHAPES: dict[Scope, Shape] = {scope: Shape(schema) for scope, schema in SCHEMAS.items()}


def files(root: Path = ROOT) -> dict[str, str]:
    """The text of every file below policies/, by path."""
    found = sorted(path for path in (root / "policies").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


@cache
def example() -> RuleSet:
    """The rules of the example, which has no findings."""
    rules, findings = read_rules(files())
    assert findings == []
    return rules
