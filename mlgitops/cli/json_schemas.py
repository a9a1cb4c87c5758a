"""The documents' JSON Schemas, as editors take them: draft 7, with the comments that stand in the types.

yaml-language-server documents draft 7 and below, and pydantic writes 2020-12; what differs is translated here.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from mlgitops.cli.report_schemas import report_schema
from mlgitops.policy.engine import SCOPES
from mlgitops.policy.input_schema import input_schema
from mlgitops.report.as_json import ReportJson
from mlgitops.report.policy_diff import PolicyDiffJson
from mlgitops.report.story.as_json import PlanJson
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.types import DESCRIPTIONS
from mlgitops.spec.documents.version import Version
from mlgitops.spec.documents.waiver import Waiver

Json = Any

KINDS: tuple[type[BaseModel], ...] = (Environment, Model, Release, Repository, Run, Version, Waiver)

REPORTS: dict[str, type] = {"plan": PlanJson, "policy-diff": PolicyDiffJson, "report": ReportJson}
"""What `--format json` writes: of `plan`, of `policy diff`, and of every command that checks."""

FOLDER = "schemas"


def schema_files() -> dict[str, str]:
    """Every schema by its path: `schemas/model.json`, `schemas/policy/fleet.json`, `schemas/report/plan.json`."""
    files = {f"{FOLDER}/{kind.__name__.lower()}.json": _text(_document(kind)) for kind in KINDS}
    files |= {f"{FOLDER}/policy/{scope}.json": _text(draft7(input_schema(scope))) for scope in SCOPES}
    return files | {f"{FOLDER}/report/{name}.json": _text(report_schema(kind)) for name, kind in REPORTS.items()}


def _text(schema: Json) -> str:
    return json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, indent=2) + "\n"


def _document(kind: type[BaseModel]) -> Json:
    schema = kind.model_json_schema()
    classes = {one.__name__: one for one in _reachable(kind)}
    for name, definition in (*schema.get("$defs", {}).items(), (kind.__name__, schema)):
        if name in classes:
            _describe(definition, classes[name])
    _explain_patterns(schema)
    return draft7(schema)


def _explain_patterns(schema: Json) -> None:
    """Add to every pattern what it asks for in words, under the key that editors show instead of the pattern."""
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _explain_patterns(part)
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        expected = DESCRIPTIONS[schema["pattern"]]
        schema["patternErrorMessage"] = f"must be {expected.what}, such as {expected.example}"


def _reachable(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All types that may stand in the modules of a document's types."""
    package = kind.__module__.rpartition(".")[0]
    for name, module in sorted(sys.modules.items()):
        if name.startswith(package):
            yield from (one for one in vars(module).values() if inspect.isclass(one) and issubclass(one, BaseModel))


def _describe(definition: Json, kind: type[BaseModel]) -> None:
    """Add the docstrings under fields, which pydantic leaves alone, as descriptions."""
    for name, about in _docstrings(kind).items():
        field = definition.get("properties", {}).get(name)
        if isinstance(field, dict):
            field.setdefault("description", about)


@cache
def _docstrings(kind: type[BaseModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            (definition,) = ast.parse(inspect.getsource(one)).body
            found |= _of_fields(definition)
    return found


def _of_fields(definition: ast.stmt) -> Iterator[tuple[str, str]]:
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            about = after.value
            if isinstance(about, ast.Constant) and isinstance(about.value, str):
                yield field.target.id, inspect.cleandoc(about.value)


def draft7(schema: Json) -> Json:
    """A schema of pydantic's in draft 7: definitions and tuples by other names, references alone, no made-up titles."""
    if isinstance(schema, list):
        return [draft7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    noise = {"discriminator", *(["title"] if isinstance(schema.get("title"), str) else ())}
    result = {key: draft7(value) for key, value in schema.items() if key not in noise}
    if "$defs" in result:
        result["definitions"] = result.pop("$defs")
    if "prefixItems" in result:
        rest = result.pop("items", False)
        result |= {"items": result.pop("prefixItems"), "additionalItems": rest}
    if isinstance(result.get("$ref"), str):
        reference = {"$ref": result.pop("$ref").replace("#/$defs/", "#/definitions/")}
        return {**result, "allOf": [reference]} if result else reference
    return result
