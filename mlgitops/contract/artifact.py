"""`ArtifactDescription`: what an artifact says of itself, in `places.ARTIFACT_DESCRIPTION` at its root.

    artifact/
      mlgitops.json        this
      model.onnx           or model.ubj (XGBoost), model.txt (LightGBM), model.safetensors

It is part of what the digest and the signature cover, so a predictor that reads it needs nothing else of the model.
"""

from __future__ import annotations

from typing import Literal

from mlgitops.contract.parts import Contract
from mlgitops.spec.documents.model import Feature, Framework, Task
from mlgitops.spec.documents.types import Column, Estimator, ModelName, Strict

Format = Literal["onnx", "safetensors", "xgboost", "lightgbm"]

MODEL_FILES: dict[Format, str] = {
    "onnx": "model.onnx",
    "safetensors": "model.safetensors",
    "xgboost": "model.ubj",
    "lightgbm": "model.txt",
}
"""The file that makes an artifact one of its format."""


class ArtifactDescription(Strict):
    contract: Contract
    model: ModelName
    task: Task
    framework: Framework
    format: Format
    inputs: list[Feature]
    """The features in the model's order, with types, ranges and categories as the training data had them.

    The model is asked with one float32 matrix of a row a record and a column a feature: numbers as they are, `bool` as
    0 and 1, a `timestamp` as days since 1970, a `string` as its place in `values`; what is missing or no known category
    is NaN.
    """
    target: Column | None = None
    classes: list[str | int | bool] = []
    """Of a classifier: what its probabilities are of, in their order. The second one of two is the positive one."""
    estimator: Estimator | None = None
