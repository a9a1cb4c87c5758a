"""A table of records → a table of answers: batch scoring, the same predictor as serving's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgitops.problem import RunProblem
from mlgitops.runtime.matrix import matrix_of_table
from mlgitops.runtime.predict.answers import Answer
from mlgitops.runtime.predict.model import Model
from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    import pyarrow

BATCH = 10_000
"""Rows that are asked at once."""


def score_table(model: Model, table: pyarrow.Table) -> pyarrow.Table:
    """The answers, a row a record in the table's order and a column a key: `label`, `probability`, …

    A classifier's `probabilities` are a column each, `probability_<class>`. Columns that are no feature are passed
    over. Raises RunProblem `data/columns` for a feature without a column, and what `Model.answers_of_rows` raises.
    """
    import pyarrow

    missing = [feature.name for feature in model.inputs if feature.name not in table.column_names]
    if missing:
        message = f"the data must have the model's features, got none named {', '.join(missing)[:300]}"
        raise RunProblem("data/columns", message, "add the columns, empty where nothing is known")
    answers: list[Answer] = []
    for start in range(0, table.num_rows, BATCH):
        answers += answers_of_table(model, table.slice(start, BATCH))
    return pyarrow.Table.from_pylist([_flat(answer) for answer in answers])


def answers_of_table(model: Model, table: pyarrow.Table) -> list[Answer]:
    """The answers to a table that has every feature as a column."""
    if model.takes_matrix:
        return model.answers_of_rows(matrix_of_table(table, model.inputs))
    return model.answers({feature.name: _values(table.column(feature.name), feature) for feature in model.inputs})


def _values(column: pyarrow.ChunkedArray, feature: Feature) -> list[object]:
    """Raw values as a request's are; moments in UTC and without a zone."""
    import pyarrow

    if feature.type == "timestamp":
        column = column.cast(pyarrow.timestamp("us"))
    found: list[object] = column.to_pylist()
    return found


def _flat(answer: Answer) -> Answer:
    result: Answer = {}
    for key, value in answer.items():
        if key == "probabilities" and isinstance(value, dict):
            result.update({f"probability_{name}": share for name, share in value.items()})
        else:
            result[key] = value
    return result
