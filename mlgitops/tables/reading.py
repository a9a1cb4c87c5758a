r"""The rows of a CSV file, from its lines of bytes: header first, each row with the line that it begins in.

    >>> table = read([b"id,amount\n", b"1,2.50\n", b"2,\n"])
    >>> table.header, list(table.rows)
    (('id', 'amount'), [(2, ['1', '2.50']), (3, ['2', ''])])

What is no table is refused with its line, at the latest when that row is asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from mlgitops.tables.dialect import check_header, delimiter_of
from mlgitops.tables.refused import TableRefused

MAX_LINE = 1 << 20
"""Bytes of a line; 10,000 columns of a hundred characters."""

SAMPLE_LINES = 500
SAMPLE_CHARACTERS = 4 << 20

Row = tuple[int, list[str]]
"""The line in which a row begins, counted from 1, and its cells."""


class Rows(NamedTuple):
    """A table that is being read."""

    header: tuple[str, ...]
    delimiter: str
    rows: Iterator[Row]
    """Can be gone through once; raises TableRefused."""


def read(lines: Iterable[bytes], *, delimiter: str = "", wanted: Collection[str] = ()) -> Rows:
    """The table in a file's lines, each with its line end; `delimiter` and `wanted` help where one cannot tell.

    Raises TableRefused: no UTF-8, no header, an uneven row, a line or a cell without end.
    """
    texts = _decoded(lines)
    sample: list[str] = []
    size = 0
    for text in texts:
        sample.append(text)
        size += len(text)
        if len(sample) == SAMPLE_LINES or size > SAMPLE_CHARACTERS:
            break
    if not any(text.strip() for text in sample):
        raise TableRefused("expected a line with the columns' names, got an empty file", "export the data again")
    cut = len(sample) == SAMPLE_LINES or size > SAMPLE_CHARACTERS
    delimiter = delimiter or delimiter_of(sample, wanted, cut=cut)
    rows = _rows(chain(sample, texts), delimiter)
    header = tuple(next(rows)[1])
    check_header(header, _first(sample, delimiter))
    return Rows(header, delimiter, _even(rows, len(header)))


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if number == 1:
            if line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise TableRefused("expected UTF-8, got UTF-16", "save the file as UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) > MAX_LINE:
            message = f"expected lines of at most {MAX_LINE >> 20} MiB, got a longer one as line {number}"
            raise TableRefused(message, "export the data as CSV with a line for each row")
        if b"\0" in line:
            raise TableRefused(f"expected text, got a zero byte in line {number}", "export the data as UTF-8 text")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"expected UTF-8, got the byte 0x{line[error.start]:02X} in line {number}"
            raise TableRefused(message, "save the file as UTF-8") from None


def _rows(texts: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Every row that is not an empty line."""
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            if "new-line" in str(error):
                message = f"expected lines that end with a line feed, got a carriage return within line {line}"
                raise TableRefused(message, "save the file with Unix or Windows line ends") from None
            message = f"expected CSV, got in the row from line {line} on: {str(error)[:200]}"
            raise TableRefused(message, 'quote cells as "…", and quotes in them as ""') from None
        if row is None:
            return
        if row:
            yield line, row


def _even(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for line, row in rows:
        if len(row) != width:
            message = f"expected {width} cells in every row, as the first line has, got {len(row)} in line {line}"
            raise TableRefused(message, "quote cells that hold the delimiter, or export the data again")
        yield line, row


def _first(sample: list[str], delimiter: str) -> list[list[str]]:
    """The rows below the header as far as the sample goes, however they are written."""
    try:
        return [row for row in csv.reader(sample, delimiter=delimiter) if row][1:]
    except csv.Error:
        return []
