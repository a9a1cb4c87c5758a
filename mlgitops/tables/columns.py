"""What the columns of a table are, inferred from all their cells in one pass and bounded memory.

    >>> facts = infer(("age", "plan"), [["31", "basic"], ["", "basic"], ["44", "plus"], ["52", "plus"]])
    >>> [(fact.name, fact.type, fact.missing, fact.values) for fact in facts.columns]
    [('age', 'int64', 1, (31, 44, 52)), ('plan', 'string', 0, ('basic', 'plus'))]

A float column is float32 where six digits say each of its values, which float32 keeps, and float64 otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from mlgitops.tables.cells import LARGEST_FLOAT32, MISSING, ColumnType, Kind, meaning_of, significant_digits

MAX_VALUES = 100
"""A column with more different values than that has no list of them."""

_BLOCK = 1000
"""Rows that are turned into columns at once."""
_FLOAT32_DIGITS = 6
_SMALLEST_FLOAT32 = 1.1754943508222875e-38


class Column(NamedTuple):
    """What one column is."""

    name: str
    type: ColumnType | None
    """None where no cell has a value."""
    cells: int
    """With a value."""
    missing: int
    low: int | float | None
    """The smallest and the largest number, of a column of numbers."""
    high: int | float | None
    values: tuple[str | int | float | bool, ...] | None
    """All different values in order; None for more than `MAX_VALUES`."""
    rarest: int
    """How many rows have the value that the fewest have; 0 where `values` is None."""
    unique: bool | None
    """Whether no value comes twice; None where that was not looked at."""
    strays: int
    """Cells of a column of text that are no numbers where nearly all others are."""


class Inference(NamedTuple):
    """What a table is."""

    rows: int
    columns: tuple[Column, ...]
    complete: bool = True
    """Whether there were no more rows than were asked for."""


def infer(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, unique: Iterable[str] = (), max_cells: int = 0
) -> Inference:
    """The columns of a table whose rows all have a cell for each name of the header.

    `unique` names columns of which to find out whether they are: that takes memory for every cell. At most
    `max_cells` cells are read, whole rows, where it is not 0.
    """
    asked = frozenset(unique)
    collected = [_Collected(name in asked) for name in header]
    left = max_cells // max(len(header), 1) or 1 if max_cells else None
    count, source = 0, iter(rows)
    while left is None or left > 0:
        block = list(islice(source, _BLOCK if left is None else min(_BLOCK, left)))
        if not block:
            break
        count += len(block)
        left = None if left is None else left - len(block)
        for one, cells in zip(collected, zip(*block, strict=True), strict=True):
            one.add(cells)
    complete = left is None or left > 0 or next(source, None) is None
    columns = tuple(one.column(name) for name, one in zip(header, collected, strict=True))
    return Inference(count, columns, complete)


class _Collected:
    """What is known of one column so far."""

    __slots__ = ("counts", "high", "kinds", "low", "seen", "small", "unique")

    def __init__(self, unique: bool) -> None:
        self.counts: Counter[str] | None = Counter()
        """How often each text came, while there are few."""
        self.kinds: Counter[Kind] = Counter()
        self.low: int | float | None = None
        self.high: int | float | None = None
        self.small = True
        """Whether float32 holds every number."""
        self.unique: bool | None = True if unique else None
        self.seen: set[str] = set()

    def add(self, cells: Sequence[str]) -> None:
        """Some more cells of the column."""
        if self.unique:
            self._look_for_repetition(cells)
        if self.counts is None:
            for cell in cells:
                self._see(cell, 1)
            return
        self.counts.update(cells)
        if len(self.counts) > MAX_VALUES + len(MISSING):
            for cell, count in self.counts.items():
                self._see(cell, count)
            self.counts = None

    def _look_for_repetition(self, cells: Sequence[str]) -> None:
        values = [cell.strip(" ") for cell in cells if cell.strip(" ") not in MISSING]
        known = len(self.seen)
        self.seen.update(values)
        if len(self.seen) != known + len(values):
            self.unique = False
            self.seen.clear()

    def _see(self, cell: str, count: int) -> None:
        kind, value = meaning_of(cell)
        self.kinds[kind] += count
        if value is None:
            return
        if self.low is None or self.high is None:
            self.low = self.high = value
        elif value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value
        if self.small:
            size = abs(value)
            fits = size == 0 or _SMALLEST_FLOAT32 <= size <= LARGEST_FLOAT32
            self.small = fits and significant_digits(cell) <= _FLOAT32_DIGITS

    def column(self, name: str) -> Column:
        """What the column is, when all its cells are there."""
        counts = self.counts
        for cell, count in (counts or {}).items():
            self._see(cell, count)
        cells = self.kinds.total() - self.kinds["missing"]
        inferred = self._type()
        numeric = inferred in ("int64", "float32", "float64")
        low, high = (self.low, self.high) if numeric else (None, None)
        values = _values(counts, inferred) if counts is not None else Counter()
        listed = 0 < len(values) <= MAX_VALUES
        return Column(
            name,
            inferred,
            cells,
            self.kinds["missing"],
            low,
            high,
            tuple(sorted(values)) if listed else None,
            min(values.values()) if listed else 0,
            self.unique,
            self._strays() if inferred == "string" else 0,
        )

    def _type(self) -> ColumnType | None:
        kinds = {kind for kind, count in self.kinds.items() if count} - {"missing"}
        if not kinds:
            return None
        if kinds == {"integer"}:
            return "int64"
        if kinds <= {"integer", "decimal"}:
            return "float32" if self.small else "float64"
        if kinds == {"boolean"}:
            return "bool"
        return "timestamp" if kinds == {"timestamp"} else "string"

    def _strays(self) -> int:
        numbers = self.kinds["integer"] + self.kinds["decimal"]
        others = self.kinds.total() - self.kinds["missing"] - numbers
        return others if others and numbers >= 9 * others else 0


def _values(counts: Counter[str], inferred: ColumnType | None) -> Counter[str | int | float | bool]:
    """How often each value came; one value may have been written in several ways."""
    values: Counter[str | int | float | bool] = Counter()
    for cell, count in counts.items():
        kind, number = meaning_of(cell)
        if kind == "missing":
            continue
        if inferred == "string" or number is None:
            values[cell.strip(" ").lower() == "true" if inferred == "bool" else cell] += count
        else:
            values[number] += count
    return values
