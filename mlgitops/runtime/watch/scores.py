"""Scores of joined predictions: by version, by day, against the registered ones, and of versions against each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from mlgitops.contract.join import Comparison, LiveScore, LiveVersion, Period
from mlgitops.contract.limits import worse
from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.measure import measured
from mlgitops.runtime.evaluate.predictions import Predictions, predictions_of
from mlgitops.runtime.evaluate.truth import CLASSIFICATION, Array, Label, key_of
from mlgitops.runtime.watch.joining import Pair
from mlgitops.runtime.watch.logged import moment
from mlgitops.spec.documents.model import Task

MINIMUM_LABELS = 100
"""Below, a score is reported and compared with nothing."""
CONFIDENCE = 1.96
"""Standard errors to both sides that hold 95 % of a normal distribution."""

Registered = Callable[[str], Mapping[str, float]]
"""The registered scores of a version; empty where none are known."""


def usable(pairs: Sequence[Pair], task: Task, classes: Sequence[Label]) -> list[Pair]:
    """Those whose answer and truth are what the task's are."""
    return [pair for pair in pairs if _arrays([pair], task, classes) is not None]


def task_of_pairs(pairs: Sequence[Pair]) -> Task:
    """The task, by what answers have; labels of more than two classes are of a multiclass classifier."""
    found: dict[str, Task] = {"value": "regression", "cluster": "clustering", "anomaly": "anomalyDetection"}
    for pair in pairs:
        for key, task in found.items():
            if key in pair.answer:
                return task
        if "probabilities" in pair.answer:
            return "multiclassClassification"
    several = len(classes_of_pairs(pairs, "binaryClassification")) > 2
    return "multiclassClassification" if several else "binaryClassification"


def classes_of_pairs(pairs: Sequence[Pair], task: Task) -> list[Label]:
    """The classes in the model's order: as its probabilities name them, or else as training sorts what it saw."""
    if task not in CLASSIFICATION:
        return []
    seen: dict[str, Label] = {}
    for pair in pairs:
        for value in (pair.answer.get("label"), pair.truth):
            if isinstance(value, str | int | float):
                seen.setdefault(key_of(value), _whole(value))
    for pair in pairs:
        told = pair.answer.get("probabilities")
        if isinstance(told, dict):
            return [seen.get(str(name), str(name)) for name in told]
    return sorted(seen.values(), key=lambda value: (isinstance(value, str), value))


def _whole(value: str | int | float) -> Label:
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    return value


def _arrays(pairs: Sequence[Pair], task: Task, classes: Sequence[Label]) -> tuple[Array, Predictions] | None:
    places = {key_of(value): place for place, value in enumerate(classes)}
    try:
        predictions = predictions_of([pair.answer for pair in pairs], len(pairs), task, classes)
        if task in CLASSIFICATION:
            return np.array([places[key_of(pair.truth)] for pair in pairs], np.int64), predictions
        if task == "anomalyDetection":
            return np.array([{"0": 0, "1": 1, "false": 0, "true": 1}[key_of(p.truth)] for p in pairs]), predictions
        if any(isinstance(pair.truth, str | bool) for pair in pairs):
            return None
        return np.array([pair.truth for pair in pairs], np.float64), predictions
    except (RunProblem, KeyError, ValueError):
        return None


def scores_of(pairs: Sequence[Pair], task: Task, classes: Sequence[Label]) -> dict[str, float]:
    """The task's metrics on usable pairs."""
    arrays = _arrays(pairs, task, classes) if pairs else None
    if arrays is None:
        return {}
    truth, predictions = arrays
    return measured(task, truth, predictions, np.zeros((len(pairs), 1), np.float32))


def live_versions(
    pairs: Sequence[Pair], task: Task, classes: Sequence[Label], registered: Registered, compared: Sequence[str]
) -> list[LiveVersion]:
    """The scores of each version, in the order of their first prediction."""
    return [_version(version, of, task, classes, registered(version), compared) for version, of in by_version(pairs)]


def by_version(pairs: Sequence[Pair]) -> list[tuple[str, list[Pair]]]:
    """Pairs by version, in the order of their first prediction."""
    found: dict[str, list[Pair]] = {}
    for pair in sorted(pairs, key=lambda pair: (pair.time, pair.version)):
        found.setdefault(pair.version, []).append(pair)
    return list(found.items())


def _version(
    version: str,
    pairs: Sequence[Pair],
    task: Task,
    classes: Sequence[Label],
    registered: Mapping[str, float],
    compared: Sequence[str],
) -> LiveVersion:
    days: dict[str, list[Pair]] = {}
    for pair in pairs:
        days.setdefault(moment(pair.time).date().isoformat(), []).append(pair)
    scores = []
    for metric, value in scores_of(pairs, task, classes).items():
        standard = registered.get(metric)
        loss = None
        if standard is not None and len(pairs) >= MINIMUM_LABELS and (not compared or metric in compared):
            loss = worse(metric, value, standard) / (abs(standard) or 1.0)
        scores.append(LiveScore(metric=metric, value=value, registered=standard, loss=loss))
    periods = [Period(day=day, rows=len(of), scores=scores_of(of, task, classes)) for day, of in sorted(days.items())]
    return LiveVersion(version=version, rows=len(pairs), scores=scores, periods=periods)


def comparisons(pairs: Sequence[Pair], task: Task, classes: Sequence[Label]) -> list[Comparison]:
    """Each version's mean error against that of the version that answered first."""
    errors = [(version, _errors(of, task, classes)) for version, of in by_version(pairs)]
    if task == "clustering" or len(errors) < 2:
        return []
    (first, standard), *others = errors
    return [_comparison(version, of, first, standard, task) for version, of in others]


def _errors(pairs: Sequence[Pair], task: Task, classes: Sequence[Label]) -> Array:
    arrays = _arrays(pairs, task, classes)
    if arrays is None:
        return np.zeros(0)
    truth, predictions = arrays
    if predictions.labels is not None:
        wrong: Array = (predictions.labels != truth).astype(np.float64)
        return wrong
    far: Array = np.abs(predictions.values - truth)
    return far


def _comparison(version: str, of: Array, first: str, standard: Array, task: Task) -> Comparison:
    measure: Literal["errorRate", "absoluteError"] = "absoluteError" if task == "regression" else "errorRate"
    if min(len(of), len(standard)) < MINIMUM_LABELS:
        return Comparison(version=version, against=first, measure=measure, verdict="insufficientData")
    difference = float(of.mean() - standard.mean())
    error = math.sqrt(of.var(ddof=1) / len(of) + standard.var(ddof=1) / len(standard))
    low, high = difference - CONFIDENCE * error, difference + CONFIDENCE * error
    verdict: Literal["better", "worse", "noDifference"] = (
        "better" if high < 0 else "worse" if low > 0 else "noDifference"
    )
    return Comparison(
        version=version,
        against=first,
        measure=measure,
        difference=difference,
        low=low,
        high=high,
        verdict=verdict,
    )
