"""Parts of a table that have limits of their own: the rows where a column equals a value or is in a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlgitops.problem import RunProblem
from mlgitops.runtime.data.types_of import column_type
from mlgitops.runtime.evaluate.truth import Array
from mlgitops.spec.documents.model import Slice
from mlgitops.spec.yaml_characters import excerpt

if TYPE_CHECKING:
    import pyarrow

NUMBERS = ("int32", "int64", "float32", "float64")


def rows_of(table: pyarrow.Table, part: Slice) -> Array:
    """Which rows belong to a slice, as a mask; a row whose value is missing belongs to none.

    The column need not be a feature. Raises RunProblem `evaluation/slice` for one that is not there, or of a type that
    the slice cannot be about.
    """
    if part.column not in table.column_names:
        raise _wrong(part, f"must be about a column of the holdout, got {excerpt(part.column)}")
    column = table.column(part.column)
    import pyarrow.compute as compute

    mask: Array = compute.fill_null(_belongs(column, part), False).to_numpy()
    return mask


def _belongs(column: Any, part: Slice) -> Any:
    import pyarrow
    import pyarrow.compute as compute

    kind = column_type(column.type)
    if part.range is not None:
        if kind not in NUMBERS:
            raise _wrong(part, f"has a range and must be about numbers, got {kind or column.type}")
        # A bound of 0.1 is met by 0.1 in a column of float32, which holds a little more.
        same = pyarrow.float32() if kind == "float32" else pyarrow.float64()
        low, high = (pyarrow.scalar(bound, same) for bound in part.range)
        values = column.cast(same)
        return compute.and_(compute.greater_equal(values, low), compute.less_equal(values, high))
    wanted = part.equals
    if isinstance(wanted, bool):
        if kind != "bool":
            raise _wrong(part, f"equals a boolean and must be about booleans, got {kind or column.type}")
        return compute.equal(column, wanted)
    if isinstance(wanted, int) and kind in NUMBERS:
        return compute.equal(column, wanted)
    if kind not in ("string", "int32", "int64"):
        raise _wrong(part, f"equals {excerpt(str(wanted))} and must be about text, got {kind or column.type}")
    return compute.equal(column.cast(pyarrow.string()), str(wanted))


def _wrong(part: Slice, message: str) -> RunProblem:
    return RunProblem("evaluation/slice", f"slice {part.name} {message}", "correct the slice in validation.slices")
