"""The reference profile: how a data set and the predictions on it are distributed, as `contract.profile` says.

Bins are split over the float32 values that a model is asked with, which is what replicas count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops import contract
from mlgitops.contract.profile import BINS, FOR_PREDICTION, FeatureProfile, ReferenceProfile
from mlgitops.runtime.data.signature import written_number
from mlgitops.runtime.evaluate.predictions import Predictions
from mlgitops.runtime.evaluate.truth import Array, Label
from mlgitops.runtime.matrix import matrix_of_table
from mlgitops.spec.documents.model import ColumnType, Feature, Task

if TYPE_CHECKING:
    import pyarrow


MOST_VALUES = 100
"""Categories with a bin of their own, the most frequent ones."""
LARGEST = 900_000
"""Bytes of all features together: a record that is read has a MiB at most. Features beyond are not watched."""


def profile_of(
    model: str, table: pyarrow.Table, inputs: Sequence[Feature], prediction: FeatureProfile | None
) -> ReferenceProfile:
    """The profile of a table that has every input as a column."""
    features, size, rows = [], 0, table.num_rows
    for feature in inputs:
        features.append(_feature(table, feature))
        size += len(features[-1].model_dump_json(exclude_defaults=True).encode()) + 1
        if size > LARGEST:
            features.pop()
            break
    return ReferenceProfile(contract=contract.VERSION, model=model, rows=rows, features=features, prediction=prediction)


def prediction_profile(predictions: Predictions, task: Task, classes: Sequence[Label]) -> FeatureProfile | None:
    """How predictions are distributed: a binary classifier's by its probability, others' by value, label or cluster."""
    if task == "binaryClassification" and predictions.probabilities is not None:
        return numbers(FOR_PREDICTION, "float32", predictions.probabilities[:, 1])
    if predictions.values is not None:
        return numbers(FOR_PREDICTION, "float32", predictions.values)
    if predictions.labels is None:
        return None
    if task == "clustering":
        values: list[Label] = [int(value) for value in np.unique(predictions.labels)]
        counts = [int((predictions.labels == value).sum()) for value in values]
        return FeatureProfile(name=FOR_PREDICTION, type="int64", values=values, counts=[*counts, 0])
    counts = np.bincount(predictions.labels, minlength=len(classes)).tolist()
    kinds: dict[type, ColumnType] = {bool: "bool", int: "int64"}
    kind = kinds.get(type(classes[0]), "string")
    return FeatureProfile(name=FOR_PREDICTION, type=kind, values=list(classes), counts=[*counts, 0])


def _feature(table: pyarrow.Table, feature: Feature) -> FeatureProfile:
    if feature.type == "string":
        return _categories(table.column(feature.name), feature, [str(value) for value in feature.values or ()])
    if feature.type == "bool":
        return _categories(table.column(feature.name), feature, [False, True])
    return numbers(feature.name, feature.type, matrix_of_table(table, [feature])[:, 0])


def _categories(column: Any, feature: Feature, values: Sequence[Label]) -> FeatureProfile:
    import pyarrow

    if feature.type == "string":
        column = column.cast(pyarrow.string())
    found = {item["values"]: item["counts"] for item in column.drop_null().value_counts().to_pylist()}
    frequent = sorted(values, key=lambda value: -found.get(value, 0))[:MOST_VALUES]
    values = [value for value in values if value in frequent]
    counts = [found.pop(value, 0) for value in values]
    return FeatureProfile(
        name=feature.name,
        type=feature.type,
        values=list(values),
        counts=[*counts, sum(found.values())],
        missing=column.null_count,
    )


def numbers(name: str, kind: ColumnType, values: Array) -> FeatureProfile:
    """The profile of numbers; NaN is missing. Values that are often there share a bin with nothing, or have fewer."""
    there = values[~np.isnan(values)].astype(np.float32)
    if not len(there):
        return FeatureProfile(name=name, type=kind, counts=[0], missing=len(values))
    quantiles = np.quantile(there, np.arange(1, BINS) / BINS, method="higher")
    edges = np.unique(quantiles[quantiles > there.min()]).astype(np.float32)
    bins = np.searchsorted(edges, there, side="right")
    return FeatureProfile(
        name=name,
        type=kind,
        edges=[float(edge) for edge in edges],
        counts=np.bincount(bins, minlength=len(edges) + 1).tolist(),
        missing=len(values) - len(there),
        smallest=written_number(float(there.min()), "float32"),
        largest=written_number(float(there.max()), "float32"),
    )
