"""What makes a table useless to learn from or to be judged by, found before the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlgitops.contract.parts import Columns
from mlgitops.problem import RunProblem
from mlgitops.runtime.data.signature import check_there, feature_names, infinite
from mlgitops.runtime.data.types_of import column_type
from mlgitops.spec.documents.model import Task
from mlgitops.spec.yaml_characters import excerpt

if TYPE_CHECKING:
    import pyarrow

MAX_CLASSES = 1000


def check_usable(table: pyarrow.Table, columns: Columns, task: Task, name: str) -> None:
    """Raises RunProblem where a model of a task cannot learn from a table.

    `data/target-missing`, `data/target-gaps`, `data/target-constant`, `data/target-type`, `data/classes`,
    `data/infinite`, and those of `feature_names`.
    """
    features = feature_names(table.column_names, columns)
    if task not in ("clustering", "anomalyDetection"):
        check_target(table, columns, task, name)
        _check_variety(table.column(columns.target), columns.target or "", task, name)
    for feature in features:
        _check_finite(table.column(feature), f"{name}: feature {excerpt(feature)}")


def check_target(table: pyarrow.Table, columns: Columns, task: Task, name: str) -> None:
    """Raises RunProblem where a table has not a label of the task's kind in every row."""
    if columns.target is None:
        message = f"a model of task {task} needs a target column, got none"
        raise RunProblem("data/target-missing", message, "add `target:` with the column to predict")
    check_there(table.column_names, "target", columns.target)
    column, shown = table.column(columns.target), excerpt(columns.target)
    if column.null_count:
        message = f"{name}: target {shown} must have a value in every row, got none in {column.null_count} of "
        raise RunProblem("data/target-gaps", f"{message}{len(column)} rows", "remove those rows, or mend the export")
    found = column_type(column.type)
    numeric = found in ("int32", "int64", "float32", "float64")
    if task == "regression" and not numeric:
        message = f"{name}: target {shown} must be a number for a regression, got {found or column.type}"
        raise RunProblem("data/target-type", message, "choose another `target`, or a classification `task`")
    if task != "regression" and found not in ("int32", "int64", "bool", "string") and not _is_whole(column):
        message = (
            f"{name}: target {shown} must be classes (text, whole numbers or booleans), got {found or column.type}"
        )
        raise RunProblem("data/target-type", message, "choose another `target`, or `task: regression`")
    _check_finite(column, f"{name}: target {shown}")


def _is_whole(column: Any) -> bool:
    """Whether a column of floats holds whole numbers alone: how some programs write classes."""
    import pyarrow
    import pyarrow.compute as compute

    if not pyarrow.types.is_floating(column.type):
        return False
    return bool(compute.all(compute.equal(column, compute.round(column))).as_py())


def _check_variety(column: Any, target: str, task: Task, name: str) -> None:
    import pyarrow.compute as compute

    different = compute.count_distinct(column).as_py()
    shown = excerpt(target)
    if different < 2:
        message = f"{name}: target {shown} must have more than one value, got the same in all {len(column)} rows"
        raise RunProblem("data/target-constant", message, "there is nothing to learn: look at the export")
    if task == "binaryClassification" and different != 2:
        message = f"{name}: target {shown} must have two values for a binary classification, got {different}"
        raise RunProblem("data/classes", message, "use `task: multiclassClassification`, or mend the export")
    if task == "multiclassClassification" and different > MAX_CLASSES:
        message = f"{name}: target {shown} must have at most {MAX_CLASSES} classes, got {different}"
        raise RunProblem("data/classes", message, "use `task: regression`, or group the classes")


def _check_finite(column: Any, what: str) -> None:
    import pyarrow
    import pyarrow.compute as compute

    if pyarrow.types.is_floating(column.type) and not compute.all(compute.is_finite(column), min_count=0).as_py():
        raise infinite(what, column)
