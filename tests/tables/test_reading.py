"""Rows from bytes: what is read, and hostile files, each refused with its line and without a cell of it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgitops.tables.reading import MAX_LINE, read
from mlgitops.tables.refused import TableRefused


def lines(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


def refused(content: bytes, **how: str) -> str:
    with pytest.raises(TableRefused) as caught:
        list(read(lines(content), **how).rows)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        (b"a,b\n1,2\n", ("a", "b"), [(2, ["1", "2"])]),
        (b"\xef\xbb\xbfa;b\r\n1;2,5\r\n", ("a", "b"), [(2, ["1", "2,5"])]),
        (b"a\tb\n1\t\n\n3\t4", ("a", "b"), [(2, ["1", ""]), (4, ["3", "4"])]),
        (b'a|b\n"x\ny"|1\nz|2\n', ("a", "b"), [(2, ["x\ny", "1"]), (4, ["z", "2"])]),
        (b"only\n1\n2\n", ("only",), [(2, ["1"]), (3, ["2"])]),
        (b"a,b\n", ("a", "b"), []),
        (b"\n\r\na;b\n1;2\n", ("a", "b"), [(4, ["1", "2"])]),
        ("größe,b\n1,é\n".encode(), ("größe", "b"), [(2, ["1", "é"])]),
        (b'"a, b",c\n"1, 2",3\n', ("a, b", "c"), [(2, ["1, 2", "3"])]),
    ],
)
def test_tables(content: bytes, header: tuple[str, ...], rows: list[tuple[int, list[str]]]) -> None:
    table = read(lines(content))
    assert (table.header, list(table.rows)) == (header, rows)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected a line with the columns' names, got an empty file"),
        (b"\n\n  \n", "expected a line with the columns' names, got an empty file"),
        (b"a,b\n1,\x002\n", "expected text, got a zero byte in line 2"),
        ("a,b\n1,é\n".encode("latin-1"), "expected UTF-8, got the byte 0xE9 in line 2"),
        ("a,b\n1,2\n".encode("utf-16"), "expected UTF-8, got UTF-16"),
        (b"a,b\n1,2\n3\n", "expected 2 cells in every row, as the first line has, got 1 in line 3"),
        (b"a,b\n1,2\n3,4,5\n", "expected 2 cells in every row, as the first line has, got 3 in line 3"),
        (
            b"a,b;c\n1\n",
            "expected rows of equal length, got none with any delimiter of the first line: comma, semicolon",
        ),
        (b"a;b,c\n1;2,3\n", "expected one delimiter, got several that fit every row: comma, semicolon"),
        (b"a,b\n1," + b"x" * MAX_LINE + b"\n", "expected lines of at most 1 MiB, got a longer one as line 2"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "got in the row from line 2 on: field larger than field limit (131072)"),
        (b'a,b\n1,"x\n2,y\n', "expected CSV, got in the row from line 2 on: unexpected end of data"),
        (b'a,b\n1,"x"y\n', "expected CSV, got in the row from line 2 on: ',' expected after '\"'"),
        (b"a,b\r1,2\r", "expected lines that end with a line feed, got a carriage return within line 1"),
        (b"a,,c\n1,2,3\n", "expected names in the first line, got no name in column 2"),
        (b"a,1.5\n1,2\n", "expected names in the first line, got a value in column 2"),
        (b"a,b,a\n1,2,3\n", "expected names in the first line, got the name of an earlier column in column 3"),
        (b"x,plus\ny,plus\nx,basic\n", "expected names in the first line, got values that the rows below have too"),
        (
            b"a," + b"n" * 129 + b"\n1,2\n",
            "expected names in the first line, got no name of 1 to 128 characters on one line",
        ),
        (b'a,"b\nc"\n1,2\n', "expected names in the first line, got no name of 1 to 128 characters on one line"),
        (b",".join(b"c%d" % i for i in range(10_001)) + b"\n", "expected at most 10000 columns, got 10001"),
        (b"a" + b"," * 1_000_000 + b"\n", "expected at most 10000 columns, got 1000001"),
    ],
)
def test_hostile_files(content: bytes, says: str) -> None:
    assert says in refused(content)


def test_a_file_of_one_endless_line_is_read_no_further_than_one_line() -> None:
    taken = 0

    def endless() -> io.BytesIO:
        nonlocal taken
        taken += 1
        return io.BytesIO(b"a" * (MAX_LINE + 1))

    with pytest.raises(TableRefused, match="expected lines of at most 1 MiB, got a longer one as line 1"):
        read(iter(lambda: endless().read(), b""))
    assert taken == 1


def test_a_name_that_is_wanted_decides_between_delimiters() -> None:
    content = b"id;note,x\n1;2,3\n"
    assert read(lines(content), wanted=["id"]).header == ("id", "note,x")
    assert read(lines(content), wanted=["x"]).header == ("id;note", "x")
    assert read(lines(content), delimiter=",").header == ("id;note", "x")


def test_an_uneven_row_far_down_is_found_when_it_is_reached() -> None:
    rows = read(lines(b"a,b\n" + b"1,2\n" * 5000 + b"1\n")).rows
    assert sum(1 for _, _ in zip(range(5000), rows, strict=False)) == 5000
    with pytest.raises(TableRefused, match="got 1 in line 5002"):
        next(rows)


def test_nothing_of_the_data_is_said() -> None:
    for content in (b"secret,secret\n1,2\n", b'a,b\n"secret"x,2\n', b"a,b\nsecret\n", b"a,b\nsecret\xff,2\n"):
        assert "secret" not in refused(content)


PIECES = st.sampled_from(
    [b"a", b"1", b",", b";", b"\t", b"|", b'"', b"\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b"\xef\xbb\xbf"]
)


@given(st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=60), st.sampled_from(["", ",", ";"]))
def test_any_bytes_are_a_table_or_refused(content: bytes, delimiter: str) -> None:
    try:
        table = read(lines(content), delimiter=delimiter, wanted=["a"])
        rows = list(table.rows)
    except TableRefused:
        return
    assert all(len(row) == len(table.header) for _, row in rows)
