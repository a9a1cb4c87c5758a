"""What pydantic refuses, said in a person's words at the person's line.

    serving.replicas.min must be at least 1, got 0

pydantic's `loc` is no pointer: it names the branches of a union (`workers`, `constrained-int`) and marks keys
(`[key]`). `_traced` walks the types beside it and keeps what stands in the data; what the branches of one union say
becomes one finding.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.documents.types import DESCRIPTIONS
from mlgitops.spec.nearest import nearest_word
from mlgitops.spec.yaml_characters import FORBIDDEN, excerpt

MAX_FINDINGS = 50
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
_VALUE_HINTS = {
    "cron": "write it like 0 3 * * 1, which is Mondays at 03:00 UTC",
    "date": "write a day that the calendar has",
    "trust_config": "write the JSON as text, below `trust: |`",
}


class _Problem(NamedTuple):
    """One error of pydantic's, at its place in the data."""

    kind: str
    """pydantic's name for the error."""
    pointer: Pointer
    at_key: bool
    """Whether a key of a mapping is wrong, rather than its value."""
    union: Pointer | None
    """Where several types are allowed, if the error is below such a place."""
    context: dict[str, Any]
    said: str
    """The error in pydantic's words."""
    wanted: str = ""
    """What type was expected, where that is all that is wrong."""


def findings_of(
    error: ValidationError,
    data: Any,
    kind: type[BaseModel],
    locate: Locate,
    *,
    prefix: Pointer = (),
    subject: str = "",
    partial: bool = False,
) -> list[Finding]:
    """One finding for each thing that is wrong in `data`, which `kind` refused.

    `prefix` is where `data` is in a document: `("spec",)` for a spec. `partial` data may lack what it must have.
    At most `MAX_FINDINGS`.
    """
    found: dict[tuple[Pointer, str], Finding] = {}
    traced = (_traced(details, kind) for details in error.errors(include_url=False, include_input=False))
    for problem in _one_a_union(traced):
        if partial and problem.kind == "missing":
            continue
        code, message, hint = _say(problem, data, kind, prefix)
        location = locate(problem.pointer, problem.at_key or problem.kind == "extra_forbidden")
        where = pointer_text(prefix + problem.pointer)
        found.setdefault((problem.pointer, code), Finding(location, code, "error", message, hint, where, subject))
        if len(found) == MAX_FINDINGS:
            break
    return list(found.values())


def _traced(details: ErrorDetails, kind: Any) -> _Problem:
    """An error with the pointer of what is wrong: `loc` without what only pydantic knows."""
    pointer: list[str | int] = []
    union: Pointer | None = None
    at_key = False
    loc, error = details["loc"], details["type"]
    for position, token in enumerate(loc):
        branches = _branches(kind)
        if len(branches) > 1:
            union = tuple(pointer) if union is None else union
            kind = next((branch for branch in branches if getattr(branch, "__name__", "") == token), None)
            continue
        if token == "[key]" and position == len(loc) - 1 and position and error not in ("extra_forbidden", "missing"):
            at_key = True
            break
        pointer.append(token)
        kind = next(_step(kind, token), None)
    at = tuple(pointer)
    wanted = _TYPES.get(error, "")
    return _Problem(error, at, at_key, union, details.get("ctx") or {}, details["msg"], wanted)


def _one_a_union(problems: Iterable[_Problem]) -> Iterator[_Problem]:
    """The problems; of each union what is wrong in the branch that was meant, or that none fits."""
    unions: dict[Pointer, list[_Problem]] = {}
    order: list[_Problem | Pointer] = []
    for problem in problems:
        if problem.union is None:
            order.append(problem)
            continue
        if problem.union not in unions:
            order.append(problem.union)
        unions.setdefault(problem.union, []).append(problem)
    for item in order:
        if isinstance(item, _Problem):
            yield item
            continue
        meant = [problem for problem in unions[item] if problem.pointer != item or not problem.wanted]
        words = list(dict.fromkeys(problem.wanted for problem in unions[item]))
        yield from meant or [unions[item][0]._replace(kind="none_fits", wanted=_either(words))]


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _say(problem: _Problem, data: Any, kind: type[BaseModel], prefix: Pointer) -> tuple[str, str, str]:
    """(code, message, hint)."""
    name, error, context = _name(prefix + problem.pointer), problem.kind, problem.context
    if error == "missing":
        parent, key = _name(prefix + problem.pointer[:-1]), problem.pointer[-1]
        return "spec/missing-key", f"{parent} needs the key `{key}`, got none", f"add `{key}:`"
    if error == "extra_forbidden":
        return _unknown_key(problem.pointer, kind, prefix)
    value: Any = problem.pointer[-1] if problem.at_key else _value_at(data, problem.pointer)
    if problem.wanted:
        like = _like(kind, problem.pointer, value) if problem.wanted == "text" and not problem.at_key else None
        hint = f"write it like {like}" if like else _type_hint(problem.wanted, value)
        if value is None and not problem.at_key:
            hint = "fill it in" if _required(kind, problem.pointer) else "fill it in, or remove the key"
        return "spec/type", f"{name} must be {problem.wanted}, got {shown(value)}", hint
    if error in _BOUNDS:
        limit, words = _BOUNDS[error]
        bound = f"{words} {context[limit]}"
        return "spec/out-of-range", f"{name} must be {bound}, got {shown(value)}", f"write a number that is {bound}"
    if error in _LENGTHS:
        limit, words, unit = _LENGTHS[error]
        bound = f"{words} {context[limit]} {unit if context[limit] != 1 else unit[:-1]}"
        hint = "shorten it" if words == "at most" else "remove the key, or fill it in"
        return "spec/length", f"{name} must have {bound}, got {len(value)}", hint
    if error == "string_pattern_mismatch":
        expected = DESCRIPTIONS[context["pattern"]]
        return (
            "spec/format",
            f"{name} must be {expected.what}, got {shown(value)}",
            f"write it like {expected.example}",
        )
    if error == "literal_error":
        return _choice(name, value, str(context["expected"]))
    return "spec/value", f"{name} must be {problem.said}, got {shown(value)}", _VALUE_HINTS.get(error, "")


