"""The runtime and the command line agree: of a CSV file both say the same types, values, gaps, breaches, errors."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlgitops.contract.parts import Columns, DataLocation
from mlgitops.problem import RunProblem
from mlgitops.runtime.data import feature_signature, read_table
from mlgitops.runtime.data.csv_text import text_table
from mlgitops.runtime.data.expectations import find_breaches
from mlgitops.runtime.data.read import Data
from mlgitops.runtime.data.types_of import column_type
from mlgitops.spec.documents.model import Expectation
from mlgitops.tables.cells import MISSING, meaning_of
from mlgitops.tables.columns import infer
from mlgitops.tables.expectations import check
from mlgitops.tables.reading import read
from mlgitops.tables.refused import TableRefused

CELLS = {
    "integers": st.integers(-(2**63), 2**63 - 1).map(str) | st.sampled_from(["+5", "-0", "0", " 12 "]),
    "large": st.integers(-(2**65), 2**65).map(str),
    "short": st.sampled_from(["1.5", ".5", "1.", "+1.25", "-0.00120", "1e5", "8E-5", "0", "123456"]),
    "beyond float32": st.sampled_from(["1.5", "12345.67", "1234567", "1e-39", "3.5e38"]),
    "long": st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.sampled_from(["1234567.5", "1e308"]),
    "odd": st.sampled_from(["1e400", "inf", "007", "1_000", "٣", "0x1F", "1" * 70, "1e99999", "NAN", "1 2"]),
    "booleans": st.sampled_from(["true", "False", "TRUE", " true"]),
    "times": st.sampled_from(
        ["2026-11-21", "2026-11-21T10:00:00Z", "2026-11-21 10:00", "2026-11-21T10:00:00.5+0200", "2024-02-29"]
    ),
    "no times": st.sampled_from(["2026-02-30", "2026-11-21T25:00", "2026-1-1", "21.11.2026"]),
    "text": st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8),
    "missing": st.sampled_from(sorted(MISSING)) | st.just("  "),
}


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows; a column has cells of one or two kinds."""
    kinds = st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=2)
    width, rows = draw(st.integers(2, 4)), draw(st.integers(1, 8))
    columns = []
    for _ in range(width):
        cells = st.one_of(*(CELLS[kind] for kind in draw(kinds)))
        columns.append(draw(st.lists(cells, min_size=rows, max_size=rows)))
    return [[f"c{place}" for place in range(width)], *map(list, zip(*columns, strict=True))]


def content_of(rows: list[list[str]], quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def data_of(path: Path, content: bytes, expect: list[Expectation] | None = None) -> Data:
    path.write_bytes(content)
    return read_table(DataLocation(name="c", uri=path.as_uri(), format="csv", expect=expect or []), None)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "data.csv"


@given(rows=tables(), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example([["c0", "c1"], ["+1.5", "9223372036854775808"], ["1", "1.5"]], csv.QUOTE_MINIMAL)
@example([["c0", "c1"], ["1e400", "1"], ["1", "true"]], csv.QUOTE_MINIMAL)
@settings(max_examples=150)
def test_types_values_and_gaps(path: Path, rows: list[list[str]], quoting: Any) -> None:
    content = content_of(rows, quoting)
    plain = read(content.splitlines(keepends=True) if quoting else io.BytesIO(content), delimiter=",")
    expected = infer(plain.header, (row for _, row in plain.rows))
    try:
        table = data_of(path, content).table
    except RunProblem as problem:
        if "several that fit every row" not in problem.message:
            raise
        return  # a delimiter by chance: said, and not guessed
    assert table.num_rows == expected.rows
    for column, cells, fact in zip(table.columns, zip(*rows[1:], strict=True), expected.columns, strict=True):
        assert (column_type(column.type), column.null_count) == (fact.type, fact.missing)
        for value, cell in zip(column.to_pylist(), cells, strict=True):
            meaning = meaning_of(cell)
            if meaning.kind == "missing":
                assert value is None
            elif fact.type == "string":
                assert value == cell
            elif fact.type in ("int64", "float64"):
                assert value == meaning.number
            elif fact.type == "float32":
                assert value == pytest.approx(meaning.number, rel=1e-6)
            elif fact.type == "bool":
                assert value is (cell.strip().lower() == "true")


RANGES = st.sampled_from([[0, 10], [-1e9, 1e9], [1.5, 1.5]])
EXPECTATIONS = st.builds(
    lambda type_, nullable, unique, range_, values: {
        "type": type_,
        "nullable": nullable,
        "unique": unique,
        "range": range_,
        "values": values,
    },
    st.none() | st.sampled_from(["int32", "int64", "float32", "float64", "bool", "string", "timestamp"]),
    st.booleans(),
    st.booleans(),
    st.none() | RANGES,
    st.none() | st.sampled_from([[0, 1], ["true", "007"], [True], [5, "1.5"]]),
)


@given(rows=tables(), expected=st.lists(EXPECTATIONS, min_size=1, max_size=3))
@settings(max_examples=150)
def test_breaches(path: Path, rows: list[list[str]], expected: list[dict[str, Any]]) -> None:
    expectations = [
        Expectation(column=f"c{place}" if place else "gone", **fields) for place, fields in enumerate(expected)
    ]
    content = content_of(rows)
    plain = read(io.BytesIO(content), delimiter=",")
    try:
        data = data_of(path, content, expectations)
    except RunProblem as problem:
        if "several that fit every row" not in problem.message:
            raise
        return  # a delimiter by chance: said, and not guessed
    assert find_breaches(data, expectations) == check(plain.header, plain.rows, expectations)


@given(
    st.text(alphabet=st.sampled_from('a1,;"\n\r\t |.-\ufeffé'), max_size=40).map(str.encode) | st.binary(max_size=30)
)
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_alike(noise: bytes) -> None:
    content = b"a,b\n" + noise
    try:
        plain = read(io.BytesIO(content).readlines())
        expected: Any = list(plain.rows)
    except TableRefused as refused:
        expected = str(refused)
    try:
        found = text_table(content)
        rows = [list(row.values()) for row in found.table.to_pylist()]
        got: Any = list(zip(found.lines, rows, strict=True))
    except TableRefused as refused:
        got = str(refused)
    assert got == expected


def test_ranges_are_as_they_were_written(path: Path) -> None:
    content = content_of([["c0", "c1"], ["0.1", "0.1234567"], ["160000", "2.5"]])
    first, second = feature_signature(data_of(path, content).table, Columns(), [])
    assert (first.type, first.range) == ("float32", [0.1, 160000])
    assert (second.type, second.range) == ("float64", [0.1234567, 2.5])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ['"a","b"', '\ufeff"a",b', '"a, and more","say ""b"""', '"a",c"d'])
@pytest.mark.parametrize("tail", ["", "3,4", '"3",4'])
def test_names_in_quotes_are_read_alike(header: str, end: str, tail: str) -> None:
    content = f"{header}{end}1,2{end}{tail}".encode()
    plain = read(io.BytesIO(content))
    rows = list(plain.rows)
    found = text_table(content)
    assert tuple(found.table.column_names) == plain.header
    assert list(zip(*found.table.to_pydict().values(), strict=True)) == [tuple(row) for _, row in rows]
    assert list(found.lines) == [line for line, _ in rows]
    assert isinstance(found.lines, range) is ('"' not in tail)  # not cell by cell
