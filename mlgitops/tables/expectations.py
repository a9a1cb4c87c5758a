"""Whether a table is what a spec expects of its columns: what breaks an expectation, counted, with its first lines.

No value of the data is kept or shown: whoever may read a report may not be allowed to read the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from mlgitops.tables.cells import Cell, ColumnType, is_of_type, meaning_of
from mlgitops.tables.reading import Row

SHOWN_LINES = 5

Aspect = Literal["column", "type", "nullable", "unique", "range", "values"]
"""The field of an expectation that is broken; `column` when there is no such column."""


class Expected(Protocol):
    """What is expected of one column; `spec.documents.model.Expectation` is that."""

    @property
    def column(self) -> str: ...
    @property
    def type(self) -> ColumnType | None: ...
    @property
    def nullable(self) -> bool: ...
    @property
    def unique(self) -> bool: ...
    @property
    def range(self) -> list[float] | None: ...
    @property
    def values(self) -> list[str | int | bool] | None: ...


class Breach(NamedTuple):
    """One way in which a table is not what was expected."""

    expectation: int
    """Its index."""
    aspect: Aspect
    broken: int = 0
    """In how many rows."""
    lines: tuple[int, ...] = ()
    """Where the first of them begin."""


class Checked(NamedTuple):
    """What came of it."""

    rows: int
    breaches: tuple[Breach, ...]


Test = Callable[[str, Cell], bool]
"""Whether a cell that has a value is as it should be, by its text and its meaning."""

_REMEMBERED = 10_000
"""Texts of a column that are judged once: most columns repeat themselves."""


def check(header: Sequence[str], rows: Iterable[Row], expected: Sequence[Expected]) -> Checked:
    """Go through all rows once. A cell of the wrong type is not asked for its range, nor a missing one for anything."""
    found: dict[tuple[int, Aspect], list[int]] = {}
    counts: dict[tuple[int, Aspect], int] = {}
    places = {name: place for place, name in enumerate(header)}
    judges = [(index, places[one.column], _judge(one)) for index, one in enumerate(expected) if one.column in places]
    counts.update({(index, "column"): 0 for index, one in enumerate(expected) if one.column not in places})
    total = 0
    for line, row in rows:
        total += 1
        for index, place, judge in judges:
            aspect = judge(row[place])
            if aspect is not None:
                counts[index, aspect] = counts.get((index, aspect), 0) + 1
                lines = found.setdefault((index, aspect), [])
                if len(lines) < SHOWN_LINES:
                    lines.append(line)
    breaches = (Breach(*key, count, tuple(found.get(key, ()))) for key, count in counts.items())
    return Checked(total, tuple(sorted(breaches)))


def judge(one: Expected) -> Callable[[str, Cell], Aspect | None]:
    """What a cell breaks, if it does, of all that is expected of its column; to be asked of each cell once."""
    tests, seen = _tests(one), _unseen()

    def broken_by(text: str, cell: Cell) -> Aspect | None:
        if cell.kind == "missing":
            return None if one.nullable else "nullable"
        broken = next((aspect for aspect, test in tests if not test(text, cell)), None)
        return "unique" if broken is None and one.unique and not seen(text) else broken

    return broken_by


def _judge(one: Expected) -> Callable[[str], Aspect | None]:
    """What a cell breaks, by its text; a text that comes again is not looked at again."""
    broken_by, known = judge(one), dict[str, Aspect | None]()

    def anew(text: str) -> Aspect | None:
        return broken_by(text, meaning_of(text))

    def remembered(text: str) -> Aspect | None:
        if text in known:
            return known[text]
        broken = anew(text)
        if len(known) < _REMEMBERED:
            known[text] = broken
        return broken

    return anew if one.unique else remembered


def _tests(one: Expected) -> list[tuple[Aspect, Test]]:
    tests: list[tuple[Aspect, Test]] = []
    if (wanted := one.type) is not None:
        tests.append(("type", lambda _, cell: is_of_type(cell, wanted)))
    if one.range is not None:
        low, high = one.range
        tests.append(("range", lambda _, cell: cell.number is not None and low <= cell.number <= high))
    if one.values is not None:
        tests.append(("values", _among(one.values)))
    return tests


def _among(values: Sequence[str | int | bool]) -> Test:
    """Whether a cell says one of some values: text letter by letter, numbers and booleans by what they mean."""
    texts = {value for value in values if isinstance(value, str)}
    booleans = {value for value in values if isinstance(value, bool)}
    numbers = {value for value in values if isinstance(value, int) and not isinstance(value, bool)}

    def among(text: str, cell: Cell) -> bool:
        if text in texts:
            return True
        if cell.kind == "boolean":
            return (text.strip(" ").lower() == "true") in booleans
        return cell.number is not None and cell.number in numbers

    return among


def _unseen() -> Callable[[str], bool]:
    """Whether a cell says what none before it said."""
    seen: set[str] = set()

    def unseen(text: str) -> bool:
        word = text.strip(" ")
        if word in seen:
            return False
        seen.add(word)
        return True

    return unseen
