"""Artifact folders of every format, made with the libraries themselves on small data with seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.spec.documents.model import Feature

INPUTS = [
    Feature(name="age", type="int64", range=[0, 120]),
    Feature(name="income", type="float64", nullable=True),
    Feature(name="plan", type="string", values=["basic", "plus", "pro"], nullable=True),
]
ROWS = 400


def data() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A matrix over INPUTS, and a number that depends on all of them."""
    random = np.random.default_rng(5)
    matrix = np.column_stack(
        [random.integers(0, 120, ROWS), random.normal(50, 20, ROWS), random.integers(0, 3, ROWS)]
    ).astype(np.float32)
    return matrix, (matrix[:, 0] / 120 + matrix[:, 1] / 100 + (matrix[:, 2] == 1)).astype(np.float32)


def describe(folder: Path, **fields: object) -> ArtifactDescription:
    """Write `mlgitops.json`."""
    given: dict[str, Any] = {
        "contract": 1,
        "model": "churn",
        "task": "binaryClassification",
        "framework": "xgboost",
        "format": "xgboost",
        "inputs": INPUTS,
        "target": "churned",
        **fields,
    }
    description = ArtifactDescription(**given)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mlgitops.json").write_text(description.model_dump_json(exclude_defaults=True))
    return description


def xgboost_binary(folder: Path, rounds: int = 12, seed: int = 1) -> Any:
    import xgboost

    describe(folder, classes=["stays", "leaves"])
    matrix, target = data()
    rows = xgboost.DMatrix(matrix, (target > 1.2).astype(int), feature_types=["q", "q", "c"], enable_categorical=True)
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": seed, "eta": 0.2 + seed / 100},
        rows,
        rounds,
    )
    booster.save_model(folder / "model.ubj")
    return booster


def lightgbm_multiclass(folder: Path) -> Any:
    import lightgbm

    describe(
        folder,
        task="multiclassClassification",
        framework="lightgbm",
        format="lightgbm",
        classes=["low", "middle", "high"],
    )
    matrix, target = data()
    rows = lightgbm.Dataset(matrix, np.digitize(target, [0.8, 1.4]), categorical_feature=[2], params={"verbose": -1})
    options = {"objective": "multiclass", "num_class": 3, "verbose": -1, "num_threads": 1, "seed": 1}
    booster = lightgbm.train(options, rows, 10)
    booster.save_model(folder / "model.txt")
    return booster


def sklearn_onnx(
    folder: Path, estimator: Any, task: str, classes: list[Any] | None = None, supervised: bool = True
) -> Any:
    """Any estimator that skl2onnx exports, over the numbers of INPUTS."""
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType

    describe(folder, task=task, framework="sklearn", format="onnx", classes=classes or [])
    matrix, target = data()
    if not supervised:
        estimator.fit(matrix)
    elif classes:
        estimator.fit(matrix, np.digitize(target, [0.8, 1.4][: len(classes) - 1]))
    else:
        estimator.fit(matrix, target)
    options = {id(estimator): {"zipmap": False}} if classes else None
    opset = {"": 18, "ai.onnx.ml": 3}
    graph = skl2onnx.to_onnx(
        estimator, initial_types=[("features", FloatTensorType([None, 3]))], options=options, target_opset=opset
    )
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    return estimator


def custom(folder: Path, code: Path, source: str, **fields: object) -> None:
    """Safetensors with one tensor, and a predictor `answer:Answer` beside a spec."""
    import safetensors.numpy

    describe(folder, framework="torch", format="safetensors", classes=["stays", "leaves"], **fields)
    safetensors.numpy.save_file({"weight": np.float32([0.5])}, folder / "model.safetensors")
    code.mkdir(parents=True, exist_ok=True)
    (code / "answer.py").write_text(source)
