"""What the text of one cell means: nothing, a number, true or false, a time, or just text.

    >>> [kind_of(cell) for cell in ("12", "1.50", "8e-5", "True", "2026-11-21", "007", "")]
    ['integer', 'decimal', 'decimal', 'boolean', 'timestamp', 'text', 'missing']

The rules are narrow on purpose: `007` is a postcode or a code, never 7, and `1_000` and `٣` are text, whatever
Python's `int` says to them.
"""

from __future__ import annotations

import re
from datetime import datetime
from math import isfinite
from typing import Literal, NamedTuple

Kind = Literal["missing", "integer", "decimal", "boolean", "timestamp", "text"]

ColumnType = Literal["float32", "float64", "int32", "int64", "bool", "string", "timestamp"]
"""The types that a spec gives its columns."""

MISSING = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL"))
"""What programs write for a value that is not there."""

LARGEST_FLOAT32 = 3.4028234663852886e38

_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(\.[0-9]*)?|(\.[0-9]+))([eE][-+]?[0-9]{1,4})?")
"""No group is there in a whole number."""
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?"
)
_LONGEST_NUMBER = 64
"""No program writes a longer one, and reading longer ones takes more than linear time."""

_STARTS_A_NUMBER = frozenset("+-.0123456789")


class Cell(NamedTuple):
    """What a cell means."""

    kind: Kind
    number: int | float | None = None
    """Its value, where it is one."""


_NOTHING, _TRUTH, _TIME, _TEXT = Cell("missing"), Cell("boolean"), Cell("timestamp"), Cell("text")


def kind_of(cell: str) -> Kind:
    """The narrowest kind that a cell has; spaces around it count only in text."""
    return meaning_of(cell).kind


def meaning_of(cell: str) -> Cell:
    """The narrowest kind that a cell has, with its number."""
    word = cell.strip(" ")
    if word in MISSING:
        return _NOTHING
    if word[0] in _STARTS_A_NUMBER:
        return _number(word)
    return _TRUTH if word.lower() in ("true", "false") else _TEXT


def _number(word: str) -> Cell:
    """What a word that starts as numbers do means."""
    found = _NUMBER.fullmatch(word) if len(word) <= _LONGEST_NUMBER else None
    if found is None:
        return _TIME if _TIMESTAMP.fullmatch(word) and _is_in_the_calendar(word) else _TEXT
    if found.lastindex is not None:
        value = float(word)
        return Cell("decimal", value) if isfinite(value) else _TEXT
    whole = int(word)
    # Digits alone that 64 bits do not hold name something; a float would make two of them one.
    return Cell("integer", whole) if -(2**63) <= whole < 2**63 else _TEXT


def _is_in_the_calendar(word: str) -> bool:
    try:
        datetime.fromisoformat(word)
    except ValueError:
        return False
    return True


def significant_digits(cell: str) -> int:
    """How many digits of a number count; float32 keeps six whatever they are.

    >>> significant_digits("-0.00120"), significant_digits("1500"), significant_digits("17.99e3")
    (2, 2, 4)
    """
    mantissa = cell.strip(" +-").lower().partition("e")[0].replace(".", "")
    return len(mantissa.strip("0")) or 1


def is_of_type(cell: Cell, wanted: ColumnType) -> bool:
    """Whether a cell that is there can be read as a column's type."""
    if wanted == "string":
        return True
    if wanted in ("bool", "timestamp"):
        return cell.kind == ("boolean" if wanted == "bool" else "timestamp")
    if cell.number is None:
        return False
    if wanted == "float64":
        return True
    if wanted == "float32":
        return -LARGEST_FLOAT32 <= cell.number <= LARGEST_FLOAT32
    return cell.kind == "integer" and (wanted == "int64" or -(2**31) <= cell.number < 2**31)
