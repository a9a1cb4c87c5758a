"""Tables on disk: a CSV file opened, and what is none told apart before anyone tries to read it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.tables.reading import MAX_LINE, Rows, read
from mlgitops.tables.refused import TableRefused

_OTHERS = {
    b"PAR1": ("Parquet", "export it as CSV; reading Parquet comes with the extra mlgitops[runtime]"),
    b"\x1f\x8b": ("a compressed file", "decompress it first: gunzip"),
    b"PK\x03\x04": ("a ZIP archive or a workbook", "save the sheet as CSV"),
}
"""What files begin with that are often given for CSV."""


@contextmanager
def open_table(path: str, *, delimiter: str = "", wanted: Collection[str] = ()) -> Iterator[Rows]:
    """The table in a CSV file, open as long as its rows are read.

    Raises UsageError where there is no file, TableRefused for what is no table, MlgitopsError when reading fails.
    """
    if not os.path.isfile(path):
        raise UsageError(f"{path[:200]} is no file", "name a CSV file")
    try:
        with open(path, "rb") as file:
            start = file.read(4)
            for magic, (kind, hint) in _OTHERS.items():
                if start.startswith(magic):
                    raise TableRefused(f"expected CSV, got {kind}", hint)
            file.seek(0)
            # One byte more than a line may have, so that a longer one is seen and never read whole.
            yield read(iter(lambda: file.readline(MAX_LINE + 1), b""), delimiter=delimiter, wanted=wanted)
    except OSError as error:
        raise MlgitopsError(f"cannot read {path[:200]}: {error.strerror}", "check its permissions") from None
