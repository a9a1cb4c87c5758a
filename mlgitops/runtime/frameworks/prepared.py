"""A table of training data as what models learn from: one float32 matrix, and the target as numbers.

Classes are sorted, words by their code points and numbers by size, and the target becomes their places 0…k-1, so that
the same data names the same classes wherever it is read. Of two classes the second is the positive one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mlgitops.contract.run import RunInputs
from mlgitops.runtime.matrix import matrix_of_table
from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    import pyarrow

    from mlgitops.runtime.matrix import Matrix

    Target = np.ndarray[tuple[int], np.dtype[np.float64]]

CLASSIFICATION = ("binaryClassification", "multiclassClassification")


class Prepared(NamedTuple):
    """What a model learns from; `target` is None for a task that has none."""

    matrix: Matrix
    target: Target | None
    classes: list[str | int | bool]
    features: list[Feature]

    def rows(self, first: int, last: int) -> Prepared:
        """Those of rows `first` to `last`, without it."""
        target = None if self.target is None else self.target[first:last]
        return self._replace(matrix=self.matrix[first:last], target=target)

    def share(self, rank: int, workers: int) -> Prepared:
        """A worker's rows: the same for the same number of workers, and all rows among them."""
        count = len(self.matrix)
        return self.rows(count * rank // workers, count * (rank + 1) // workers)


def prepared(inputs: RunInputs, table: pyarrow.Table, features: Sequence[Feature]) -> Prepared:
    """The table of a run's training data, which `data.usable.check_usable` has found nothing wrong with."""
    target, classes = _target(inputs, table)
    return Prepared(matrix_of_table(table, features), target, classes, list(features))


def classes_of(inputs: RunInputs, table: pyarrow.Table) -> list[str | int | bool]:
    """The classes of a classifier's target, sorted; none of another task."""
    if inputs.task not in CLASSIFICATION or inputs.columns.target is None:
        return []
    values = table.column(inputs.columns.target).unique().to_pylist()
    # Some programs write classes as floats.
    return sorted(int(value) if isinstance(value, float) else value for value in values)


def _target(inputs: RunInputs, table: pyarrow.Table) -> tuple[Target | None, list[str | int | bool]]:
    import pyarrow

    if inputs.columns.target is None:
        return None, []
    column = table.column(inputs.columns.target)
    classes = classes_of(inputs, table)
    if classes:
        return _places(column, classes), classes
    numbers: Target = column.cast(pyarrow.float64()).to_numpy()
    return numbers, []


def _places(column: pyarrow.ChunkedArray, classes: Sequence[str | int | bool]) -> Target:
    places = {value: float(place) for place, value in enumerate(classes)}
    codes = column.combine_chunks().dictionary_encode()
    known = np.array([places[value] for value in codes.dictionary.to_pylist()], np.float64)
    result: Target = known[codes.indices.to_numpy(zero_copy_only=False)]
    return result
