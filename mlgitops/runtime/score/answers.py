"""A data set's answers as a table: the `id` column where there is one, what the model answers, the version."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlgitops.contract.parts import DataIdentity, DataLocation
from mlgitops.problem import RunProblem

if TYPE_CHECKING:
    import pyarrow

    from mlgitops.runtime.data import Data
    from mlgitops.runtime.predict import Model

VERSION_COLUMN = "version"


class Answered(NamedTuple):
    """Answers, a row a record in the data's order."""

    table: pyarrow.Table
    digest: str
    """Of the bytes that were scored."""


def read_input(model: Model, location: DataLocation, identity: DataIdentity | None, id_column: str | None) -> Data:
    """The records, held to what is expected of them. Raises RunProblem `data/…`.

    The id and categories stay the text that was written: `007` is no number.
    """
    from mlgitops.runtime.data import check_expectations, read_table

    as_text = {feature.name for feature in model.inputs if feature.type == "string"}
    if id_column is not None:
        as_text.add(id_column)
    data = read_table(location, identity, as_text=as_text)
    check_expectations(data, location.expect, location.name)
    return data


def answered(model: Model, data: Data, id_column: str | None, version: str) -> Answered:
    """Raises RunProblem: `data/columns` for a feature or an id without a column, and what predictors raise."""
    import pyarrow

    from mlgitops.runtime.predict import score_table

    if id_column is not None and id_column not in data.table.column_names:
        message = f"the data must have the id column {id_column!a}, got none of that name"
        raise RunProblem("data/columns", message, "add it, so that answers can be joined with what they are about")
    answers = score_table(model, data.table)
    taken = {VERSION_COLUMN, *answers.column_names}
    if id_column in taken:
        message = f"the id column must not be called as an answer is, got {id_column!a}"
        raise RunProblem("data/columns", message, "rename it in the data and in the spec")
    columns = {} if id_column is None else {id_column: data.table.column(id_column)}
    columns |= {name: answers.column(name) for name in answers.column_names}
    columns[VERSION_COLUMN] = pyarrow.array([version] * answers.num_rows, pyarrow.string())
    return Answered(pyarrow.table(columns), data.digest)
