"""`ReferenceProfile`: how the training data was distributed, in counts; what drift is measured against.

A number's bins are split at the quantiles of the reference, so that each held about as many rows: `edges` are the inner
bounds in rising order, and bin i holds values below `edges[i]` and not below `edges[i-1]`. A category's bins are its
values and, last, whatever is none of them. Missing values are counted apart. The prediction is one more feature,
`FOR_PREDICTION`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mlgitops.contract.parts import Contract
from mlgitops.spec.documents.model import ColumnType
from mlgitops.spec.documents.types import Column, ModelName, Strict

BINS = 10
MISSING_BIN = "missing"
OTHER_BIN = "other"
FOR_PREDICTION = "prediction"

Count = Annotated[int, Field(ge=0)]


class FeatureProfile(Strict):
    name: Column
    type: ColumnType
    edges: list[float] = []
    values: list[str | int | bool] = []
    counts: list[Count]
    """A bin each; for a category, `values` and then others."""
    missing: Count = 0
    smallest: float | None = None
    largest: float | None = None


class ReferenceProfile(Strict):
    contract: Contract
    model: ModelName
    rows: Count
    features: list[FeatureProfile]
    prediction: FeatureProfile | None = None
