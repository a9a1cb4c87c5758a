"""An artifact's scores on the holdout and its slices, beside those on the training data and the baseline's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import Failure, Score
from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.asking import Ask
from mlgitops.runtime.evaluate.data import Sets
from mlgitops.runtime.evaluate.measure import measured, sample
from mlgitops.runtime.evaluate.predictions import Predictions, joined, predictions_of
from mlgitops.runtime.evaluate.slices import rows_of
from mlgitops.runtime.evaluate.truth import UNKNOWN, Array, truth_of
from mlgitops.runtime.matrix import matrix_of_table
from mlgitops.spec.documents.model import Slice

if TYPE_CHECKING:
    import pyarrow

SAMPLE = 100_000
"""Rows of training data, at most, that a predictor is asked for the gap and for the profile of its predictions."""
AT_ONCE = 2_000_000
"""Numbers, at most, in the answers to one question: they are text and Python's objects before they are arrays."""


class Scored(NamedTuple):
    """A table, its labels, what was predicted, and the matrix that a model sees of it."""

    table: pyarrow.Table
    truth: Array | None
    predictions: Predictions
    matrix: Array


def scored(ask: Ask, table: pyarrow.Table, config: EvaluateConfig, sets: Sets) -> Scored:
    """Ask for all rows of a table, with features alone, a part at a time. Raises RunProblem."""
    features = table.select([feature.name for feature in sets.features])
    step = max(AT_ONCE // max(len(sets.classes), 1), 1)
    parts = []
    for start in range(0, table.num_rows, step):
        part = features.slice(start, step)
        parts.append(predictions_of(ask(part), part.num_rows, config.task, sets.classes))
    predictions = joined(parts)
    truth = truth_of(table, config.columns, config.task, sets.classes)
    return Scored(table, truth, predictions, matrix_of_table(table, sets.features))


def sampled(table: pyarrow.Table) -> pyarrow.Table:
    """At most `SAMPLE` rows, drawn with a fixed seed."""
    return table if table.num_rows <= SAMPLE else table.take(sample(table.num_rows, SAMPLE))


def unknown_classes(holdout: Scored) -> Failure | None:
    """Whether the holdout has labels that the training data has not."""
    if holdout.truth is None or holdout.truth.dtype.kind != "i":
        return None
    strange = int((holdout.truth == UNKNOWN).sum())
    if not strange:
        return None
    message = f"the holdout's labels must be classes of the training data, got others in {strange} rows"
    return Failure(code="evaluation/classes", message=message)


def all_scores(
    config: EvaluateConfig, holdout: Scored, training: Scored, baseline: Scored | None
) -> tuple[list[Score], list[Failure]]:
    """Every metric on the holdout, and each slice's own; and what of the slices cannot be measured."""
    scores = _scores(config, None, holdout, training, baseline)
    failures: list[Failure] = []
    for part in config.slices:
        try:
            scores += _of_slice(config, part, holdout, training, baseline)
        except RunProblem as problem:
            failures.append(Failure(code=problem.code, message=problem.message))
    return scores, failures


def _of_slice(
    config: EvaluateConfig, part: Slice, holdout: Scored, training: Scored, baseline: Scored | None
) -> list[Score]:
    mask = rows_of(holdout.table, part)
    if not mask.any():
        message = f"slice {part.name} must have a row in the holdout, got none"
        raise RunProblem("evaluation/empty-slice", message, "correct the slice, or add such rows to the holdout")
    in_training = None
    if part.column in training.table.column_names:
        in_training = _at(training, rows_of(training.table, part))
    return _scores(config, part, _at(holdout, mask), in_training, _at(baseline, mask) if baseline else None)


def _at(whole: Scored, mask: Array) -> Scored:
    truth = None if whole.truth is None else whole.truth[mask]
    return Scored(whole.table.filter(mask), truth, whole.predictions.at(mask), whole.matrix[mask])


def _scores(
    config: EvaluateConfig, part: Slice | None, holdout: Scored, training: Scored | None, baseline: Scored | None
) -> list[Score]:
    wanted = {metric.name for metric in part.metrics} if part is not None else None
    here = _measured(config, holdout)
    there = _measured(config, training) if training is not None else {}
    before = _measured(config, baseline) if baseline is not None else {}
    return [
        Score(
            metric=name,
            slice=part.name if part is not None else None,
            rows=holdout.table.num_rows,
            value=value,
            training=there.get(name),
            baseline=before.get(name),
        )
        for name, value in here.items()
        if wanted is None or name in wanted
    ]


def _measured(config: EvaluateConfig, one: Scored) -> dict[str, float]:
    return measured(config.task, one.truth, one.predictions, one.matrix)


def failure_of(problem: RunProblem) -> Failure:
    """A problem of the artifact or its predictor as what it is here: a reason to reject. Others are raised."""
    if problem.exit_code != 1 or problem.code.startswith(("data/", "store/")):
        raise problem
    return Failure(code=problem.code, message=problem.message)


def names_without(scores: Sequence[Score], names: Sequence[str]) -> list[str]:
    """Metrics of a task that these rows do not define."""
    known = {score.metric for score in scores if score.slice is None}
    return [name for name in names if name not in known]
