"""A model to watch: two numbers and a category, with the reference it was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlgitops.contract.profile import FeatureProfile, ReferenceProfile
from mlgitops.contract.serve import ServeConfig
from mlgitops.spec.documents.model import Feature

INPUTS = [
    Feature(name="tenure", type="float32"),
    Feature(name="age", type="int64", range=[18, 100], nullable=True, sensitive=True),
    Feature(name="plan", type="string", values=["basic", "pro", "old"]),
]
PROFILE = ReferenceProfile(
    contract=1,
    model="churn",
    rows=1000,
    features=[
        FeatureProfile(
            name="tenure", type="float32", edges=[1.0, 2.0, 4.0], counts=[250, 250, 250, 250], smallest=0, largest=9
        ),
        FeatureProfile(name="age", type="int64", edges=[30.0, 50.0], counts=[300, 300, 300], missing=100),
        FeatureProfile(name="plan", type="string", values=["basic", "pro", "old"], counts=[600, 300, 50, 50]),
    ],
    prediction=FeatureProfile(name="prediction", type="float32", edges=[0.25, 0.5, 0.75], counts=[400, 300, 200, 100]),
)


def serve_config(**changes: Any) -> ServeConfig:
    """The configuration of `churn`, version `v14`, in `prod`."""
    digest = "sha256:" + "5" * 64
    data = {
        "contract": 1,
        "model": "churn",
        "environment": "prod",
        "framework": "sklearn",
        "artifact": {"version": "v14", "uri": "s3://registry/churn/v14", "digest": digest},
        "format": "onnx",
        "signature": {"uri": "s3://registry/churn/v14.sig", "digest": digest, "signer": "ml-platform"},
        "registry": "s3://registry",
        **changes,
    }
    return ServeConfig.model_validate(data)


def tenures(seed: int, rows: int, shift: float = 0.0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Values whose quarters are the profile's where nothing shifts them."""
    random = np.random.default_rng(seed)
    quarter = random.integers(0, 4, rows)
    low, high = np.array([0, 1, 2, 4])[quarter], np.array([1, 2, 4, 8])[quarter]
    return (random.uniform(low, high) + shift).astype(np.float32)


def answers_of(values: np.ndarray[Any, np.dtype[np.float32]]) -> list[dict[str, object]]:
    """What a model answers whose probability falls with tenure."""
    return [{"label": int(value < 2), "probability": float(1 / (1 + value))} for value in values]
