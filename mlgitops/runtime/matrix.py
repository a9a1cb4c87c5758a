"""From columns to the matrix that a model is asked with: one rule for training, evaluation and serving.

    >>> inputs = [Feature(name="tenure", type="int64"), Feature(name="plan", type="string", values=["basic", "pro"])]
    >>> matrix_of_columns({"tenure": [3, None], "plan": ["pro", "none of them"]}, inputs).tolist()
    [[3.0, 1.0], [nan, nan]]

float32, a row a record and a column a feature (`contract.artifact.ArtifactDescription.inputs`): numbers as they are,
`bool` as 0 and 1, a `timestamp` as days since 1970, a `string` as its place in `values`. Missing values and unknown
categories are NaN. What has another type than its feature is the caller's to refuse, before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    import pyarrow

    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Column = np.ndarray[tuple[int], np.dtype[np.float32]]
    Values = Sequence[object] | np.ndarray[Any, Any]

DAY = np.timedelta64(1, "D")


def matrix_of_columns(columns: Mapping[str, Values], inputs: Sequence[Feature]) -> Matrix:
    """The matrix of columns by name, each of raw values with None for what is missing.

    Raises KeyError for a feature without a column, ValueError or TypeError for values of another type.
    """
    rows = len(columns[inputs[0].name]) if inputs else 0
    matrix: Matrix = np.empty((rows, len(inputs)), np.float32)
    for place, feature in enumerate(inputs):
        matrix[:, place] = column_of(columns[feature.name], feature)
    return matrix


def column_of(values: Values, feature: Feature) -> Column:
    """One feature's column."""
    if feature.type == "string":
        return _codes(values, feature)
    if feature.type == "timestamp":
        return _days(np.array(values, dtype="datetime64[us]"))
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(np.float32)
    return np.array([np.nan if value is None else value for value in values], np.float32)


def matrix_of_table(table: pyarrow.Table, inputs: Sequence[Feature]) -> Matrix:
    """The matrix of a table that has every feature as a column. Raises KeyError for one that it has not."""
    matrix: Matrix = np.empty((table.num_rows, len(inputs)), np.float32)
    for place, feature in enumerate(inputs):
        matrix[:, place] = _arrow_column(table.column(feature.name), feature)
    return matrix


def _arrow_column(column: Any, feature: Feature) -> Column:
    import pyarrow
    import pyarrow.compute as compute

    if feature.type == "string":
        known = pyarrow.array([str(value) for value in feature.values or ()], pyarrow.string())
        return _floats(compute.index_in(column.cast(pyarrow.string()), value_set=known))
    if feature.type == "timestamp":
        days = column.cast(pyarrow.timestamp("us")).to_numpy(zero_copy_only=False)
        return _days(days)
    return _floats(column)


def _floats(column: Any) -> Column:
    import pyarrow

    numbers = column.cast(pyarrow.float32(), safe=False).combine_chunks()
    result: Column = numbers.to_numpy(zero_copy_only=False)
    return result


def _codes(values: Values, feature: Feature) -> Column:
    places = {str(value): float(place) for place, value in enumerate(feature.values or ())}
    return np.array([places.get(str(value), np.nan) if value is not None else np.nan for value in values], np.float32)


def _days(moments: Any) -> Column:
    result: Column = ((moments - np.datetime64(0, "us")) / DAY).astype(np.float32)
    return result
