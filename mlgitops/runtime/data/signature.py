"""What a model is asked with, inferred from its training data: names, types, ranges, categories, what may be missing.

What a spec declares in `serving.inputs` wins over what the data says, field by field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlgitops.contract.parts import Columns
from mlgitops.problem import RunProblem
from mlgitops.runtime.data.types_of import column_type
from mlgitops.spec.documents.model import ColumnType, Feature
from mlgitops.spec.yaml_characters import excerpt

if TYPE_CHECKING:
    import pyarrow

MAX_CATEGORIES = 1000
NUMBERS = ("int32", "int64", "float32", "float64")


def feature_names(names: Sequence[str], columns: Columns) -> list[str]:
    """The columns that a model learns from: those listed, or every other than target and id, in the table's order.

    The target may be absent: anomalies are learnt without labels, and answers are asked for without them.
    Raises RunProblem: `data/column-missing`, `data/no-features`.
    """
    check_there(names, "id", columns.id)
    missing = [name for name in columns.features if name not in names]
    if missing:
        message = (
            f"the data must have every column of `features`, got none named {', '.join(map(excerpt, missing[:5]))}"
        )
        raise RunProblem("data/column-missing", message, "mend the export, or correct `features`")
    features = columns.features or [name for name in names if name not in (columns.target, columns.id)]
    if not features:
        message = "the data must have a column to learn from, got none besides target and id"
        raise RunProblem("data/no-features", message, "export the data with its features")
    return list(features)


def check_there(names: Sequence[str], what: str, wanted: str | None) -> None:
    """Raises RunProblem `data/column-missing` for a target or id that is not among the names."""
    if wanted is not None and wanted not in names:
        message = f"the data must have the {what} column {excerpt(wanted)}, got none of that name"
        raise RunProblem("data/column-missing", message, f"mend the export, or correct `{what}`")


def feature_signature(table: pyarrow.Table, columns: Columns, declared: Sequence[Feature]) -> list[Feature]:
    """The features of a table of training data, in the order in which the model is asked.

    Raises RunProblem: `data/input-unknown`, `data/input-type`, `data/column-type`, `data/no-values`, `data/infinite`,
    `data/too-many-categories`, and those of `feature_names`.
    """
    names = feature_names(table.column_names, columns)
    written = {feature.name: feature for feature in declared}
    unknown = [name for name in written if name not in names]
    if unknown:
        message = f"serving.inputs must name features of the data, got {', '.join(map(excerpt, unknown[:5]))}"
        raise RunProblem("data/input-unknown", message, "correct the name, or add the column to `features`")
    return [_feature(name, table.column(name), written.get(name)) for name in names]


def _feature(name: str, column: Any, declared: Feature | None) -> Feature:
    inferred = _checked_type(name, column, declared)
    wanted: ColumnType = inferred if declared is None else declared.type
    fields: dict[str, Any] = {"name": name, "type": wanted, "nullable": column.null_count > 0}
    said = declared.model_dump(exclude_unset=True) if declared is not None else {}
    if wanted == "string" and "values" not in said:
        fields["values"] = _categories(name, column)
    elif wanted in NUMBERS and "range" not in said:
        fields["range"] = _ends(name, column, inferred)
    return Feature(**{**fields, **said})


def _checked_type(name: str, column: Any, declared: Feature | None) -> ColumnType:
    """The type of a column's values, which must be one that can be learnt from, and as declared."""
    import pyarrow

    hint = "list the columns to learn from in `features`, without this one"
    if pyarrow.types.is_null(column.type) or column.null_count == len(column):
        message = f"feature {excerpt(name)} must have a value in some row, got none in {len(column)} rows"
        raise RunProblem("data/no-values", message, hint)
    inferred = column_type(column.type)
    if inferred is None:
        got = str(column.type)[:80]
        message = f"feature {excerpt(name)} must be a number, bool, string or timestamp, got {got}"
        raise RunProblem("data/column-type", message, hint)
    if declared is not None and not _fits(inferred, declared.type):
        message = f"feature {excerpt(name)} must be {declared.type}, as serving.inputs says, got {inferred}"
        raise RunProblem("data/input-type", message, "mend the export, or correct `type`")
    return inferred


def _fits(inferred: ColumnType, wanted: ColumnType) -> bool:
    """Whether values of one type can be asked for as another: a category may be written as any but a time."""
    if inferred == wanted:
        return True
    if wanted == "string":
        return inferred in ("int32", "int64", "bool")
    if wanted in ("float32", "float64"):
        return inferred in NUMBERS
    return wanted in ("int32", "int64") and inferred in ("int32", "int64")


def _categories(name: str, column: Any) -> list[str]:
    import pyarrow

    found = sorted(column.drop_null().cast(pyarrow.string()).unique().to_pylist())
    if len(found) > MAX_CATEGORIES:
        message = f"feature {excerpt(name)} is text and must have at most {MAX_CATEGORIES} values, got {len(found)}"
        hint = "name it as `id`, list `features` without it, or group its values"
        raise RunProblem("data/too-many-categories", message, hint)
    return found


def _ends(name: str, column: Any, inferred: ColumnType) -> list[float]:
    import pyarrow.compute as compute

    if inferred.startswith("float") and not compute.all(compute.is_finite(column)).as_py():
        raise infinite(f"feature {excerpt(name)}", column)
    ends = compute.min_max(column).as_py()
    return [written_number(ends[end], inferred) for end in ("min", "max")]


def infinite(what: str, column: Any) -> RunProblem:
    """The problem of a column with values that are infinite."""
    import pyarrow.compute as compute

    count = compute.sum(compute.invert(compute.is_finite(column))).as_py()
    message = f"{what} must have finite values, got {count} infinite ones in {len(column)} rows"
    return RunProblem("data/infinite", message, "leave them empty, or cut them at a largest value")


def written_number(value: float, inferred: ColumnType) -> float:
    """A number as a person would write it: 0.1, where float32 holds 0.10000000149."""
    import numpy as np

    return float(str(np.float32(value))) if inferred == "float32" else float(value)
