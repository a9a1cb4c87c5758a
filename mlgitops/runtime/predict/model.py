"""`Model`: an artifact that is loaded. It has no other state, and is asked from one thread at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.runtime.matrix import matrix_of_columns
from mlgitops.runtime.predict.answers import Answer, answers_of_scores
from mlgitops.spec.documents.model import Feature

if TYPE_CHECKING:
    from mlgitops.runtime.matrix import Matrix
    from mlgitops.runtime.predict.scorer import Scorer

Rows = Any
"""A float32 matrix, or for a custom predictor with other inputs than numbers a list of rows of raw values."""

NUMBERS = frozenset({"float32", "float64", "int32", "int64", "bool"})


class Predicts(Protocol):
    """Rows in, an answer a row out."""

    def predict(self, rows: Rows) -> list[Answer]: ...


class ScoringPredictor:
    """A format's scores as answers of a task."""

    def __init__(self, scorer: Scorer, description: ArtifactDescription, threshold: float | None) -> None:
        self.scorer, self.threshold = scorer, threshold
        self.task, self.classes = description.task, tuple(description.classes)

    def predict(self, rows: Matrix) -> list[Answer]:
        if not len(rows):
            return []
        return answers_of_scores(self.scorer.scores(rows), self.task, self.classes, self.threshold)


class Model:
    """What is loaded, and how it is asked.

    `inputs` are the features in the order of the model, as the artifact says them, with what the spec says on top.
    `scorer` is None for a custom predictor.
    """

    def __init__(
        self,
        description: ArtifactDescription,
        inputs: Sequence[Feature],
        predictor: Predicts,
        folder: Path,
        scorer: Scorer | None = None,
    ) -> None:
        self.description, self.inputs, self.folder = description, tuple(inputs), folder
        self.predictor, self.scorer = predictor, scorer
        self.takes_matrix = scorer is not None or all(feature.type in NUMBERS for feature in inputs)

    def rows(self, columns: Mapping[str, Sequence[object]]) -> Rows:
        """What the predictor is asked with, of raw values by feature; None and NaN are missing.

        Raises KeyError for a feature without a column, ValueError or TypeError for values of another type.
        """
        if self.takes_matrix:
            return matrix_of_columns(columns, self.inputs)
        return [list(row) for row in zip(*(columns[feature.name] for feature in self.inputs), strict=True)]

    def answers_of_rows(self, rows: Rows) -> list[Answer]:
        """An answer for each row. Raises RunProblem `predictor/…` where a custom predictor fails or says nonsense."""
        return self.predictor.predict(rows)

    def answers(self, columns: Mapping[str, Sequence[object]]) -> list[Answer]:
        """An answer for each row of raw values by feature (`rows`)."""
        return self.answers_of_rows(self.rows(columns))
