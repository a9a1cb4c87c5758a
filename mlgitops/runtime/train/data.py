"""A run's training data: read, compared with its digests, checked, before the first step.

training_data(inputs, locations)      # table, features, classes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.contract.parts import DataLocation
from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.prepared import classes_of
from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    import pyarrow


class TrainingData(NamedTuple):
    """What was read, and what it says of the model's inputs."""

    tables: Mapping[str, pyarrow.Table]
    """By the data set's name."""
    features: Sequence[Feature]
    classes: Sequence[str | int | bool]

    def whole(self) -> pyarrow.Table:
        """All training sets, one after the other."""
        return joined(self.tables)


def training_data(
    inputs: RunInputs,
    locations: Sequence[DataLocation],
    overrides: Mapping[str, str] | None = None,
    sample: int | None = None,
) -> TrainingData:
    """Read and check every training set of a run.

    `overrides` are files by a set's name, read instead; `sample` is how many rows to keep of each, spread over it.
    Raises RunProblem: those of `runtime.data` (`data/digest`, `data/expectation`, …), `train/data`.
    """
    from mlgitops.runtime.data.expectations import check_expectations
    from mlgitops.runtime.data.read import read_table
    from mlgitops.runtime.data.signature import feature_signature
    from mlgitops.runtime.data.usable import check_usable

    at = {location.name: location for location in locations}
    tables: dict[str, pyarrow.Table] = {}
    for identity in inputs.data:
        if identity.name not in at:
            message = f"the run's data must have a location each, got none for {identity.name!r}"
            raise RunProblem("train/data", message, "render it again: its configurations are of two versions")
        location = at[identity.name]
        data = read_table(location, identity, (overrides or {}).get(identity.name))
        check_expectations(data, location.expect, location.name)
        tables[identity.name] = data.table if sample is None else _sampled(data.table, sample)
    whole = joined(tables)
    check_usable(whole, inputs.columns, inputs.task, ", ".join(tables))
    return TrainingData(tables, feature_signature(whole, inputs.columns, []), classes_of(inputs, whole))


def joined(tables: Mapping[str, pyarrow.Table]) -> pyarrow.Table:
    """Tables with the same columns as one. Raises RunProblem `train/data` where they have others."""
    import pyarrow

    (first, *others) = tables
    for name in others:
        if sorted(tables[name].column_names) != sorted(tables[first].column_names):
            message = f"training sets must have the same columns, got others in {name} than in {first}"
            raise RunProblem("train/data", message, "export them alike, or train on one of them")
    columns = tables[first].column_names
    parts = [table.select(columns) for table in tables.values()]
    return pyarrow.concat_tables(parts, promote_options="permissive") if others else parts[0]


def _sampled(table: pyarrow.Table, rows: int) -> pyarrow.Table:
    import numpy as np

    if table.num_rows <= rows:
        return table
    return table.take(np.arange(rows) * table.num_rows // rows)
