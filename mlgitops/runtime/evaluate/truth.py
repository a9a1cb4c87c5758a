"""The labels of a data set as arrays. They are kept from the predictor: it is asked with features alone.

Classes are told apart by how they are written: JSON's 1.0 is the integer 1, and `true` is the boolean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops.contract.parts import Columns
from mlgitops.problem import RunProblem
from mlgitops.spec.documents.model import Task

if TYPE_CHECKING:
    import pyarrow

Array = np.ndarray[Any, np.dtype[Any]]
Label = str | int | bool

CLASSIFICATION: tuple[Task, ...] = ("binaryClassification", "multiclassClassification")
UNKNOWN = -1
"""Place of a label that is none of the model's classes."""


def key_of(value: object) -> str:
    """One text for equal labels.

    >>> [key_of(value) for value in (1, 1.0, True, "1", 2.5)]
    ['1', '1', 'true', '1', '2.5']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def classes_of(table: pyarrow.Table, target: str) -> list[Label]:
    """The different labels of a column: words by their code points, numbers by size."""
    found = [
        int(v) if isinstance(v, float) and v.is_integer() else v for v in table.column(target).unique().to_pylist()
    ]
    return sorted(value for value in found if value is not None)


def truth_of(table: pyarrow.Table, columns: Columns, task: Task, classes: Sequence[Label]) -> Array | None:
    """The labels of a table: places in `classes` (`UNKNOWN` for others), numbers, or 1 for an anomaly.

    None for a task or table without labels. Raises RunProblem `data/target-type`.
    """
    if columns.target is None or columns.target not in table.column_names or task == "clustering":
        return None
    column = table.column(columns.target)
    if task == "regression":
        import pyarrow

        numbers: Array = column.cast(pyarrow.float64()).to_numpy()
        return numbers
    if task == "anomalyDetection":
        classes = _anomaly_classes(column)
    places = {key_of(value): place for place, value in enumerate(classes)}
    codes = column.combine_chunks().dictionary_encode()
    known = np.array([places.get(key_of(value), UNKNOWN) for value in codes.dictionary.to_pylist()], np.int64)
    result: Array = known[codes.indices.to_numpy(zero_copy_only=False)]
    return result


def _anomaly_classes(column: Any) -> list[Label]:
    keys = {key_of(value) for value in column.unique().to_pylist()}
    for normal, anomaly in ((0, 1), (False, True)):
        if keys <= {key_of(normal), key_of(anomaly)}:
            return [normal, anomaly]
    message = "the target of anomaly detection must be 0 and 1, or booleans; 1 and true are anomalies; got other values"
    raise RunProblem("data/target-type", message, "export it so")
