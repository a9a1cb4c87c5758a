"""A data set as one table: CSV or Parquet, a file or a folder of files, whose bytes are those that were pinned."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from mlgitops.contract.parts import DataIdentity, DataLocation
from mlgitops.problem import RunProblem
from mlgitops.runtime.data.fetch import Fetched, File, fetch
from mlgitops.tables.refused import TableRefused

if TYPE_CHECKING:
    import pyarrow

Format = Literal["csv", "parquet"]


class Data(NamedTuple):
    """A data set that was read."""

    table: pyarrow.Table
    """Columns are int32, int64, float32, float64, bool, string or timestamp (microseconds, UTC); null is missing.

    A column of a Parquet file that is none of these is as it was; one without any value is of Arrow's null type.
    """
    digest: str
    """Of the bytes that were parsed."""
    rows: int
    texts: Mapping[str, pyarrow.ChunkedArray] = {}
    """Of a CSV file, the columns with expectations as they were written."""
    lines: Sequence[int] | None = None
    """The line of each row, where the data is one CSV file."""


def read_table(
    location: DataLocation,
    identity: DataIdentity | None,
    override: str | None = None,
    *,
    as_text: Collection[str] = (),
) -> Data:
    """The data at a location. `override` is a path or URI to read instead; without a digest in `identity` any bytes do.

    `as_text` names columns of a CSV file that stay text whatever they hold: codes that are all digits by chance.

    A folder's files are read in the order of their names and must have the same columns; files whose names start with
    `_` or `.` belong to the digest and hold no rows.

    Raises RunProblem: `data/digest`, `data/unreadable`, `data/format`, `data/no-rows`, `data/columns-differ`,
    `data/column-name`, and those of `fetch.fetch`.
    """
    with tempfile.TemporaryDirectory(prefix="mlgitops-data-") as folder:
        fetched = fetch(override or location.uri, Path(folder), location.name)
        _check_digest(fetched.digest, identity, location.name)
        files = _with_rows(fetched, location, override)
        if files[0][1] == "csv":
            data = _read_csv([file for file, _ in files], fetched, location, as_text)
        else:
            data = _read_parquet([file for file, _ in files], fetched, location)
    if data.rows == 0:
        message = f"{location.name} must have a row, got none"
        raise RunProblem("data/no-rows", message, "export the data again")
    return data


def read_tables(
    locations: Sequence[DataLocation], identities: Sequence[DataIdentity], *, as_text: Collection[str] = ()
) -> tuple[pyarrow.Table, list[DataIdentity]]:
    """Several sets of data as one table, in their order, with the digests of what was read.

    Each one is held to its expectations. Columns are the first one's; a column that is text in one set is text in all.
    Raises RunProblem as `read_table` and `check_expectations` do.
    """
    import pyarrow

    from mlgitops.runtime.data.expectations import check_expectations

    known = {identity.name: identity for identity in identities}
    data = []
    for location in locations:
        data.append(read_table(location, known.get(location.name), as_text=as_text))
        check_expectations(data[-1], location.expect, location.name)
    tables = [one.table for one in data]
    mixed = _text_in_some(tables)
    if mixed - set(as_text):
        return read_tables(locations, identities, as_text={*as_text, *mixed})
    found = [
        known.get(location.name, DataIdentity(name=location.name)).model_copy(update={"digest": one.digest})
        for location, one in zip(locations, data, strict=True)
    ]
    names = tables[0].column_names
    for table, location in zip(tables, locations, strict=True):
        if set(table.column_names) != set(names):
            message = f"{location.name} must have the columns of {locations[0].name}, got others"
            raise RunProblem("data/columns-differ", message, "export all training data with the same columns")
    try:
        joined = pyarrow.concat_tables([table.select(names) for table in tables], promote_options="permissive")
    except pyarrow.ArrowException:
        message = "all training data must have columns of the same types, got others"
        raise RunProblem("data/columns-differ", message, "export it with one schema") from None
    return joined.combine_chunks(), found


def _text_in_some(tables: Sequence[pyarrow.Table]) -> set[str]:
    """Columns that are text in one table and something else in another."""
    import pyarrow

    text, other = set[str](), set[str]()
    for table in tables:
        for field in table.schema:
            if not pyarrow.types.is_null(field.type):
                (text if pyarrow.types.is_string(field.type) else other).add(field.name)
    return text & other


def _check_digest(got: str, identity: DataIdentity | None, name: str) -> None:
    if identity is not None and identity.digest is not None and identity.digest != got:
        message = f"{name} must have digest {identity.digest}, got {got}"
        hint = "put the pinned data back, or pin the new one: mlgitops data update"
        raise RunProblem("data/digest", message, hint)


def _with_rows(fetched: Fetched, location: DataLocation, override: str | None) -> list[tuple[File, Format]]:
    """The files that hold rows, with their format: of one kind."""
    whole = location.format or _format_of(override or location.uri)
    files: list[tuple[File, Format]] = []
    for file in fetched.files:
        if fetched.is_folder and file.name.rpartition("/")[2].startswith(("_", ".")):
            continue
        kind = location.format or _format_of(file.name) or whole
        if kind is None:
            message = f"{location.name} must be CSV or Parquet, got a file whose name does not say: {file.name[:80]!r}"
            raise RunProblem("data/format", message, "set `format: csv` or `format: parquet`, or rename it")
        files.append((file, kind))
    if not files:
        message = f"{location.name} must hold a file with rows, got none whose name starts with neither '_' nor '.'"
        raise RunProblem("data/format", message, "name the folder that holds the data")
    if len({kind for _, kind in files}) > 1:
        message = f"{location.name} must hold files of one format, got CSV and Parquet"
        raise RunProblem("data/format", message, "put them into folders of their own")
    return files


def _format_of(name: str) -> Format | None:
    lower = name.lower().rstrip("/")
    if lower.endswith((".parquet", ".pq")):
        return "parquet"
    return "csv" if lower.endswith((".csv", ".tsv", ".txt")) else None


def _read_csv(files: Sequence[File], fetched: Fetched, location: DataLocation, as_text: Collection[str]) -> Data:
    import pyarrow

    from mlgitops.runtime.data.csv_text import text_table
    from mlgitops.runtime.data.inference import text, typed

    wanted = {one.column for one in location.expect}
    parts = []
    for file in files:
        try:
            parts.append(text_table(file.path.read_bytes(), wanted))
        except TableRefused as refused:
            raise _unreadable(location.name, file, fetched, str(refused), refused.hint) from None
        _check_same(parts[0].table.column_names, parts[-1].table.column_names, location.name, file)
    texts = pyarrow.concat_tables([part.table for part in parts])
    if texts.num_rows == 0:
        return Data(texts, fetched.digest, 0)
    table = pyarrow.table(
        {name: (text if name in as_text else typed)(texts.column(name)) for name in texts.column_names}
    )
    kept = {name: texts.column(name) for name in texts.column_names if name in wanted}
    return Data(table, fetched.digest, table.num_rows, kept, parts[0].lines if len(parts) == 1 else None)


def _unreadable(name: str, file: File, fetched: Fetched, message: str, hint: str) -> RunProblem:
    where = f"{name} ({file.name[:80]})" if fetched.is_folder else name
    return RunProblem("data/unreadable", f"{where}: {message}", hint)


def _check_same(expected: Collection[str], got: Collection[str], name: str, file: File) -> None:
    if list(expected) != list(got):
        message = f"{name} must have the same columns in every file, got others in {file.name[:80]!r}"
        raise RunProblem("data/columns-differ", message, "export its files with the same columns in the same order")


def _read_parquet(files: Sequence[File], fetched: Fetched, location: DataLocation) -> Data:
    import pyarrow
    from pyarrow import parquet

    from mlgitops.runtime.data.normal import normal

    tables = []
    for file in files:
        try:
            # Not memory-mapped: the copy is gone when the table is used.
            tables.append(parquet.ParquetFile(file.path).read(use_threads=False))
        except (pyarrow.ArrowException, OSError) as error:
            got = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            hint = "export the data again as Parquet, or correct `format`"
            raise _unreadable(location.name, file, fetched, f"expected Parquet, got: {got}", hint) from None
        _check_same(tables[0].column_names, tables[-1].column_names, location.name, file)
    _check_names(tables[0].column_names, location.name)
    parts = [normal(table) for table in tables]
    try:
        table = pyarrow.concat_tables(parts, promote_options="permissive")
    except pyarrow.ArrowException:
        message = f"{location.name} must have columns of the same types in every file, got others"
        raise RunProblem("data/columns-differ", message, "export its files with one schema") from None
    return Data(table.combine_chunks(), fetched.digest, table.num_rows)


def _check_names(names: Sequence[str], name: str) -> None:
    if not names:
        raise RunProblem("data/column-name", f"{name} must have columns, got none", "export the data again")
    for place, column in enumerate(names):
        if not column.strip() or len(column) > 128 or any(character < " " for character in column):
            message = f"{name} must name every column on one line of 1 to 128 characters, got another in {place + 1}"
            raise RunProblem("data/column-name", message, "rename it")
        if column in names[:place]:
            message = f"{name} must name each column once, got the name of an earlier one in column {place + 1}"
            raise RunProblem("data/column-name", message, "give each column a name of its own")
