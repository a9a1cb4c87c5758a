"""A table as a local file, in one of the formats that results have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.contract.score import ResultFormat
from mlgitops.registry.backend import told

if TYPE_CHECKING:
    import pyarrow

FORMATS: dict[str, ResultFormat] = {".parquet": "parquet", ".csv": "csv"}
"""By a file's ending."""


def write_table(table: pyarrow.Table, path: Path, form: ResultFormat) -> None:
    """Write a table to a file that is not there yet. Raises RunProblem `store/…` where the disk does not take it."""
    with told(f"write {path.name}"):
        if form == "csv":
            from pyarrow import csv

            csv.write_csv(table, path)
        else:
            from pyarrow import parquet

            parquet.write_table(table, path)
