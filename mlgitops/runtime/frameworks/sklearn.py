"""scikit-learn without code: an estimator of the list in a pipeline, exported to ONNX as `model.onnx`.

    numbers      median where missing; mean 0 and deviation 1 where the estimator minds their size (all but trees)
    categories   a column each of one-hot encoding, and one for what is missing or unknown

The graph takes one float32 matrix (rows, features), as every model, and answers in this order:

    classification     label (rows,): its place in `classes`; probabilities (rows, classes)
    regression         value (rows, 1)
    clustering         label (rows,): the cluster; scores (rows, clusters)
    anomalyDetection   label (rows, 1) or (rows,): -1 for an anomaly, else 1; scores: the lower the odder

What the graph answers is compared with the estimator's own answers on training rows before it becomes an artifact.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.options import checked_options
from mlgitops.runtime.frameworks.prepared import CLASSIFICATION, Prepared
from mlgitops.spec.documents.model import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlgitops.runtime.matrix import Matrix

OPSETS = {"": 18, "ai.onnx.ml": 3}
"""Pinned: the exporter's newest would change with its version, and old servers could not read it."""
TOLERANCE = 1e-4
"""How far the graph's numbers may be from the estimator's, of 1 or of the value where that is larger."""
COMPARED = 1000
"""Rows asked for that; spread over the data."""
_UNSCALED = ("ensemble.", "tree.")
"""Trees split at any size."""
_SETTLED: Mapping[str, Mapping[str, object]] = {
    "linear_model.LogisticRegressionCV": {
        "l1_ratios": (0.0,),
        "scoring": "neg_log_loss",
        "use_legacy_attributes": False,
    }
}
"""Defaults that scikit-learn is about to change."""
_PARALLEL = ("ensemble.ExtraTrees", "ensemble.RandomForest")
"""Trees of a forest may grow at once: the result is the same."""


def trained(inputs: RunInputs, data: Prepared, threads: int = 1) -> Any:
    """The fitted pipeline.

    Raises RunProblem: `train/option`, `train/refused` where the estimator will not have the data.
    """
    from threadpoolctl import threadpool_limits

    options = checked_options(inputs)
    pipeline = _pipeline(inputs, data, options, threads)
    target = data.target
    if target is not None and inputs.task in CLASSIFICATION:
        target = target.astype(np.int64)
    try:
        with threadpool_limits(limits=1):
            return pipeline.fit(data.matrix, target)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        message = f"{inputs.estimator} must be able to train this, got: {str(error)[:500]}"
        raise RunProblem("train/refused", message, "change the options, or look at the data") from None


