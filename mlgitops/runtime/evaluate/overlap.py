"""Rows of the holdout that the training data has too: whoever has seen the answers scores well and knows nothing.

Rows are the same where every feature, as the model sees it, and the label are. Data of few distinct values repeats
itself without anybody's doing: a new row of it is found in the training data as often as a training row is found among
the others. So the share of training rows that have a twin there is the share of the holdout that may, and three
standard deviations of a draw of the holdout's size; where training repeats nothing, no row at all.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from mlgitops.runtime.evaluate.truth import Array

DEVIATIONS = 3


class Overlap(NamedTuple):
    """How much of the holdout training has seen."""

    rows: int
    """Of the holdout, that the training data has too."""
    allowed: int


def overlap_of(holdout: Array, holdout_truth: Array | None, training: Array, training_truth: Array | None) -> Overlap:
    """Of two matrices of float32 and their labels, as `truth.truth_of` gives them."""
    known, counts = np.unique(_rows(training, training_truth), return_counts=True)
    seen = int(np.isin(_rows(holdout, holdout_truth), known).sum())
    share = float(counts[counts > 1].sum() / max(counts.sum(), 1))
    deviation = math.sqrt(share * (1 - share) * len(holdout))
    return Overlap(seen, math.floor(share * len(holdout) + DEVIATIONS * deviation))


def _rows(matrix: Array, truth: Array | None) -> Array:
    """A row of bytes each: one NaN, one zero."""
    columns = [np.where(np.isnan(matrix), np.float32(np.nan), matrix + np.float32(0)).astype(np.float32)]
    if truth is not None:
        columns.append((truth.astype(np.float64) + 0.0).reshape(-1, 1).view(np.float32))
    whole = np.ascontiguousarray(np.hstack(columns))
    result: Array = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    return result
