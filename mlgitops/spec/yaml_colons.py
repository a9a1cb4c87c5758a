"""Where a colon is missing after a key: a parser sees that only later, mostly on the next line.

>>> missing_colon("metadata:\\n  name churn\\n  team: growth\\n", 2, 6, None)
Missing(mark=Mark(line=2, column=3), key='name', what='colon')
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from mlgitops.spec.yaml_places import Mark

_DASHES = re.compile(r"(?:- +)*")
_EMPTY = re.compile(r" *(?:#|$)")
_PAIR = re.compile(r":(?: |$)")
_PLAIN_VALUE = re.compile(r": +[^\s\"'|>\[{&*!#]")


class Missing(NamedTuple):
    """What a finding will say."""

    mark: Mark
    key: str
    what: Literal["colon", "space"]
    """`space` where the colon is there and nothing sets it apart from the value."""


def missing_colon(text: str, line: int, column: int, key: Mark | None) -> Missing | None:
    """The key without a colon for which a parser stopped; None where something else is wrong.

    `line` and `column` (0-based) are where it met a colon that it could not take; `key` is where it says that a key
    without one begins.
    """
    lines = text.split("\n")
    if key is not None:
        return _at(lines, key.line - 1, key.column - 1)
    if _PAIR.search(lines[line][:column]):
        return None  # the line's second colon: a value that should be quoted
    above = _written_above(lines, line)
    if above is None or _PAIR.search(lines[above]):
        return None
    before = _written_above(lines, above)
    if before is not None and _indent(lines[before]) < _indent(lines[above]) and _PLAIN_VALUE.search(lines[before]):
        return None  # a value that goes on for several lines
    return _at(lines, above, _indent(lines[above]))


def missing_colon_above(text: str, line: int, column: int) -> Missing | None:
    """The key without a colon above a mapping that a parser did not expect: a comment ended the key's text."""
    lines = text.split("\n")
    numbers = (number for number in range(line - 1, -1, -1) if not _EMPTY.match(lines[number]))
    above = next(numbers, None)
    if above is None or _PAIR.search(lines[above]):
        return None
    missing = _at(lines, above, _indent(lines[above]))
    return missing if missing is not None and missing.mark.column == column + 1 else None


def _at(lines: list[str], line: int, column: int) -> Missing | None:
    found = _DASHES.match(lines[line], column)
    start = found.end() if found else column
    words = lines[line][start:].split()
    if not words:
        return None
    key, colon, _ = words[0].partition(":")
    return Missing(Mark(line + 1, start + 1), key, "space" if colon else "colon")


def _written_above(lines: list[str], line: int) -> int | None:
    """The nearest line above that holds anything; a comment is something, since it ends a text."""
    return next((number for number in range(line - 1, -1, -1) if lines[number].strip()), None)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
