"""From a format's scores to answers: plain JSON values, a dict a row, by the model's task.

>>> import numpy as np
>>> answers_of_scores(np.array([0.25, 0.75], np.float32), "binaryClassification", [0, 1], 0.5)
[{'label': 0, 'probability': 0.25}, {'label': 1, 'probability': 0.75}]
>>> answers_of_scores(np.array([[0.25, 0.75]], np.float32), "multiclassClassification", ["cat", "dog"], None)
[{'label': 'dog', 'probability': 0.75, 'probabilities': {'cat': 0.25, 'dog': 0.75}}]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlgitops.problem import RunProblem
from mlgitops.spec.documents.model import Task

if TYPE_CHECKING:
    from mlgitops.runtime.predict.scorer import Scores

Answer = dict[str, object]
Label = str | int | bool

KEYS: dict[Task, tuple[str, ...]] = {
    "binaryClassification": ("label", "probability"),
    "multiclassClassification": ("label", "probability", "probabilities"),
    "regression": ("value",),
    "clustering": ("cluster",),
    "anomalyDetection": ("anomaly", "score"),
}
"""What an answer of each task has; a custom predictor may say more."""

EVEN = 0.5
"""Threshold of a binary classifier that says none."""
BINARY = 2


def answers_of_scores(scores: Scores, task: Task, classes: Sequence[Label], threshold: float | None) -> list[Answer]:
    """An answer for each row of scores, whose shape `score_problem` found right. Above the threshold is yes."""
    if task == "binaryClassification":
        positive = (scores[:, 1] if scores.ndim == BINARY else scores).tolist()
        limit, (no, yes) = EVEN if threshold is None else threshold, classes
        return [{"label": yes if p > limit else no, "probability": p} for p in positive]
    if task == "multiclassClassification":
        names = [str(name) for name in classes]
        best = scores.argmax(axis=1).tolist()
        return [
            {"label": classes[place], "probability": row[place], "probabilities": dict(zip(names, row, strict=True))}
            for row, place in zip(scores.tolist(), best, strict=True)
        ]
    values = scores.tolist()
    if task == "regression":
        return [{"value": value} for value in values]
    if task == "clustering":
        return [{"cluster": int(value)} for value in values]
    limit = 0.0 if threshold is None else threshold
    return [{"anomaly": value > limit, "score": value} for value in values]


def check_classes(task: Task, classes: Sequence[Label]) -> None:
    """Raises RunProblem `artifact/classes` where a classifier's are too few, too many or not distinct."""
    wanted = "two classes" if task == "binaryClassification" else "two classes or more"
    enough = len(classes) == BINARY if task == "binaryClassification" else len(classes) >= BINARY
    if task in ("binaryClassification", "multiclassClassification") and not (
        enough and len({str(name) for name in classes}) == len(classes)
    ):
        message = f"a model for {task} must have {wanted}, each named once, got {len(classes)}"
        raise RunProblem("artifact/classes", message, "train it again on data that has every class")


def check_scores(scores: Scores, task: Task, classes: Sequence[Label]) -> None:
    """Raises RunProblem `artifact/outputs` where the scores of one row cannot be its task's."""
    shapes: tuple[tuple[int, ...], ...] = ((1,),)
    if task == "binaryClassification":
        shapes = ((1,), (1, BINARY))
    elif task == "multiclassClassification":
        shapes = ((1, len(classes)),)
    if scores.shape not in shapes:
        expected = " or ".join(str(shape) for shape in shapes)
        message = f"the scores of one row must have the shape {expected} for {task}, got {scores.shape}"
        raise RunProblem("artifact/outputs", message, "export a model of its task; see mlgitops.runtime.predict")
    outside = bool(((scores < 0) | (scores > 1)).any())
    if outside and task in ("binaryClassification", "multiclassClassification"):
        message = f"a classifier must give probabilities, got {float(scores.min()):g} to {float(scores.max()):g}"
        raise RunProblem("artifact/outputs", message, "end the graph with a softmax, or train for probabilities")
