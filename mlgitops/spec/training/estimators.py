"""The scikit-learn classes that the built-in trainer takes: those that leave an ONNX model which answers as they do.

Each was exported with skl2onnx 1.20 from scikit-learn 1.9 behind an imputer and a scaler, float32 in, and compared with
its own predictions in ONNX Runtime; classifiers must have probabilities. `options_of` has the options of each with
their bounds, from `estimators.json`, which `tools/write_estimators.py` writes from scikit-learn's own declarations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from mlgitops.spec.documents.model import Task
from mlgitops.spec.training.option import Option, Span

FILE = "estimators.json"

CLASSIFICATION: tuple[Task, ...] = ("binaryClassification", "multiclassClassification")

CLASSES: Mapping[tuple[Task, ...], tuple[str, ...]] = {
    CLASSIFICATION: (
        "discriminant_analysis.QuadraticDiscriminantAnalysis",
        "ensemble.AdaBoostClassifier",
        "ensemble.BaggingClassifier",
        "ensemble.ExtraTreesClassifier",
        "ensemble.GradientBoostingClassifier",
        "ensemble.RandomForestClassifier",
        "linear_model.LogisticRegression",
        "linear_model.LogisticRegressionCV",
        "naive_bayes.BernoulliNB",
        "naive_bayes.GaussianNB",
        "neighbors.KNeighborsClassifier",
        "neural_network.MLPClassifier",
        "tree.DecisionTreeClassifier",
        "tree.ExtraTreeClassifier",
    ),
    ("regression",): (
        "ensemble.AdaBoostRegressor",
        "ensemble.BaggingRegressor",
        "ensemble.ExtraTreesRegressor",
        "ensemble.GradientBoostingRegressor",
        "ensemble.RandomForestRegressor",
        "linear_model.ARDRegression",
        "linear_model.BayesianRidge",
        "linear_model.ElasticNet",
        "linear_model.ElasticNetCV",
        "linear_model.GammaRegressor",
        "linear_model.HuberRegressor",
        "linear_model.Lars",
        "linear_model.LarsCV",
        "linear_model.Lasso",
        "linear_model.LassoCV",
        "linear_model.LassoLars",
        "linear_model.LassoLarsCV",
        "linear_model.LassoLarsIC",
        "linear_model.LinearRegression",
        "linear_model.OrthogonalMatchingPursuit",
        "linear_model.OrthogonalMatchingPursuitCV",
        "linear_model.PoissonRegressor",
        "linear_model.QuantileRegressor",
        "linear_model.Ridge",
        "linear_model.RidgeCV",
        "linear_model.SGDRegressor",
        "linear_model.TheilSenRegressor",
        "linear_model.TweedieRegressor",
        "neighbors.KNeighborsRegressor",
        "neural_network.MLPRegressor",
        "svm.LinearSVR",
        "svm.NuSVR",
        "svm.SVR",
        "tree.DecisionTreeRegressor",
        "tree.ExtraTreeRegressor",
    ),
    ("clustering",): (
        "cluster.KMeans",
        "cluster.MiniBatchKMeans",
        "mixture.BayesianGaussianMixture",
        "mixture.GaussianMixture",
    ),
    ("anomalyDetection",): (
        "ensemble.IsolationForest",
        "linear_model.SGDOneClassSVM",
        "neighbors.LocalOutlierFactor",
        "svm.OneClassSVM",
    ),
}
"""Tasks → the classes for them, by their module below `sklearn`."""

ESTIMATORS: Mapping[str, tuple[Task, ...]] = {name: tasks for tasks, names in CLASSES.items() for name in names}
"""Class → its tasks."""

NO_EXPORT = "its ONNX model answers otherwise than it does itself"
NO_CONVERTER = "skl2onnx cannot export it"
NO_PROBABILITY = "it has no probabilities, which answers and metrics need"
KNOWN_UNFIT: Mapping[str, tuple[str, str]] = {
    "discriminant_analysis.LinearDiscriminantAnalysis": (NO_EXPORT, "linear_model.LogisticRegression"),
    "ensemble.HistGradientBoostingClassifier": (NO_EXPORT, "framework lightgbm, which is its model"),
    "ensemble.HistGradientBoostingRegressor": (NO_EXPORT, "framework lightgbm, which is its model"),
    "cluster.AffinityPropagation": (NO_CONVERTER, "cluster.KMeans"),
    "cluster.Birch": (NO_CONVERTER, "cluster.KMeans"),
    "cluster.BisectingKMeans": (NO_CONVERTER, "cluster.KMeans"),
    "cluster.DBSCAN": (NO_CONVERTER, "cluster.KMeans"),
    "cluster.MeanShift": (NO_CONVERTER, "cluster.KMeans"),
    "covariance.EllipticEnvelope": (NO_CONVERTER, "ensemble.IsolationForest"),
    "kernel_ridge.KernelRidge": (NO_CONVERTER, "svm.SVR"),
    "linear_model.Perceptron": (NO_PROBABILITY, "linear_model.LogisticRegression"),
    "linear_model.RidgeClassifier": (NO_PROBABILITY, "linear_model.LogisticRegression"),
    "linear_model.SGDClassifier": (NO_PROBABILITY, "linear_model.LogisticRegression"),
    "svm.LinearSVC": (NO_PROBABILITY, "linear_model.LogisticRegression"),
    "svm.NuSVC": (NO_PROBABILITY, "linear_model.LogisticRegression"),
    "svm.SVC": (NO_PROBABILITY, "linear_model.LogisticRegression"),
}
"""Classes that people will ask for: why they cannot be served, and what can."""


@cache
def options_of(estimator: str) -> Mapping[str, Option]:
    """The options of one of `ESTIMATORS`, by their names in specs."""
    return {name: _option(name, declared) for name, declared in _declared()[estimator].items()}


@cache
def _declared() -> dict[str, dict[str, dict[str, Any]]]:
    # The module's own loader has the file at hand; importlib.resources would take 10 ms to import.
    loader: Any = __spec__.loader
    declared: dict[str, dict[str, dict[str, Any]]] = json.loads(
        loader.get_data(f"{__file__.rpartition('/')[0]}/{FILE}")
    )
    return declared


def _option(name: str, declared: dict[str, Any]) -> Option:
    return Option(
        name,
        declared["library"],
        tuple(Span(*span) for span in declared.get("spans", ())),
        tuple(declared.get("choices", ())),
        declared.get("boolean", False),
        declared.get("items", False),
    )
