"""Every estimator of the list trains, exports, and is answered for by ONNX Runtime as by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from mlgitops.contract.parts import Predictor
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.artifact import of_model, write_artifact
from mlgitops.runtime.frameworks.sklearn import TOLERANCE, exported, trained, training_scores
from mlgitops.runtime.predict import load_model
from mlgitops.spec.training.estimators import ESTIMATORS
from tests.runtime.frameworks.learnable import data_of, run_inputs, table

QUICK = {
    "discriminant_analysis.QuadraticDiscriminantAnalysis": {"regParam": 0.1},
    "ensemble.ExtraTrees": {"nEstimators": 8},
    "ensemble.RandomForest": {"nEstimators": 8},
    "linear_model.LogisticRegressionCV": {"maxIter": 300},
    "ensemble.IsolationForest": {"nEstimators": 8},
    "neural_network.MLP": {"tol": 0.01, "maxIter": 2000, "hiddenLayerSizes": [8, 4]},
}
EVERY = [(name, task) for name, tasks in ESTIMATORS.items() for task in tasks]


def options_of(name: str) -> dict[str, Any]:
    return next((options for start, options in QUICK.items() if name.startswith(start)), {})


@pytest.mark.parametrize(("name", "task"), EVERY)
def test_an_exported_estimator_answers_as_it_did(name: str, task: str, tmp_path: Path) -> None:
    inputs = run_inputs(task, framework="sklearn", estimator=name, hyperparameters=options_of(name))
    data = data_of(inputs)
    pipeline = trained(inputs, data)
    write_artifact(
        tmp_path / "artifact", inputs, data.features, data.classes, of_model("onnx", exported(pipeline, inputs, data))
    )
    columns = table().select([feature.name for feature in data.features]).to_pydict()
    answers = load_model(tmp_path / "artifact", Predictor()).answers(columns)
    got = np.array([list(answer.values())[-1] for answer in answers], object)
    if task == "binaryClassification":
        np.testing.assert_allclose(got.astype(float), pipeline.predict_proba(data.matrix)[:, 1], atol=TOLERANCE)
    elif task == "multiclassClassification":
        probabilities = [[answer["probabilities"][str(label)] for label in (0, 1, 2)] for answer in answers]
        np.testing.assert_allclose(probabilities, pipeline.predict_proba(data.matrix), atol=TOLERANCE)
    elif task == "regression":
        wanted = pipeline.predict(data.matrix)
        np.testing.assert_allclose(got.astype(float), wanted, rtol=TOLERANCE, atol=TOLERANCE)
    elif task == "clustering":
        assert got.tolist() == pipeline.predict(data.matrix).tolist()
    else:
        odd = [answer["anomaly"] for answer in answers]
        assert odd == (pipeline.predict(data.matrix) == -1).tolist()


def test_the_graph_is_of_pinned_opsets_and_takes_one_float32_matrix() -> None:
    inputs = run_inputs("regression", framework="sklearn", estimator="linear_model.Ridge")
    data = data_of(inputs)
    graph = onnx.load_from_string(exported(trained(inputs, data), inputs, data))
    assert {entry.domain: entry.version for entry in graph.opset_import}[""] == 18
    (given,) = graph.graph.input
    assert given.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert [dimension.dim_value for dimension in given.type.tensor_type.shape.dim] == [0, 4]


def test_training_scores_are_of_the_training_data() -> None:
    inputs = run_inputs("regression", framework="sklearn", estimator="linear_model.LinearRegression")
    data = data_of(inputs)
    pipeline = trained(inputs, data)
    off = pipeline.predict(data.matrix) - data.target
    scores = training_scores(pipeline, inputs, data)
    assert scores == {"rmse": pytest.approx(np.sqrt(np.mean(off**2))), "mae": pytest.approx(np.mean(np.abs(off)))}


@pytest.mark.parametrize(
    ("estimator", "hyperparameters", "said"),
    [
        ("ensemble.HistGradientBoostingClassifier", {}, "an estimator must be one that exports"),
        ("linear_model.Ridge", {}, "an estimator must be one that exports, for task binaryClassification"),
        ("linear_model.LogisticRegression", {"C": -1}, "C must be a number"),
        ("linear_model.LogisticRegression", {"depth": 1}, "hyperparameters must be options of linear_model"),
    ],
)
def test_what_cannot_work_is_refused(estimator: str, hyperparameters: dict[str, Any], said: str) -> None:
    fields = {"framework": "sklearn", "estimator": estimator, "hyperparameters": hyperparameters}
    inputs = run_inputs("binaryClassification", **fields)
    with pytest.raises(RunProblem) as refused:
        trained(inputs, data_of(inputs))
    assert refused.value.code == "train/option"
    assert said in refused.value.message


def test_a_size_that_the_data_cannot_have_is_refused_in_words() -> None:
    inputs = run_inputs(
        "clustering", framework="sklearn", estimator="cluster.KMeans", hyperparameters={"nClusters": 1000}
    )
    with pytest.raises(RunProblem) as refused:
        trained(inputs, data_of(inputs))
    assert refused.value.code == "train/refused"
    assert "n_samples=300 should be >= n_clusters=1000" in refused.value.message


def test_a_graph_that_answers_otherwise_becomes_no_artifact() -> None:
    """Two trainings of different data stand in for an exporter that is wrong, as that of HistGradientBoosting is."""
    from mlgitops.runtime.frameworks import sklearn

    inputs = run_inputs("regression", framework="sklearn", estimator="tree.DecisionTreeRegressor")
    data = data_of(inputs)
    other = trained(inputs, data.rows(0, 100))
    graph = exported(trained(inputs, data), inputs, data)
    with pytest.raises(RunProblem) as refused:
        sklearn._compare(other, graph, "regression", data.matrix)
    assert refused.value.code == "train/export"
