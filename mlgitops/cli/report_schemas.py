"""The JSON Schema of a report for programs, made from the types that write it.

A reader may meet keys that it does not know, since a new key may come at any time: objects are open.
"""

from __future__ import annotations

import inspect
import types
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

Json = Any

SCALARS: dict[Any, Json] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
}


def report_schema(document: type) -> Json:
    """The schema of a TypedDict in draft 7, every other that it holds as a definition."""
    definitions: dict[str, Json] = {}
    schema = _object(document, definitions)
    return {**schema, "definitions": dict(sorted(definitions.items()))}


def _object(kind: type, definitions: dict[str, Json]) -> Json:
    hints = get_type_hints(kind, include_extras=True)
    required = [name for name, hint in hints.items() if get_origin(hint) is not NotRequired]
    properties = {name: _of(_bare(hint), definitions) for name, hint in hints.items()}
    about = " ".join((inspect.getdoc(kind) or "").split())
    return {"type": "object", "description": about, "properties": properties, "required": required}


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is NotRequired else hint


def _of(hint: Any, definitions: dict[str, Json]) -> Json:
    """Raises TypeError for what a report's types may not hold."""
    if hint in SCALARS:
        return dict(SCALARS[hint])
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # it may hold itself
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/definitions/{hint.__name__}"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(argument, definitions) for argument in arguments]}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    raise TypeError(f"no schema for {hint}")