def exported(pipeline: Any, inputs: RunInputs, data: Prepared) -> bytes:
    """The pipeline as an ONNX graph that answers as it does.

    Raises RunProblem: `train/diverged`, `train/export`.
    """
    from skl2onnx import to_onnx

    options = {id(pipeline): {"zipmap": False}} if inputs.task in CLASSIFICATION else None
    graph = to_onnx(pipeline, data.matrix[:1], name=inputs.model, options=options, target_opset=dict(OPSETS))
    opsets = sorted(graph.opset_import, key=lambda opset: str(opset.domain))  # the exporter has them in a set
    del graph.opset_import[:]
    graph.opset_import.extend(opsets)
    text: bytes = graph.SerializeToString(deterministic=True)
    _compare(pipeline, text, inputs.task, data.matrix[:: max(1, len(data.matrix) // COMPARED)])
    return text


def training_scores(pipeline: Any, inputs: RunInputs, data: Prepared) -> dict[str, float]:
    """Metrics on the training data: what the run reports."""
    from sklearn import metrics

    if inputs.task in CLASSIFICATION:
        probabilities = pipeline.predict_proba(data.matrix)
        return {
            "accuracy": float(metrics.accuracy_score(data.target, probabilities.argmax(axis=1))),
            "logLoss": float(metrics.log_loss(data.target, probabilities, labels=range(len(data.classes)))),
        }
    if inputs.task == "regression":
        answers = pipeline.predict(data.matrix)
        return {
            "rmse": float(metrics.root_mean_squared_error(data.target, answers)),
            "mae": float(metrics.mean_absolute_error(data.target, answers)),
        }
    if inputs.task == "clustering":
        return {"score": float(pipeline.score(data.matrix))}
    return {"anomalyShare": float(np.mean(pipeline.predict(data.matrix) == -1))}


def _pipeline(inputs: RunInputs, data: Prepared, options: dict[str, object], threads: int) -> Any:
    from sklearn.pipeline import make_pipeline

    name = inputs.estimator or ""
    module, _, kind = name.rpartition(".")
    estimator = getattr(importlib.import_module(f"sklearn.{module}"), kind)()
    own = {"random_state": inputs.seed, "novelty": True}
    taken = {key: value for key, value in own.items() if key in estimator.get_params()}
    arguments: dict[str, object] = {**taken, **_SETTLED.get(name, {}), **options}
    if name.startswith(_PARALLEL):
        arguments["n_jobs"] = threads
    if "hidden_layer_sizes" in arguments:
        arguments["hidden_layer_sizes"] = tuple(_list(arguments["hidden_layer_sizes"]))
    estimator.set_params(**arguments)
    return make_pipeline(_columns(data, scaled=not name.startswith(_UNSCALED)), estimator)


def _columns(data: Prepared, *, scaled: bool) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    places = range(len(data.features))
    categories = [place for place in places if data.features[place].type == "string"]
    numbers = [place for place in places if place not in categories]
    parts: list[tuple[str, Any, list[int]]] = []
    if numbers:
        filled = SimpleImputer(strategy="median", keep_empty_features=True)
        parts.append(("numbers", make_pipeline(filled, *([StandardScaler()] if scaled else [])), numbers))
    if categories:
        codes = [np.arange(-1, len(data.features[place].values or ()), dtype=np.float32) for place in categories]
        encoder = OneHotEncoder(categories=codes, handle_unknown="ignore", sparse_output=False, dtype=np.float32)
        filled = SimpleImputer(strategy="constant", fill_value=-1.0)
        parts.append(("categories", make_pipeline(filled, encoder), categories))
    return ColumnTransformer(parts)


def _list(value: object) -> list[object]:
    assert isinstance(value, list | tuple)
    return list(value)


def _compare(pipeline: Any, graph: bytes, task: Task, rows: Matrix) -> None:
    wanted = _own_answers(pipeline, task, rows)
    got = _graph_answers(graph, task, rows)
    if not all(np.isfinite(answer).all() for answer in wanted):
        message = "answers on the training data must be finite, got NaN or infinite ones"
        raise RunProblem("train/diverged", message, "look at the target's range, or train with a smaller step")
    for one, other in zip(wanted, got, strict=True):
        off = float(np.max(np.abs(one - other) / np.maximum(np.abs(one), 1.0), initial=0.0))
        if not off <= TOLERANCE:
            message = f"the exported model must answer as the trained one within {TOLERANCE:g}, got {off:g} off"
            raise RunProblem("train/export", message, "choose another estimator, or other options of it")


def _own_answers(pipeline: Any, task: Task, rows: Matrix) -> Sequence[np.ndarray[Any, Any]]:
    if task in CLASSIFICATION:
        return [pipeline.predict_proba(rows)]
    if task == "anomalyDetection":
        return [pipeline.decision_function(rows).ravel()]
    return [pipeline.predict(rows).astype(np.float64).ravel()]


def _graph_answers(graph: bytes, task: Task, rows: Matrix) -> Sequence[np.ndarray[Any, Any]]:
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph, settings, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: rows})
    if task in CLASSIFICATION:
        return [answers[1]]
    return [answers[1].ravel()] if task == "anomalyDetection" else [answers[0].ravel()]
