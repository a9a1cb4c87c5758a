"""Columns of text become columns of their type, by the rules of `mlgitops.tables`, all cells of a column at once.

    integers            int64               true, false      bool
    other numbers       float32, float64    dates, times     timestamp in UTC
    anything else       string              nothing at all   null

A missing value is null. A column has one type: where one cell is text, all of them are, as they were written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from mlgitops.tables.cells import LARGEST_FLOAT32, MISSING

_INTEGER = r"^[-+]?(0|[1-9][0-9]*)$"
_NUMBER = r"^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?$"
_TIMESTAMP = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[-+][0-9]{2}:?[0-9]{2})?)?$"
)
_LONGEST_NUMBER = 64
_FLOAT32_DIGITS = 6
_SMALLEST_FLOAT32 = 1.1754943508222875e-38
_FIRST = 200
"""Cells that are looked at before all are."""

Column = Any
"""A pyarrow.ChunkedArray or Array."""


def typed(texts: Column) -> Column:
    """A column of strings as a column of the type that its cells have."""
    import pyarrow
    import pyarrow.compute as compute

    words = compute.utf8_trim(texts, characters=" ")
    missing = compute.is_in(words, value_set=pyarrow.array(sorted(MISSING)))
    if compute.all(missing, min_count=0).as_py():
        return pyarrow.nulls(len(texts))
    words = compute.if_else(missing, None, words)
    present = words.drop_null()
    for matches, convert in ((_are_numbers, _numbers), (_are_boolean, _booleans), (_are_timestamps, _timestamps)):
        if matches(present.slice(0, _FIRST)) and matches(present):
            converted = convert(words)
            if converted is not None:
                return converted
    return compute.if_else(missing, None, texts)


def text(texts: Column) -> Column:
    """A column of strings as it is, but for what is missing."""
    import pyarrow
    import pyarrow.compute as compute

    words = compute.utf8_trim(texts, characters=" ")
    return compute.if_else(compute.is_in(words, value_set=pyarrow.array(sorted(MISSING))), None, texts)


def _all_match(words: Column, pattern: str) -> bool:
    import pyarrow.compute as compute

    return bool(compute.all(compute.match_substring_regex(words, pattern)).as_py())


def _are_numbers(words: Column) -> bool:
    import pyarrow.compute as compute

    return _all_match(words, _NUMBER) and compute.max(compute.utf8_length(words)).as_py() <= _LONGEST_NUMBER


def _are_boolean(words: Column) -> bool:
    return _all_match(words, r"(?i)^(true|false)$")


def _are_timestamps(words: Column) -> bool:
    return _all_match(words, _TIMESTAMP)


def _numbers(words: Column) -> Column | None:
    """int64, float32 or float64; None where a number is too large for its kind: its digits name something."""
    import pyarrow
    import pyarrow.compute as compute

    whole = compute.match_substring_regex(words, _INTEGER)
    try:
        integers = compute.replace_substring_regex(words.filter(whole), r"^\+", "").cast(pyarrow.int64())
    except pyarrow.ArrowInvalid:
        return None
    if len(integers) == len(words) - words.null_count:
        return compute.replace_substring_regex(words, r"^\+", "").cast(pyarrow.int64())
    numbers = words.cast(pyarrow.float64())
    if not compute.all(compute.is_finite(numbers)).as_py():
        return None
    return numbers.cast(pyarrow.float32(), safe=False) if _fits_float32(words, numbers) else numbers


def _fits_float32(words: Column, numbers: Column) -> bool:
    """Whether six digits say each number, which float32 keeps."""
    import pyarrow.compute as compute

    sizes = compute.abs(numbers)
    normal = compute.and_(compute.greater_equal(sizes, _SMALLEST_FLOAT32), compute.less_equal(sizes, LARGEST_FLOAT32))
    if not compute.all(compute.or_(normal, compute.equal(sizes, 0))).as_py():
        return False
    exponents = compute.any(compute.match_substring(words, "e", ignore_case=True)).as_py()
    mantissas = compute.replace_substring_regex(words, r"[eE].*$", "") if exponents else words
    digits = compute.ascii_trim(compute.replace_substring(mantissas, ".", ""), characters="+-0")
    return bool(compute.max(compute.utf8_length(digits)).as_py() <= _FLOAT32_DIGITS)


def _booleans(words: Column) -> Column:
    import pyarrow.compute as compute

    return compute.equal(compute.ascii_lower(words), "true")


def _timestamps(words: Column) -> Column | None:
    """UTC, which is also what a time without a zone is taken for; None where one is not in the calendar."""
    return _each(words, _moment)


def _each(words: Column, convert: Callable[[str], datetime]) -> Column | None:
    import pyarrow

    try:
        moments = [None if word is None else convert(word) for word in words.to_pylist()]
    except (ValueError, OverflowError):
        return None
    return pyarrow.array(moments, pyarrow.timestamp("us", tz="UTC"))


def _moment(word: str) -> datetime:
    moment = datetime.fromisoformat(word)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
