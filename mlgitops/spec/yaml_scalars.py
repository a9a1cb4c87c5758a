"""What a plain (unquoted) word of YAML means: the core schema of YAML 1.2, less what readers disagree on.

`8e-5` is a float, `no` and `22:22` are strings. `012` is 10 in YAML 1.1 and 12 in 1.2, `1_000` a number in one and a
string in the other, `0x1F` 31 or a short commit hash: such words are refused, so that nobody has to know.

    >>> resolve("8e-5"), resolve("no"), resolve("~")
    (8e-05, 'no', None)
"""

from __future__ import annotations

import re
from math import isfinite
from typing import NamedTuple

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_AMBIGUOUS = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|0[0-9_]+(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[0-9]+\.[0-9_]*_[0-9_]*(?:[eE][-+]?[0-9]+)?)"
)
_STARTS_A_NUMBER = frozenset("+-.0123456789")
_LONGEST_NUMBER = 64
"""No number that a person writes is longer, and reading longer ones takes more than linear time."""


class Refused(NamedTuple):
    """A plain word that looks like a number and is none that all readers agree on."""

    expected: str
    hint: str


def resolve(word: str) -> Scalar | Refused:
    """The value of a plain word; `Refused` for numbers out of range and for words that readers take differently.

    Integers have 64 bits with a sign, floats are finite (YAML 1.2.2, section 10.3.2).
    """
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in _STARTS_A_NUMBER:
        return word
    if _INTEGER.fullmatch(word):
        return _integer(word)
    if _FLOAT.fullmatch(word):
        return _float(word)
    if _NOT_FINITE.fullmatch(word):
        return Refused("a finite number", "write a number, or quote it if it is text")
    if _AMBIGUOUS.fullmatch(word):
        return Refused("a decimal number", "write it in decimal, or quote it if it is text")
    return word


def _integer(word: str) -> int | Refused:
    if len(word) <= _LONGEST_NUMBER and -(2**63) <= (value := int(word)) < 2**63:
        return value
    return Refused("an integer of at most 64 bits", "quote it if it is an identifier")


def _float(word: str) -> float | Refused:
    if len(word) > _LONGEST_NUMBER:
        return Refused(f"a number of at most {_LONGEST_NUMBER} characters", "quote it if it is text")
    value = float(word)
    lost = value == 0.0 and any(digit in "123456789" for digit in re.split("[eE]", word)[0])
    if isfinite(value) and not lost:
        return value
    return Refused("a number that 64 bits can hold", "quote it if it is text, such as a commit hash")
