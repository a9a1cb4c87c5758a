"""What a predictor answered, as arrays: every answer is held to what its task's answers are, or all are refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.truth import Array, Label, key_of
from mlgitops.spec.documents.model import Task

SUM_TOLERANCE = 0.01
"""How far a row's probabilities may be from 1 together."""

Answers = Sequence[Mapping[str, object]]


class Predictions(NamedTuple):
    """A value a row; what a task has not is None."""

    labels: Array | None = None
    """Places in the classes, numbers of clusters, or 1 for an anomaly."""
    probabilities: Array | None = None
    """(rows, classes), each row's sum 1; None where a custom predictor tells the best class's alone."""
    values: Array | None = None
    """A regression's values, or an anomaly detector's scores: the larger the odder."""

    def at(self, rows: Array) -> Predictions:
        """Those of some rows, by their places or by a mask."""
        return Predictions(*(None if part is None else part[rows] for part in self))


def joined(parts: Sequence[Predictions]) -> Predictions:
    """The predictions on rows that were asked for in parts, at least one."""
    columns = zip(*parts, strict=True)
    return Predictions(*(None if any(one is None for one in column) else np.concatenate(column) for column in columns))


def predictions_of(answers: Answers, rows: int, task: Task, classes: Sequence[Label]) -> Predictions:
    """The answers to `rows` rows.

    Raises RunProblem: `evaluation/answers`, `evaluation/classes`, `evaluation/not-finite`.
    """
    if len(answers) != rows:
        raise _wrong("answers", f"the predictor must give an answer for each of {rows} rows, got {len(answers)}")
    if task == "regression":
        return Predictions(values=_numbers(answers, "value"))
    if task == "clustering":
        return Predictions(labels=_numbers(answers, "cluster").astype(np.int64))
    if task == "anomalyDetection":
        flags = [_field(answer, "anomaly") for answer in answers]
        if not all(isinstance(flag, bool) for flag in flags):
            raise _wrong("answers", "the predictor's answers must say `anomaly` as true or false, got something else")
        return Predictions(labels=np.array(flags, np.int64), values=_numbers(answers, "score"))
    labels = _labels(answers, classes)
    if task == "binaryClassification":
        positive = _shares(_numbers(answers, "probability"))
        return Predictions(labels, np.column_stack([1 - positive, positive]))
    return Predictions(labels, _distributions(answers, classes))


def _field(answer: Mapping[str, object], name: str) -> object:
    if name not in answer:
        raise _wrong("answers", f"the predictor's answers must have `{name}`, got one without it")
    return answer[name]


def _numbers(answers: Answers, name: str) -> Array:
    values = [_field(answer, name) for answer in answers]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        raise _wrong("answers", f"the predictor's answers must say `{name}` as a number, got something else")
    numbers = np.array(values, np.float64)
    bad = int((~np.isfinite(numbers)).sum())
    if bad:
        message = f"the predictor's answers must say `{name}` as a finite number, got NaN or infinity in {bad} rows"
        raise _wrong("not-finite", message)
    return numbers


def _shares(numbers: Array) -> Array:
    if ((numbers < 0) | (numbers > 1)).any():
        low, high = float(numbers.min()), float(numbers.max())
        raise _wrong("answers", f"the predictor's probabilities must be from 0 to 1, got {low:g} to {high:g}")
    return numbers


def _labels(answers: Answers, classes: Sequence[Label]) -> Array:
    places = {key_of(value): place for place, value in enumerate(classes)}
    found = [places.get(key_of(_field(answer, "label"))) for answer in answers]
    strange = sum(place is None for place in found)
    if strange:
        message = f"the predictor's labels must be among the {len(classes)} classes of the training data, got others"
        raise _wrong("classes", f"{message} in {strange} of {len(found)} rows")
    return np.array(found, np.int64)


def _distributions(answers: Answers, classes: Sequence[Label]) -> Array | None:
    """Every class's probability in every row; None where no answer tells them."""
    if not any("probabilities" in answer for answer in answers):
        return None
    names = [str(value) for value in classes]
    rows: list[list[float]] = []
    for answer in answers:
        told = _field(answer, "probabilities")
        if not isinstance(told, Mapping) or set(told) != set(names) or not all(map(_is_share, told.values())):
            message = f"`probabilities` must have a number from 0 to 1 for each of the {len(names)} classes, got others"
            raise _wrong("answers", message)
        rows.append([told[name] for name in names])
    numbers = np.array(rows, np.float64)
    sums = numbers.sum(axis=1)
    if (abs(sums - 1) > SUM_TOLERANCE).any():
        raise _wrong("answers", f"a row's probabilities must be 1 together, got {sums.min():g} to {sums.max():g}")
    result: Array = numbers / sums[:, None]
    return result


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _wrong(what: str, message: str) -> RunProblem:
    return RunProblem(f"evaluation/{what}", message, "mend the predictor, or train the model again")
