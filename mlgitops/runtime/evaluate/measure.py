"""The metrics of each task, by scikit-learn. A metric that these rows do not define is left out.

What is not scikit-learn's default: precision is 0 where nothing is called positive, and recall is not defined where
nothing is. `mape` is not defined where a true value is 0. Clusterings are judged over the features as the model sees
them, rows with missing values aside, the silhouette over at most `SILHOUETTE_ROWS` rows, drawn with a fixed seed.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mlgitops.runtime.evaluate.predictions import Predictions
from mlgitops.runtime.evaluate.truth import Array
from mlgitops.spec.documents.model import Task

SILHOUETTE_ROWS = 10_000
SEED = 0

METRICS: Mapping[Task, Sequence[str]] = {
    "binaryClassification": (
        *("accuracy", "auc", "averagePrecision", "balancedAccuracy", "brier", "f1", "logLoss", "precision", "recall"),
    ),
    "multiclassClassification": (
        *("accuracy", "balancedAccuracy", "f1Macro", "f1Weighted", "logLoss", "precisionMacro", "recallMacro"),
    ),
    "regression": ("mae", "mape", "medianAbsoluteError", "mse", "r2", "rmse"),
    "clustering": ("calinskiHarabasz", "daviesBouldin", "silhouette"),
    "anomalyDetection": ("anomalyRate", "auc", "averagePrecision", "f1", "precision", "recall"),
}
"""What is measured; `spec.checks.model.METRICS` are those that can have limits."""


def measured(task: Task, truth: Array | None, predictions: Predictions, matrix: Array) -> dict[str, float]:
    """Every metric that is defined, by name; each a finite number. `truth` is `truth.truth_of`'s."""
    if len(matrix) == 0:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is not defined; it is left out
        found = _MEASURES[task](truth, predictions, matrix)
    return {name: float(value) for name, value in sorted(found.items()) if math.isfinite(value)}


def _binary(truth: Array | None, predictions: Predictions, _: Array) -> dict[str, float]:
    from sklearn import metrics

    labels, probabilities = predictions.labels, predictions.probabilities
    if truth is None or labels is None or probabilities is None:
        return {}
    positive = probabilities[:, 1]
    return {
        "accuracy": metrics.accuracy_score(truth, labels),
        "balancedAccuracy": _balanced(truth, labels),
        **_yes_or_no(truth, labels, positive),
        "logLoss": metrics.log_loss(truth, probabilities, labels=[0, 1]),
        "brier": metrics.brier_score_loss(truth, positive, labels=[0, 1], pos_label=1),
    }


def _yes_or_no(truth: Array, labels: Array, scores: Array) -> dict[str, float]:
    """The metrics of finding the positive rows."""
    from sklearn import metrics

    found = {
        "precision": metrics.precision_score(truth, labels, zero_division=0),
        "recall": metrics.recall_score(truth, labels, zero_division=np.nan),
        "f1": metrics.f1_score(truth, labels, zero_division=0) if truth.any() else math.nan,
    }
    if truth.any():
        found["averagePrecision"] = metrics.average_precision_score(truth, scores)
        if not truth.all():
            found["auc"] = metrics.roc_auc_score(truth, scores)
    return found


def _balanced(truth: Array, labels: Array) -> float:
    from sklearn import metrics

    return float(metrics.balanced_accuracy_score(truth, labels))


def _multiclass(truth: Array | None, predictions: Predictions, _: Array) -> dict[str, float]:
    from sklearn import metrics

    labels, probabilities = predictions.labels, predictions.probabilities
    if truth is None or labels is None:
        return {}
    found = {
        "accuracy": metrics.accuracy_score(truth, labels),
        "balancedAccuracy": _balanced(truth, labels),
        "f1Macro": metrics.f1_score(truth, labels, average="macro", zero_division=0),
        "f1Weighted": metrics.f1_score(truth, labels, average="weighted", zero_division=0),
        "precisionMacro": metrics.precision_score(truth, labels, average="macro", zero_division=0),
        "recallMacro": metrics.recall_score(truth, labels, average="macro", zero_division=0),
    }
    if probabilities is not None:
        found["logLoss"] = metrics.log_loss(truth, probabilities, labels=list(range(probabilities.shape[1])))
    return found


def _regression(truth: Array | None, predictions: Predictions, _: Array) -> dict[str, float]:
    from sklearn import metrics

    values = predictions.values
    if truth is None or values is None:
        return {}
    found = {
        "mae": metrics.mean_absolute_error(truth, values),
        "mse": metrics.mean_squared_error(truth, values),
        "rmse": metrics.root_mean_squared_error(truth, values),
        "medianAbsoluteError": metrics.median_absolute_error(truth, values),
    }
    if (truth != 0).all():
        found["mape"] = metrics.mean_absolute_percentage_error(truth, values)
    if len(truth) > 1 and (truth != truth[0]).any():
        found["r2"] = metrics.r2_score(truth, values)
    return found


def _clustering(_: Array | None, predictions: Predictions, matrix: Array) -> dict[str, float]:
    from sklearn import metrics

    if predictions.labels is None:
        return {}
    whole = ~np.isnan(matrix).any(axis=1)
    rows, labels = matrix[whole], predictions.labels[whole]
    if not 2 <= len(np.unique(labels)) < len(labels):
        return {}
    found = {
        "calinskiHarabasz": metrics.calinski_harabasz_score(rows, labels),
        "daviesBouldin": metrics.davies_bouldin_score(rows, labels),
    }
    drawn = sample(len(rows), SILHOUETTE_ROWS)
    if 2 <= len(np.unique(labels[drawn])) < len(drawn):
        found["silhouette"] = metrics.silhouette_score(rows[drawn], labels[drawn])
    return found


def _anomalies(truth: Array | None, predictions: Predictions, _: Array) -> dict[str, float]:
    labels, scores = predictions.labels, predictions.values
    if labels is None or scores is None:
        return {}
    found = {} if truth is None else _yes_or_no(truth, labels, scores)
    return {**found, "anomalyRate": float(labels.mean())}


def sample(rows: int, most: int) -> Array:
    """The places of at most `most` of some rows, in order, the same each time."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(SEED).choice(rows, most, replace=False))


_Measure = Callable[[Array | None, Predictions, Array], dict[str, float]]
_MEASURES: Mapping[Task, _Measure] = {
    "binaryClassification": _binary,
    "multiclassClassification": _multiclass,
    "regression": _regression,
    "clustering": _clustering,
    "anomalyDetection": _anomalies,
}
