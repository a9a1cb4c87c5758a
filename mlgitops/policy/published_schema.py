"""The JSON Schemas of policy inputs as they are shipped: `input_schemas.json`, written from `input_schema`.

Making them from pydantic's models takes 100 ms, which every run with policies would pay. A test says when the file is
older than the models; `python tools/write_input_schemas.py` writes it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from mlgitops.policy.engine import SCOPES, Scope

FILE = "input_schemas.json"


@cache
def published_schema(scope: Scope) -> dict[str, Any]:
    """The schema of a scope's input."""
    schema: dict[str, Any] = _all()[scope]
    return schema


@cache
def _all() -> dict[Scope, dict[str, Any]]:
    # The module's own loader has the file at hand; importlib.resources would take 10 ms to import.
    loader: Any = __spec__.loader
    schemas: dict[Scope, dict[str, Any]] = json.loads(loader.get_data(f"{__file__.rpartition('/')[0]}/{FILE}"))
    return schemas


def text() -> str:
    """What the file must be: made from the models."""
    from mlgitops.policy.input_schema import input_schema

    return json.dumps({scope: input_schema(scope) for scope in SCOPES}, indent=1, ensure_ascii=False) + "\n"
