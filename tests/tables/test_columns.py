"""What columns are: whatever typed values are written, their types, ranges and gaps are read back."""

from __future__ import annotations

import csv
import io
import struct
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from mlgitops.tables.cells import MISSING, kind_of
from mlgitops.tables.columns import MAX_VALUES, Column, Inference, infer
from mlgitops.tables.reading import read


def only(cells: list[str], **how: int) -> Column:
    return infer(["c"], [[cell] for cell in cells], **how).columns[0]  # type: ignore[arg-type]


def float32(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: kind_of(text) == "text"
)
SHORT = st.integers(-999_999, 999_999).flatmap(
    lambda digits: st.integers(-20, 20).map(lambda power: float(f"{digits}e{power}"))
)
"""Numbers that six digits say."""
LONG = st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: len(repr(value).split("e")[0]) > 12)
VALUES = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float32": SHORT,
    "float64": LONG,
    "bool": st.booleans(),
    "timestamp": st.datetimes(datetime(1000, 1, 1)),
    "string": TEXT,
}


@st.composite
def typed_columns(draw: st.DrawFn) -> tuple[list[str], list[list[object]]]:
    """Types, and a column of values of each; None is a gap."""
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    rows = draw(st.integers(1, 30))
    columns = []
    for name in types:
        cells = st.lists(st.none() | VALUES[name], min_size=rows, max_size=rows).filter(
            lambda cells: any(cell is not None for cell in cells)
        )
        columns.append(draw(cells))
    return types, columns


def written(names: list[str], columns: list[list[object]], delimiter: str) -> list[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(names)
    for row in zip(*columns, strict=True):
        cells = ["" if cell is None else repr(cell) if isinstance(cell, float) else str(cell) for cell in row]
        writer.writerow(cells)
    return io.BytesIO(text.getvalue().encode()).readlines()


@given(typed_columns(), st.sampled_from([",", ";", "\t", "|"]))
def test_what_is_written_from_typed_values_is_read_back(
    typed: tuple[list[str], list[list[object]]], delimiter: str
) -> None:
    types, columns = typed
    names = [f"column {number}" for number in range(len(types))]
    table = read(written(names, columns, delimiter), delimiter=delimiter)
    facts = infer(table.header, (row for _, row in table.rows))
    assert table.header == tuple(names)
    assert facts.rows == len(columns[0])
    for wanted, cells, fact in zip(types, columns, facts.columns, strict=True):
        values = [cell for cell in cells if cell is not None]
        assert (fact.type, fact.missing, fact.cells) == (wanted, len(cells) - len(values), len(values))
        if wanted in ("int64", "float32", "float64"):
            assert (fact.low, fact.high) == (min(values), max(values))  # type: ignore[type-var]
        else:
            assert (fact.low, fact.high) == (None, None)
        if wanted == "string":
            assert fact.values == tuple(sorted(set(values)))  # type: ignore[type-var]


@given(st.lists(SHORT, min_size=1))
def test_float32_keeps_what_a_float32_column_says(values: list[float]) -> None:
    assert only([repr(value) for value in values]).type == "float32"
    for value in values:
        assert float(f"{float32(value):.6g}") == value


@given(st.lists(st.text(max_size=10), max_size=300))
def test_any_cells_have_a_column(cells: list[str]) -> None:
    fact = only(cells)
    assert fact.cells + fact.missing == len(cells)
    assert (fact.type is None) == (fact.cells == 0)


def test_many_values_have_no_list_and_the_same_type() -> None:
    few, many = [str(number) for number in range(MAX_VALUES)], [str(number) for number in range(5000)]
    assert only(few).values == tuple(range(MAX_VALUES))
    assert only(many) == Column("c", "int64", 5000, 0, 0, 4999, None, 0, None, 0)
    assert only([*many, "1.5", "NA"]) == Column("c", "float32", 5001, 1, 0, 4999, None, 0, None, 0)
    assert only([*many, "x"]) == Column("c", "string", 5001, 0, None, None, None, 0, None, 1)


def test_how_often_the_rarest_value_comes() -> None:
    assert only(["a", "a", "b", "b", "b"]).rarest == 2
    assert only(["1", "1.0", "2", "2"]).rarest == 2
    assert only(["a", "a", "b"]).rarest == 1


def test_words_among_numbers_are_counted() -> None:
    assert only([*["1"] * 9, "x"]).strays == 1
    assert only([*["1"] * 8, "x"]).strays == 0


def test_uniqueness_is_looked_at_where_it_is_asked_for() -> None:
    def of(cells: list[str]) -> bool | None:
        return infer(["id"], [[cell] for cell in cells], unique=["id"]).columns[0].unique

    assert of([str(number) for number in range(3000)]) is True
    assert of([*(str(number) for number in range(3000)), "7"]) is False
    assert of(["a", "", ""]) is True
    assert only(["a"]).unique is None


def test_no_more_cells_than_asked_for() -> None:
    rows = [["1", "2"]] * 10

    def read_rows(max_cells: int) -> tuple[int, bool]:
        facts: Inference = infer(["a", "b"], rows, max_cells=max_cells)
        return facts.rows, facts.complete

    assert [read_rows(cells) for cells in (6, 19, 20, 21, 0)] == [
        (3, False),
        (9, False),
        (10, True),
        (10, True),
        (10, True),
    ]


def test_missing_words_are_known() -> None:
    assert only(sorted(MISSING)).type is None


def test_seven_digits_are_more_than_float32_keeps() -> None:
    assert [only(["0.5", cell]).type for cell in ("1.23456", "1.234567", "123456", "1234567", "1e-39", "1e39")] == [
        "float32",
        "float64",
        "float32",
        "float64",
        "float64",
        "float64",
    ]
