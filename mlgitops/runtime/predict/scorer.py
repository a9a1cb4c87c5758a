"""`Scorer`: a matrix in, numbers out; what each format gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from mlgitops.runtime.matrix import Matrix

    Scores = np.ndarray[tuple[int, ...], np.dtype[Any]]


class Scorer(Protocol):
    """A format's model."""

    def scores(self, matrix: Matrix) -> Scores:
        """Scores of a float32 matrix (rows, features): (rows,) or (rows, classes)."""


class Explainer(Protocol):
    """A format whose library says what each feature did."""

    def contributions(self, matrix: Matrix) -> Scores:
        """What each feature adds to a row's margin, and last what is there without any.

        (rows, features + 1), or with several classes (rows, classes, features + 1).
        """
