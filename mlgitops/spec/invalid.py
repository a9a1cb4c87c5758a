"""What pydantic refuses, said in a person's words at the person's line.

    spec.serving.replicas.min must be at least 1, got 0

pydantic's `loc` is no pointer: it names union branches (`workers`, `int`) and marks keys (`[key]`).
`pointer_of` keeps only what stands in the data; errors of the branches of one union become one.
"""

from __future__ import annotations

import difflib
import json
import types
import unicodedata
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.documents.types import DESCRIPTIONS

MAX_ERRORS = 50
"""More from one document help nobody."""

Locate = Callable[[Pointer, bool], Location]
"""(pointer, whether the key is meant) → the place in the text; the nearest ancestor where nothing stands."""

_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_LENGTHS = {
    "string_too_short": ("min_length", "at least", "characters"),
    "string_too_long": ("max_length", "at most", "characters"),
    "too_short": ("min_length", "at least", "items"),
    "too_long": ("max_length", "at most", "items"),
}


def findings_of(
    error: ValidationError, data: Any, kind: type[BaseModel], locate: Locate, *, prefix: Pointer = (), subject: str = ""
) -> list[Finding]:
    """One finding for each thing that is wrong in `data`, which `kind` refused.

    `prefix` is put before the pointers that messages name (`spec` where `data` is a document's spec).
    """
    found: dict[tuple[Pointer, str], Finding] = {}
    for details in _one_branch(error.errors(include_url=False, include_input=False), data):
        pointer, at_key = pointer_of(details, data)
        code, message, hint = _say(details, pointer, data, kind, prefix)
        location = locate(pointer, at_key or details["type"] == "extra_forbidden")
        where = pointer_text(prefix + pointer)
        found.setdefault((pointer, code), Finding(location, code, "error", message, hint, where, subject))
        if len(found) == MAX_ERRORS:
            break
    return list(found.values())


def pointer_of(details: ErrorDetails, data: Any) -> tuple[Pointer, bool]:
    """The pointer of what is wrong, and whether it is a key rather than its value."""
    pointer: list[str | int] = []
    loc = details["loc"]
    for position, token in enumerate(loc):
        if isinstance(data, dict) and token in data:
            data = data[token]
        elif isinstance(data, list) and isinstance(token, int) and token < len(data):
            data = data[token]
        elif not (details["type"] == "missing" and position == len(loc) - 1):
            continue
        pointer.append(token)
    return tuple(pointer), loc[-1:] == ("[key]",)


def _one_branch(errors: list[ErrorDetails], data: Any) -> Iterator[ErrorDetails]:
    """The errors, keeping of a union's branches the one that fits the shape of the value."""
    for details in errors:
        here = data
        fits = True
        for token in details["loc"]:
            if isinstance(here, dict) and token in here:
                here = here[token]
            elif isinstance(here, list) and isinstance(token, int) and token < len(here):
                here = here[token]
            elif isinstance(token, str) and token[:1].isupper():
                fits = isinstance(here, dict)
            elif isinstance(token, str) and token.split("[")[0] in ("int", "str", "bool", "float", "constrained-int"):
                fits = not isinstance(here, dict)
        if fits:
            yield details


def _say(
    details: ErrorDetails, pointer: Pointer, data: Any, kind: type[BaseModel], prefix: Pointer
) -> tuple[str, str, str]:
    """(code, message, hint)."""
    name = dotted(prefix + pointer) or "the document"
    error, context = details["type"], details.get("ctx") or {}
    value = _value_at(data, pointer)
    if error == "missing":
        parent = dotted(prefix + pointer[:-1]) or "the document"
        return "spec/missing-key", f"{parent} needs the key `{pointer[-1]}`, got none", f"add `{pointer[-1]}:`"
    if error == "extra_forbidden":
        return _unknown_key(pointer, kind, prefix)
    if error in _TYPES:
        return "spec/type", f"{name} must be {_TYPES[error]}, got {shown(value)}", _type_hint(error, value)
    if error in _BOUNDS:
        limit, words = _BOUNDS[error]
        return "spec/out-of-range", f"{name} must be {words} {context[limit]}, got {shown(value)}", ""
    if error in _LENGTHS:
        limit, words, unit = _LENGTHS[error]
        return "spec/length", f"{name} must have {words} {context[limit]} {unit}, got {len(value)}", ""
    if error == "string_pattern_mismatch":
        described = DESCRIPTIONS.get(context["pattern"])
        what = described.what if described else f"text that matches {context['pattern']}"
        if details["loc"][-1:] == ("[key]",):
            value = pointer[-1]
        hint = f"write it like {described.example}" if described else ""
        return "spec/format", f"{name} must be {what}, got {shown(value)}", hint
    if error == "literal_error":
        return _choice(name, value, str(context["expected"]))
    return "spec/value", f"{name} must be {details['msg']}, got {shown(value)}", ""


def _unknown_key(pointer: Pointer, kind: type[BaseModel], prefix: Pointer) -> tuple[str, str, str]:
    known = sorted(_fields_at(kind, pointer[:-1]))
    key = str(pointer[-1])
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    parent = dotted(prefix + pointer[:-1]) or "the document"
    hint = f"did you mean `{near[0]}`?" if near else f"known keys: {', '.join(known)}" if known else "remove it"
    return "spec/unknown-key", f"{parent} has no key {shown(key)}", hint


def _choice(name: str, value: Any, expected: str) -> tuple[str, str, str]:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else ""
    return "spec/choice", f"{name} must be one of {', '.join(choices)}; got {shown(value)}", hint


def _type_hint(error: str, value: Any) -> str:
    if error == "string_type" and isinstance(value, (int, float, bool)):
        return f'write it in quotes: "{json.dumps(value)}"'
    if error in ("int_type", "float_type") and isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return f"write it without quotes: {value[:40]}"
    return ""


def shown(value: Any) -> str:
    """A value in at most 80 characters on one line; of collections only what they are."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else f"'{value}'"
    safe = "".join(c if unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in text[:200])
    return safe if len(safe) <= 80 else safe[:76] + "…" + text[-1]


def _value_at(data: Any, pointer: Pointer) -> Any:
    for token in pointer:
        try:
            data = data[token]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _fields_at(kind: Any, pointer: Pointer) -> set[str]:
    """The keys that the types allow at a pointer."""
    kinds = [kind]
    for token in pointer:
        kinds = [inner for outer in kinds for inner in _step(outer, token)]
    return {name for one in kinds for model in _models(one) for name in model.model_fields}


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _models(one)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind


def _step(kind: Any, token: str | int) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    container = get_origin(kind)
    if container in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _step(one, token)
    elif container is list and isinstance(token, int):
        yield get_args(kind)[0]
    elif container is dict and isinstance(token, str):
        yield get_args(kind)[1]
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and token in kind.model_fields:
        yield kind.model_fields[str(token)].annotation
