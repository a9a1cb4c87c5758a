r"""Kubernetes objects as YAML text: the only place where mlgitops writes YAML.

    >>> print(emit({"kind": "ConfigMap", "data": {"on": "no", "run.sh": "echo 1\n"}, "apiVersion": "v1"}), end="")
    apiVersion: v1
    kind: ConfigMap
    data:
      "on": "no"
      run.sh: |
        echo 1

One object has one text: keys are sorted (`apiVersion`, `kind` and `metadata` lead), lists stand below their key without
indentation, as kubectl writes them, and the style of a string follows from its characters alone. YAML 1.1 readers,
Kubernetes' among them, and YAML 1.2 readers take the text alike: what is not a plain word is quoted, numbers are
decimal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from math import isfinite
from typing import Any

from mlgitops.source import Pointer, pointer_text

_LEADING_KEYS = ("apiVersion", "kind", "metadata")
_MAX_KEY = 1000
"""Readers look no further than 1,024 characters for the colon after a key (YAML 1.2.2, section 7.4.2)."""

_PLAIN = re.compile(r"/?[A-Za-z](?:[A-Za-z0-9_./@-]|:(?=[A-Za-z0-9_/]))*")
_RESERVED = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"))
"""Words, in any case, that some YAML 1.1 reader takes for something else than text."""

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufeff\uffa0\ufff0-\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
)
"""What a reviewer of `rendered/` could not see, or a YAML reader would break lines at: always written as an escape."""
_ESCAPED = re.compile(f'["\\\\\n\t{_INVISIBLE}]')
_NOT_LITERAL = re.compile(f"[{_INVISIBLE}]|^[ \t]+\n|\n[ \t]+\\Z|^\t|\n\t")
"""A block scalar cannot hold these, or readers differ on them: blank first or last lines, tabs that begin a line."""
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class _NotWritable(Exception):
    """The value cannot be written; `emit` finds out where it is."""


def emit(data: dict[str, Any]) -> str:
    """The YAML text of one object made of JSON's types; subclasses of `str`, `int` and `float` are written as those.

    Raises TypeError for a value of another type and for a key that is not a string, and ValueError for a number that
    is not finite or has more than 64 bits, a lone surrogate and a key of more than 1,000 characters. The message names
    the pointer.
    """
    if not data:
        return "{}\n"
    lines: list[str] = []
    try:
        leading = [key for key in _LEADING_KEYS if key in data]
        keys = [*leading, *sorted(key for key in data if key not in _LEADING_KEYS)] if leading else sorted(data)
        _mapping(lines.append, data, keys, "", "\n")
    except (_NotWritable, TypeError):
        _refuse(data, ())
        raise
    lines.append("\n")
    return "".join(lines)[1:]


def _mapping(write: Callable[[str], None], data: dict[str, Any], keys: list[str], lead: str, indent: str) -> None:
    """The entries of a mapping that is not empty: `lead` before the first, `indent`, with its line feed, before others.

    Line feeds are written in front, so that each line is one string made at once.
    """
    lead = lead or indent
    for key in keys:
        value = data[key]
        name = _key(key if type(key) is str else _exact_text(key))
        if type(value) is str and "\n" not in value:
            write(f"{lead}{name}: {_line(value)}")
        elif isinstance(value, dict) and value:
            write(f"{lead}{name}:")
            _mapping(write, value, sorted(value), "", indent + "  ")
        elif isinstance(value, list) and value:
            write(f"{lead}{name}:")
            _sequence(write, value, "", indent)
        else:
            write(f"{lead}{name}: {_leaf(value, indent)}")
        lead = indent


def _sequence(write: Callable[[str], None], data: list[Any], lead: str, indent: str) -> None:
    """The items of a list that is not empty, as `_mapping` does it."""
    lead = lead or indent
    inner = indent + "  "
    for value in data:
        if type(value) is str and "\n" not in value:
            write(f"{lead}- {_line(value)}")
        elif isinstance(value, dict) and value:
            _mapping(write, value, sorted(value), lead + "- ", inner)
        elif isinstance(value, list) and value:
            _sequence(write, value, lead + "- ", inner)
        else:
            write(f"{lead}- {_leaf(value, indent)}")
        lead = indent


def _leaf(value: Any, indent: str) -> str:
    """A value that has no entries of its own; `indent` is that of its parent, with a line feed."""
    if isinstance(value, str):
        text = _exact_text(value)
        return _literal(text, indent + "  ") if "\n" in text else _line(text)
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return int.__repr__(value)
    if isinstance(value, float) and isfinite(value):
        return _float(value)
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    raise _NotWritable


def _float(value: float) -> str:
    """YAML 1.1 knows a float by its point: `1e-05` would be a string there."""
    digits = float.__repr__(value)
    if "e" in digits and "." not in digits:
        return digits.replace("e", ".0e")
    return digits


def _line(text: str) -> str:
    """A string in one line; short ones are remembered, as most strings of a fleet come again and again."""
    return _quoted_or_plain(text) if len(text) <= 120 else _styled(text)


def _styled(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return f'"{_ESCAPED.sub(_escape, text)}"'


_quoted_or_plain = lru_cache(maxsize=8192)(_styled)


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    name = _styled(key)
    if len(name) > _MAX_KEY:
        raise _NotWritable
    return name


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        raise _NotWritable
    short = _SHORT_ESCAPES.get(character)
    if short is not None:
        return short
    if number < 0x100:
        return f"\\x{number:02X}"
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def _literal(text: str, indent: str) -> str:
    """Text of several lines as a block scalar; in quotes where a block scalar cannot hold it."""
    body = text.rstrip("\n")
    if not body or not _can_be_literal(text):
        return _styled(text)
    end = len(text) - len(body)
    # Without the indicator, readers would take the spaces of the first line for indentation.
    header = "|2" if body[0] in " \n" else "|"
    chomping = "-" if end == 0 else "" if end == 1 else "+"
    lines = [indent + line if line else "\n" for line in body.split("\n")]
    return header + chomping + "".join(lines) + "\n" * max(end - 1, 0)


def _can_be_literal(text: str) -> bool:
    """Whether a block scalar can hold the text; most is plain ASCII, for which a search would take most of the time."""
    if text.isascii() and text.replace("\n", "").isprintable():
        first, last = text[: text.find("\n")], text[text.rfind("\n") + 1 :]
        return not ((first and first.isspace()) or (last and last.isspace()))
    return _NOT_LITERAL.search(text) is None


def _exact_text(text: Any) -> str:
    if not isinstance(text, str):
        raise _NotWritable
    return str.__str__(text)


def _refuse(value: Any, pointer: Pointer) -> None:
    """Raise for the first value that cannot be written, with its place."""
    at = repr(pointer_text(pointer))
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"expected a key that is a string at {at}, got {type(key).__name__}")
            _refuse_text(key, pointer, is_key=True)
            _refuse(inner, (*pointer, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse(inner, (*pointer, index))
    elif isinstance(value, str):
        _refuse_text(value, pointer, is_key=False)
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"expected a finite number at {at}, got {value}")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"expected an integer of at most 64 bits at {at}")
    elif value is not None and not isinstance(value, bool | int | float):
        raise TypeError(f"expected a value of JSON's types at {at}, got {type(value).__name__}")


def _refuse_text(text: str, pointer: Pointer, *, is_key: bool) -> None:
    at = repr(pointer_text(pointer))
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"expected text that UTF-8 can hold at {at}, got a lone surrogate")
    if is_key and len(_styled(text)) > _MAX_KEY:
        raise ValueError(f"expected keys of at most {_MAX_KEY} characters at {at}, got {len(text)}")
