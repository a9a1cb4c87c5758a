"""A CSV file as columns of text: by pyarrow where its text is plain, by `mlgitops.tables` where it is not.

Both give the same cells; the second one also says what is wrong and where, so whatever the first one refuses is read
again by it. Text is plain without zero bytes, lone carriage returns, empty lines between rows, and quotes but in its
first line: many programs quote the columns' names alone.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.tables.reading import MAX_LINE, Rows, read
from mlgitops.tables.refused import TableRefused

if TYPE_CHECKING:
    import pyarrow

_BLOCK_BYTES = 16 << 20
_BLOCK_ROWS = 10_000
_LONGEST_CELL = 131_072
"""What Python's csv module takes."""
_OTHERS = {b"PAR1": "Parquet", b"\x1f\x8b": "a compressed file", b"PK\x03\x04": "a ZIP archive or a workbook"}


class TextTable(NamedTuple):
    """A table of text."""

    table: pyarrow.Table
    """Every column is of strings, none of them null."""
    lines: Sequence[int]
    """The line that each row begins in, counted from 1."""


def text_table(content: bytes, wanted: Collection[str] = ()) -> TextTable:
    """The cells of a CSV file. `wanted` are names of columns that help to tell its delimiter.

    Raises TableRefused for what is no table.
    """
    for magic, kind in _OTHERS.items():
        if content.startswith(magic):
            raise TableRefused(f"expected CSV, got {kind}", "set `format`, or save it as CSV without compression")
    rows = read(_lines(content), wanted=wanted)
    plain = _plain(content, rows) if _looks_plain(content) else None
    return plain if plain is not None else _any(rows)


def _lines(content: bytes) -> Iterator[bytes]:
    file = BytesIO(content)
    # One byte more than a line may have, so that a longer one is seen and never read whole.
    return iter(lambda: file.readline(MAX_LINE + 1), b"")


def _looks_plain(content: bytes) -> bool:
    unquoted = content.find(b'"', content.find(b"\n") + 1) == -1
    return unquoted and b"\0" not in content and content.count(b"\r") == content.count(b"\r\n")


def _plain(content: bytes, rows: Rows) -> TextTable | None:
    """The cells as pyarrow reads them; None where it reads anything else than `mlgitops.tables` would."""
    import pyarrow
    import pyarrow.compute as compute
    from pyarrow import csv

    types = dict.fromkeys(rows.header, pyarrow.string())
    named = {"skip_rows": 1, "column_names": rows.header} if b'"' in content else {}
    try:
        table = csv.read_csv(
            pyarrow.BufferReader(content),
            read_options=csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False, **named),
            parse_options=csv.ParseOptions(delimiter=rows.delimiter, quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False, null_values=[]),
        )
    except pyarrow.ArrowInvalid:
        return None
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    if tuple(table.column_names) != rows.header or table.num_rows != lines - 1:
        return None
    if any((compute.max(compute.binary_length(column)).as_py() or 0) > _LONGEST_CELL for column in table.columns):
        return None
    return TextTable(table, range(2, table.num_rows + 2))


def _any(rows: Rows) -> TextTable:
    import pyarrow

    schema = pyarrow.schema([(name, pyarrow.string()) for name in rows.header])
    lines, batches = array("q"), []
    for block in _blocks(rows.rows):
        lines.extend(line for line, _ in block)
        cells = zip(*(row for _, row in block), strict=True)
        batches.append(pyarrow.record_batch([pyarrow.array(column, pyarrow.string()) for column in cells], schema))
    return TextTable(pyarrow.Table.from_batches(batches, schema), lines)


def _blocks(rows: Iterable[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    source = iter(rows)
    while block := list(islice(source, _BLOCK_ROWS)):
        yield block
