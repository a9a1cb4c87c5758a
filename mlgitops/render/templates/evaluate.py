"""Evaluating the expressions of a template: their values as JSON data, their failures as what a person must know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlgitops.render.templates.sandbox import (
    MAX_RESULT,
    SecurityError,
    TooLarge,
    Undefined,
    UndefinedError,
    text_of,
)
from mlgitops.render.templates.values import WHEN, Constant, Expression, Failed, Scalar
from mlgitops.source import Pointer
from mlgitops.spec.yaml_characters import excerpt

MAX_NODES = 10_000
"""Values in one expression's result."""

_GUARD = f"correct the name, or guard the object with {WHEN}"


def value_of(tree: Any, context: Mapping[str, Any]) -> Any:
    """A fresh value from a template's tree. Raises Failed where an expression gives none that is usable."""
    if isinstance(tree, Scalar):
        return scalar_value(tree, context)
    if isinstance(tree, Constant):
        return _copied(tree.value)
    if isinstance(tree, dict):
        return {key: value_of(item, context) for key, item in tree.items()}
    if isinstance(tree, list):
        return [value_of(item, context) for item in tree]
    return tree


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def scalar_value(scalar: Scalar, context: Mapping[str, Any]) -> Any:
    """The value of a text with expressions: of a lone one its own, else text."""
    pieces = scalar.pieces
    if len(pieces) == 1:
        return _json(_evaluated(pieces[0], scalar.pointer, context), scalar.pointer)
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        value = _evaluated(piece, scalar.pointer, context)
        try:
            texts.append(text_of(value))
        except (TypeError, ValueError) as error:
            hint = "let the expression be the whole text, or choose a field of it"
            raise Failed("type", scalar.pointer, f"{error}: {_shown(piece)}", hint) from None
    text = "".join(texts)
    if len(text) > MAX_RESULT:
        raise _too_long(scalar.pointer, f"a text of more than {MAX_RESULT} characters")
    return text


def _evaluated(piece: Any, pointer: Pointer, context: Mapping[str, Any]) -> Any:
    """The value of an expression: every way it can fail is a finding."""
    assert isinstance(piece, Expression)
    try:
        value = piece.evaluate(context)
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
    except UndefinedError as error:
        raise Failed("undefined", pointer, f"{_shown(piece)}: {_missing(error)}", _GUARD) from None
    except SecurityError as error:
        message = f"{_shown(piece)}: {excerpt(str(error), 200)[1:-1]}"
        raise Failed("unsafe", pointer, message, "use a filter, or compute it elsewhere") from None
    except TooLarge as error:
        raise _too_long(pointer, f"{error}: {_shown(piece)}") from None
    except RecursionError:
        raise _too_long(pointer, f"an expression nested too deeply: {_shown(piece)}") from None
    # Operators and filters raise many things for values that they are not made for, and the author must know which.
    except Exception as error:
        message = f"{_shown(piece)} cannot be evaluated: {excerpt(str(error), 200)[1:-1]}"
        raise Failed("type", pointer, message, "look at the types of the values") from None
    return value


def _shown(expression: Expression) -> str:
    return f"{{{{ {excerpt(expression.source)[1:-1]} }}}}"


def _missing(error: Exception) -> str:
    """What Jinja2 says is missing, in terms of documents."""
    text = str(error).replace("'dict object' has no attribute", "there is no")
    text = text.replace("'None' has no attribute", "null has no").replace("'None' has no element", "null has no")
    return excerpt(text, 200)[1:-1]


def _too_long(pointer: Pointer, got: str) -> Failed:
    return Failed("too-long", pointer, f"expected a value of a size that objects have, got {got}", "make it smaller")


def _json(value: Any, pointer: Pointer) -> Any:
    """A copy of a result in JSON's types."""
    left = [MAX_NODES]

    def copied(item: Any, depth: int) -> Any:
        left[0] -= 1
        if left[0] < 0 or depth > 32:
            raise _too_long(pointer, "a value that is larger or deeper than a document may be")
        if isinstance(item, int) and item.bit_length() > 63:
            raise _too_long(pointer, "a number of more than 64 bits")
        if item is None or isinstance(item, (str, int)):
            return item
        if isinstance(item, float) and math.isfinite(item):
            return item
        if isinstance(item, Mapping) and all(isinstance(key, str) for key in item):
            return {key: copied(inner, depth + 1) for key, inner in item.items()}
        if isinstance(item, (list, tuple)) or type(item).__name__ in ("dict_keys", "dict_values", "dict_items"):
            return [copied(inner, depth + 1) for inner in item]
        if isinstance(item, Undefined):
            raise Failed("undefined", pointer, "expected data, got a list or mapping with what is not there", _GUARD)
        raise Failed("type", pointer, f"expected data, got {excerpt(type(item).__name__)}", "call it, or name a field")

    return copied(value, 0)
