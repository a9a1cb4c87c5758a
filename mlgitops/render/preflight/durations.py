"""Lengths of time and numbers as Go's standard library reads them from text (`time.ParseDuration`, `strconv.Atoi`)."""

from __future__ import annotations

import re

PART = re.compile(r"([0-9]*)(\.[0-9]*)?([^0-9.]+)")
NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # micro sign
    "μs": 1_000,  # Greek letter mu
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
MAX_NANOSECONDS = (1 << 63) - 1
MAX_CHARACTERS = 100
INTEGER = re.compile(r"[+-]?[0-9]+")


def parse_duration(text: str) -> int | None:
    """Nanoseconds, or None for what is no duration.

    >>> parse_duration("1h30m"), parse_duration("-1.5s"), parse_duration("5"), parse_duration("0")
    (5400000000000, -1500000000, None, 0)
    """
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text[1:] if text[:1] == "+" else text)
    if rest == "0":
        return 0
    if len(rest) > MAX_CHARACTERS:
        return None
    total, position = 0, 0
    while position < len(rest):
        part = PART.match(rest, position)
        if part is None or part[3] not in NANOSECONDS or not (part[1] or len(part[2] or "") > 1):
            return None
        unit = NANOSECONDS[part[3]]
        fraction = (part[2] or "")[1:]
        total += int(part[1] or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        position = part.end()
    return None if not rest or total > MAX_NANOSECONDS else sign * total


def parse_integer(text: str) -> int | None:
    """A whole number of at most 64 bits, or None.

    >>> parse_integer("+5"), parse_integer(" 5"), parse_integer("5.0")
    (5, None, None)
    """
    if not INTEGER.fullmatch(text) or len(text) > MAX_CHARACTERS:
        return None
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else None
