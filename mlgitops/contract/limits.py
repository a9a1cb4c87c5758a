"""Whether scores keep the limits that a spec sets: one judge, for the evaluate Job that writes and the sign Job that
does not believe it.

    >>> metrics = [Metric(name="auc", min=0.8, maxRegression=0.01)]
    >>> [one.code for one in failures([Score(metric="auc", rows=100, value=0.79, baseline=0.81)], metrics, [])]
    ['evaluation/below-minimum', 'evaluation/regressed']

Higher is better, but for `LOWER_IS_BETTER`. A bound itself is within bounds. Codes:

    evaluation/below-minimum   the value is below `min`
    evaluation/above-maximum   the value is above `max`
    evaluation/regressed       it is worse than that of the version in service by more than `maxRegression`
    evaluation/gap             it is apart from that on the training data by more than `maxGap`
    evaluation/not-measured    what a limit is about was not measured, on no row, or twice
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from mlgitops.contract.evaluation import Failure, Score
from mlgitops.spec.documents.model import Metric, Slice
from mlgitops.spec.metrics import MEASURES

LOWER_IS_BETTER = frozenset(name for name, measure in MEASURES.items() if measure.better == "smaller")
"""Errors and losses. Every other metric is better the higher it is."""
TOLERANCE = 1e-9
"""Of a difference of two floats: 0.81 - 0.80 is more than 0.01 by rounding alone."""


def failures(
    scores: Sequence[Score], metrics: Sequence[Metric], slices: Sequence[Slice], *, compared: bool = False
) -> list[Failure]:
    """The limits that are not kept, in the order of the spec.

    `compared` says that there is a version in service that the same evaluation scored: then a limit on regression
    without the other's value was not measured. Without one there is nothing to regress from.
    """
    found: list[Failure] = []
    for part, limits in ((None, metrics), *((part.name, part.metrics) for part in slices)):
        for metric in limits:
            found.extend(_of_metric(metric, part, scores, compared=compared))
    return found


def _of_metric(metric: Metric, part: str | None, scores: Sequence[Score], *, compared: bool) -> Iterator[Failure]:
    what = metric.name if part is None else f"{metric.name} of {part}"
    measured = [score for score in scores if score.metric == metric.name and score.slice == part]
    if len(measured) != 1:
        yield Failure(code="evaluation/not-measured", message=f"{what} must be measured once, got {len(measured)}")
        return
    (score,) = measured
    if score.rows == 0 or not math.isfinite(score.value):
        message = f"{what} must be a number over at least one row, got {score.value} over {score.rows}"
        yield Failure(code="evaluation/not-measured", message=message)
        return
    if metric.min is not None and score.value < metric.min:
        message = f"{what} must be at least {metric.min}, got {score.value}"
        yield Failure(code="evaluation/below-minimum", message=message)
    if metric.max is not None and score.value > metric.max:
        message = f"{what} must be at most {metric.max}, got {score.value}"
        yield Failure(code="evaluation/above-maximum", message=message)
    yield from _against(metric, what, score, compared=compared)


def _against(metric: Metric, what: str, score: Score, *, compared: bool) -> Iterator[Failure]:
    """Limits on how far a value is from another one."""
    if metric.maxRegression is not None and (compared or score.baseline is not None):
        if score.baseline is None or not math.isfinite(score.baseline):
            message = f"{what} must be measured of the version in service too, got none"
            yield Failure(code="evaluation/not-measured", message=message)
        elif worse(metric.name, score.value, score.baseline) > metric.maxRegression + TOLERANCE:
            message = f"{what} must be at most {metric.maxRegression} worse than {score.baseline}, got {score.value}"
            yield Failure(code="evaluation/regressed", message=message)
    if metric.maxGap is not None:
        if score.training is None or not math.isfinite(score.training):
            message = f"{what} must be measured on the training data too, got none"
            yield Failure(code="evaluation/not-measured", message=message)
        elif abs(score.value - score.training) > metric.maxGap + TOLERANCE:
            message = (
                f"{what} must be at most {metric.maxGap} apart from training's {score.training}, got {score.value}"
            )
            yield Failure(code="evaluation/gap", message=message)


def worse(metric: str, value: float, than: float) -> float:
    """By how much a metric's value is worse than another one; negative where it is better."""
    return value - than if metric in LOWER_IS_BETTER else than - value
