"""The spec's name of a column's type."""

from __future__ import annotations

from typing import Any

from mlgitops.tables.cells import ColumnType


def column_type(type_: Any) -> ColumnType | None:
    """Of an Arrow type as `read_table` leaves it; None for what a spec has no name for."""
    import pyarrow

    known: dict[Any, ColumnType] = {
        pyarrow.int32(): "int32",
        pyarrow.int64(): "int64",
        pyarrow.float32(): "float32",
        pyarrow.float64(): "float64",
        pyarrow.bool_(): "bool",
        pyarrow.string(): "string",
        pyarrow.timestamp("us", tz="UTC"): "timestamp",
    }
    return known.get(type_)