def _name(pointer: Pointer) -> str:
    """What a person calls a place: `serving.replicas.min`, without the `spec` that nearly all have before it."""
    if not pointer:
        return "the document"
    if pointer[0] == "spec" and len(pointer) > 1:
        pointer = pointer[1:]
    return dotted(tuple(token if isinstance(token, int) else _short(token) for token in pointer))


def _short(key: str) -> str:
    """A key as it may be shown."""
    return key if len(key) <= 80 and not FORBIDDEN.search(key) else excerpt(key)


def _unknown_key(pointer: Pointer, kind: type[BaseModel], prefix: Pointer) -> tuple[str, str, str]:
    key = str(pointer[-1])
    # Of a place that may hold one of several mappings, another of them may know the key.
    known = sorted(_fields_at(kind, pointer[:-1]) - {key})
    near = nearest_word(key, known)
    hint = f"did you mean `{near}`?" if near else f"known keys: {', '.join(known)}"
    return "spec/unknown-key", f"{_name(prefix + pointer[:-1])} has no key {shown(key)}", hint


def _choice(name: str, value: Any, expected: str) -> tuple[str, str, str]:
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    near = nearest_word(value, choices) if isinstance(value, str) else None
    hint = f"did you mean {near}?" if near else "take one of these"
    if len(choices) == 1:
        return "spec/choice", f"{name} must be {choices[0]}, got {shown(value)}", f"write {choices[0]}"
    return "spec/choice", f"{name} must be one of {', '.join(choices)}; got {shown(value)}", hint


def _type_hint(wanted: str, value: Any) -> str:
    if wanted == "text" and isinstance(value, (int, float)):
        return "put it in quotes"
    if "number" in wanted and isinstance(value, str) and value.replace(".", "", 1).isdigit() and value.isascii():
        return f"write it without quotes: {value[:40]}"
    return {
        "a list": "write each item on a line of its own after `- `",
        "a mapping": "write `key: value` lines below it",
        "true or false": "write true or false, without quotes",
    }.get(wanted, f"write {wanted}")


def _like(kind: Any, pointer: Pointer, value: Any) -> str | None:
    """An example of the text at a pointer for whom quotes alone would not help: `300` where `300ms` is meant."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    patterns = [pattern for one in _kinds_at(kind, pointer) for pattern in _patterns(one)]
    known = [pattern for pattern in patterns if pattern in DESCRIPTIONS]
    if not known or any(re.search(pattern, str(value)) for pattern in known):
        return None
    return DESCRIPTIONS[known[0]].example


def _patterns(kind: Any) -> Iterator[str]:
    """The patterns that a type asks of a text."""
    if get_origin(kind) is Annotated:
        inner, *said = get_args(kind)
        yield from (one.pattern for one in said if getattr(one, "pattern", None))
        yield from _patterns(inner)
    elif get_origin(kind) in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _patterns(one)


def shown(value: Any) -> str:
    """A value in about 80 characters on one line; of collections only what they are."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    return excerpt(value) if isinstance(value, str) else json.dumps(value)


def _value_at(data: Any, pointer: Pointer) -> Any:
    for token in pointer:
        data = data[token]
    return data


def _fields_at(kind: Any, pointer: Pointer) -> set[str]:
    """The keys that the types allow at a pointer."""
    kinds = _kinds_at(kind, pointer)
    return {name for one in kinds for model in _branches(one) if _is_model(model) for name in model.model_fields}


def _required(kind: Any, pointer: Pointer) -> bool:
    """Whether every type that allows the key at a pointer needs it."""
    models = [model for one in _kinds_at(kind, pointer[:-1]) for model in _branches(one) if _is_model(model)]
    fields = [model.model_fields[pointer[-1]] for model in models if pointer[-1] in model.model_fields]
    return bool(fields) and all(field.is_required() for field in fields)


def _kinds_at(kind: Any, pointer: Pointer) -> list[Any]:
    """The types that may stand at a pointer."""
    kinds = [kind]
    for token in pointer:
        kinds = [inner for outer in kinds for inner in _step(outer, token)]
    return kinds


def _branches(kind: Any) -> list[Any]:
    """The types that a value may have, without what annotates them and without nothing."""
    if get_origin(kind) is Annotated:
        return _branches(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [branch for one in get_args(kind) if one is not type(None) for branch in _branches(one)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _step(kind: Any, token: str | int) -> Iterator[Any]:
    """The types that may stand at a key or an index."""
    for one in _branches(kind):
        container, arguments = get_origin(one), get_args(one)
        if container is list and isinstance(token, int):
            yield arguments[0]
        elif container is dict and isinstance(token, str):
            yield arguments[1]
        elif _is_model(one) and token in one.model_fields:
            field = one.model_fields[token]
            yield Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
