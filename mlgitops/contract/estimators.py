"""What a model without code can be trained with: frameworks and estimators, their tasks, options and ranges.

    refused("sklearn", "linear_model.Ridge", "regression", {"alpha": -1})
    [Refused(option="alpha", message="alpha must be a number of 0 or more, got -1", hint=…)]

Only what was seen to leave an artifact that answers as the library does is here: every scikit-learn estimator is
trained, exported to ONNX and asked by a test. Seen not to: `HistGradientBoosting*` and a binary
`LinearDiscriminantAnalysis` export, and answer otherwise (by 0.59 and 0.15 of a probability); `SVC`, `LinearSVC`,
`RidgeClassifier`, `Perceptron` know no probabilities; `KernelRidge` and most clusterings have no exporter.

Options are the libraries' own, in their `snake_case` or in the specs' camelCase, with `numBoostRound` for boosters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mlgitops.spec.documents.model import Framework, Task

INFINITE = float("inf")
ROUNDS = "num_boost_round"
DEFAULT_ROUNDS = 100
"""Of both boosters; XGBoost's own default, 10, is no model."""


class Whole(NamedTuple):
    """A whole number from `low` to `high`."""

    low: int
    high: int


class Number(NamedTuple):
    """A number from `low` to `high`; not `low` itself where `above`."""

    low: float
    high: float = INFINITE
    above: bool = False


class Choice(NamedTuple):
    """One of these values."""

    values: tuple[str | bool, ...]


class Wholes(NamedTuple):
    """A list of one to `longest` whole numbers."""

    low: int
    high: int
    longest: int


Kind = Whole | Number | Choice | Wholes
Options = Mapping[str, tuple[Kind, ...]]
"""The kinds of values that an option may have, by its name in the library."""

FLAG = (Choice((True, False)),)
ANY = (Number(0),)
POSITIVE = (Number(0, above=True),)
SHARE = (Number(0, 1),)
PART = (Number(0, 1, above=True),)
"""A share that is not none."""
DEPTH = (Whole(1, 64),)
STEPS = (Whole(1, 100_000),)
SEVERAL = (Whole(1, 10_000),)


class Learner(NamedTuple):
    """A scikit-learn estimator that exports."""

    tasks: tuple[Task, ...]
    options: Options
    scaled: bool = False
    """Numbers are brought to mean 0 and deviation 1 first: it minds their size."""
    seeded: bool = False
    """It takes `random_state`."""
    defaults: Mapping[str, str | bool] = {}
    """What is set where the spec says nothing, for the library's default would not do."""


class Booster(NamedTuple):
    """A gradient booster: its objectives by task, the first of them the default, and its other options."""

    objectives: Mapping[Task, tuple[str, ...]]
    options: Options
    aliases: Mapping[str, str]


CLASSIFICATION: tuple[Task, ...] = ("binaryClassification", "multiclassClassification")
REGRESSION: tuple[Task, ...] = ("regression",)
CLUSTERING: tuple[Task, ...] = ("clustering",)
ANOMALIES: tuple[Task, ...] = ("anomalyDetection",)

_BALANCED = {"class_weight": (Choice(("balanced",)),)}
_FEATURES = {"max_features": (Whole(1, 100_000), Number(0, 1, above=True), Choice(("sqrt", "log2")))}
_TREE: Options = {
    "max_depth": DEPTH,
    "min_samples_split": (Whole(2, 1_000_000_000),),
    "min_samples_leaf": (Whole(1, 1_000_000_000),),
    "max_leaf_nodes": (Whole(2, 1_000_000),),
    "min_impurity_decrease": ANY,
    "ccp_alpha": ANY,
    **_FEATURES,
}
_GINI: Options = {"criterion": (Choice(("gini", "entropy", "log_loss")),)}
_SQUARED: Options = {"criterion": (Choice(("squared_error", "friedman_mse", "absolute_error", "poisson")),)}
_FOREST: Options = {**_TREE, "n_estimators": SEVERAL, "bootstrap": FLAG, "max_samples": PART}
_BOOSTING: Options = {
    **_TREE,
    "n_estimators": SEVERAL,
    "learning_rate": POSITIVE,
    "subsample": PART,
    "validation_fraction": (Number(0, 0.99, above=True),),
    "n_iter_no_change": STEPS,
    "tol": ANY,
}
_ADA: Options = {"n_estimators": SEVERAL, "learning_rate": POSITIVE}
_BAGGING: Options = {
    "n_estimators": SEVERAL,
    "max_samples": PART,
    "max_features": PART,
    "bootstrap": FLAG,
    "bootstrap_features": FLAG,
}
_LINEAR: Options = {"fit_intercept": FLAG}
_ITERATED: Options = {"max_iter": STEPS, "tol": ANY}
_NEIGHBORS: Options = {
    "n_neighbors": SEVERAL,
    "weights": (Choice(("uniform", "distance")),),
    "metric": (Choice(("euclidean", "manhattan", "minkowski")),),
    "p": (Whole(1, 2),),
}
_NETWORK: Options = {
    **_ITERATED,
    "hidden_layer_sizes": (Wholes(1, 10_000, 10),),
    "activation": (Choice(("relu", "tanh", "logistic", "identity")),),
    "solver": (Choice(("adam", "lbfgs", "sgd")),),
    "alpha": ANY,
    "learning_rate_init": POSITIVE,
    "batch_size": (Whole(1, 1_000_000),),
    "early_stopping": FLAG,
    "n_iter_no_change": STEPS,
}
_DESCENT: Options = {
    **_LINEAR,
    **_ITERATED,
    "alpha": POSITIVE,
    "penalty": (Choice(("l2", "l1", "elasticnet")),),
    "l1_ratio": SHARE,
    "learning_rate": (Choice(("optimal", "constant", "invscaling", "adaptive")),),
    "eta0": POSITIVE,
    "average": FLAG,
}
_VECTORS: Options = {
    **_ITERATED,
    "kernel": (Choice(("linear", "poly", "rbf", "sigmoid")),),
    "degree": (Whole(1, 10),),
    "gamma": (Number(0, above=True), Choice(("scale", "auto"))),
    "coef0": (Number(-INFINITE),),
}
_MEANS: Options = {
    **_ITERATED,
    "n_clusters": SEVERAL,
    "n_init": (Whole(1, 1000), Choice(("auto",))),
    "init": (Choice(("k-means++", "random")),),
}
_GENERALIZED: Options = {**_LINEAR, **_ITERATED, "alpha": ANY}

ESTIMATORS: Mapping[str, Learner] = {
    "cluster.KMeans": Learner(CLUSTERING, _MEANS, scaled=True, seeded=True),
    "cluster.MiniBatchKMeans": Learner(
        CLUSTERING, {**_MEANS, "batch_size": (Whole(1, 1_000_000),)}, scaled=True, seeded=True
    ),
    "ensemble.AdaBoostClassifier": Learner(CLASSIFICATION, _ADA, seeded=True),
    "ensemble.AdaBoostRegressor": Learner(REGRESSION, _ADA, seeded=True),
    "ensemble.BaggingClassifier": Learner(CLASSIFICATION, _BAGGING, seeded=True),
    "ensemble.BaggingRegressor": Learner(REGRESSION, _BAGGING, seeded=True),
    "ensemble.ExtraTreesClassifier": Learner(CLASSIFICATION, {**_FOREST, **_GINI, **_BALANCED}, seeded=True),
    "ensemble.ExtraTreesRegressor": Learner(REGRESSION, {**_FOREST, **_SQUARED}, seeded=True),
    "ensemble.GradientBoostingClassifier": Learner(CLASSIFICATION, _BOOSTING, seeded=True),
    "ensemble.GradientBoostingRegressor": Learner(
        REGRESSION,
        {
            **_BOOSTING,
            "loss": (Choice(("squared_error", "absolute_error", "huber", "quantile")),),
            "alpha": (Number(0, 0.999, above=True),),
        },
        seeded=True,
    ),
    "ensemble.IsolationForest": Learner(
        ANOMALIES,
        {
            "n_estimators": SEVERAL,
            "max_samples": PART,
            "contamination": (Number(0, 0.5, above=True), Choice(("auto",))),
            "max_features": PART,
            "bootstrap": FLAG,
        },
        seeded=True,
    ),
    "ensemble.RandomForestClassifier": Learner(CLASSIFICATION, {**_FOREST, **_GINI, **_BALANCED}, seeded=True),
    "ensemble.RandomForestRegressor": Learner(REGRESSION, {**_FOREST, **_SQUARED}, seeded=True),
    "linear_model.BayesianRidge": Learner(REGRESSION, {**_LINEAR, **_ITERATED}, scaled=True),
    "linear_model.ElasticNet": Learner(
        REGRESSION,
        {**_LINEAR, **_ITERATED, "alpha": ANY, "l1_ratio": SHARE, "positive": FLAG},
        scaled=True,
        seeded=True,
    ),
    "linear_model.GammaRegressor": Learner(REGRESSION, _GENERALIZED, scaled=True),
    "linear_model.HuberRegressor": Learner(
        REGRESSION, {**_LINEAR, **_ITERATED, "epsilon": (Number(1),), "alpha": ANY}, scaled=True
    ),
    "linear_model.Lasso": Learner(
        REGRESSION, {**_LINEAR, **_ITERATED, "alpha": ANY, "positive": FLAG}, scaled=True, seeded=True
    ),
    "linear_model.LinearRegression": Learner(REGRESSION, {**_LINEAR, "positive": FLAG}, scaled=True),
    "linear_model.LogisticRegression": Learner(
        CLASSIFICATION,
        {
            **_LINEAR,
            **_ITERATED,
            **_BALANCED,
            "C": POSITIVE,
            "l1_ratio": SHARE,
            "solver": (Choice(("lbfgs", "newton-cg", "newton-cholesky", "saga")),),
        },
        scaled=True,
        seeded=True,
    ),
    "linear_model.PoissonRegressor": Learner(REGRESSION, _GENERALIZED, scaled=True),
    "linear_model.QuantileRegressor": Learner(
        REGRESSION, {**_LINEAR, "quantile": (Number(0, 0.999, above=True),), "alpha": ANY}, scaled=True
    ),
    "linear_model.Ridge": Learner(
        REGRESSION, {**_LINEAR, **_ITERATED, "alpha": ANY, "positive": FLAG}, scaled=True, seeded=True
    ),
    "linear_model.SGDClassifier": Learner(
        CLASSIFICATION,
        {**_DESCENT, **_BALANCED, "loss": (Choice(("log_loss",)),)},
        scaled=True,
        seeded=True,
        defaults={"loss": "log_loss"},
    ),
    "linear_model.SGDOneClassSVM": Learner(
        ANOMALIES, {**_LINEAR, **_ITERATED, "nu": PART, "average": FLAG}, scaled=True, seeded=True
    ),
    "linear_model.SGDRegressor": Learner(
        REGRESSION,
        {**_DESCENT, "loss": (Choice(("squared_error", "huber", "epsilon_insensitive")),), "epsilon": ANY},
        scaled=True,
        seeded=True,
    ),
    "linear_model.TweedieRegressor": Learner(REGRESSION, {**_GENERALIZED, "power": (Number(0, 3),)}, scaled=True),
    "naive_bayes.BernoulliNB": Learner(CLASSIFICATION, {"alpha": ANY, "fit_prior": FLAG}, scaled=True),
    "naive_bayes.GaussianNB": Learner(CLASSIFICATION, {"var_smoothing": ANY}, scaled=True),
    "neighbors.KNeighborsClassifier": Learner(CLASSIFICATION, _NEIGHBORS, scaled=True),
    "neighbors.KNeighborsRegressor": Learner(REGRESSION, _NEIGHBORS, scaled=True),
    "neighbors.LocalOutlierFactor": Learner(
        ANOMALIES,
        {"n_neighbors": SEVERAL, "contamination": (Number(0, 0.5, above=True), Choice(("auto",)))},
        scaled=True,
        defaults={"novelty": True},
    ),
    "neural_network.MLPClassifier": Learner(CLASSIFICATION, _NETWORK, scaled=True, seeded=True),
    "neural_network.MLPRegressor": Learner(REGRESSION, _NETWORK, scaled=True, seeded=True),
    "svm.LinearSVR": Learner(
        REGRESSION, {**_LINEAR, **_ITERATED, "C": POSITIVE, "epsilon": ANY}, scaled=True, seeded=True
    ),
    "svm.NuSVR": Learner(REGRESSION, {**_VECTORS, "C": POSITIVE, "nu": PART}, scaled=True),
    "svm.OneClassSVM": Learner(ANOMALIES, {**_VECTORS, "nu": PART}, scaled=True),
    "svm.SVR": Learner(REGRESSION, {**_VECTORS, "C": POSITIVE, "epsilon": ANY}, scaled=True),
    "tree.DecisionTreeClassifier": Learner(CLASSIFICATION, {**_TREE, **_GINI, **_BALANCED}, seeded=True),
    "tree.DecisionTreeRegressor": Learner(REGRESSION, {**_TREE, **_SQUARED}, seeded=True),
    "tree.ExtraTreeClassifier": Learner(CLASSIFICATION, {**_TREE, **_GINI, **_BALANCED}, seeded=True),
    "tree.ExtraTreeRegressor": Learner(REGRESSION, {**_TREE, **_SQUARED}, seeded=True),
}

XGBOOST = Booster(
    objectives={
        "binaryClassification": ("binary:logistic",),
        "multiclassClassification": ("multi:softprob",),
        "regression": (
            "reg:squarederror",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:squaredlogerror",
            "reg:gamma",
            "reg:tweedie",
            "count:poisson",
        ),
    },
    options={
        ROUNDS: STEPS,
        "booster": (Choice(("gbtree", "dart")),),
        "eta": PART,
        "gamma": ANY,
        "max_depth": (Whole(0, 64),),
        "max_leaves": (Whole(0, 1_000_000),),
        "min_child_weight": ANY,
        "max_delta_step": ANY,
        "subsample": PART,
        "colsample_bytree": PART,
        "colsample_bylevel": PART,
        "colsample_bynode": PART,
        "lambda": ANY,
        "alpha": ANY,
        "scale_pos_weight": POSITIVE,
        "tree_method": (Choice(("hist", "approx")),),
        "grow_policy": (Choice(("depthwise", "lossguide")),),
        "max_bin": (Whole(2, 65_535),),
        "num_parallel_tree": (Whole(1, 1000),),
        "max_cat_to_onehot": (Whole(1, 10_000),),
        "max_cat_threshold": (Whole(1, 10_000),),
        "rate_drop": SHARE,
        "skip_drop": SHARE,
        "one_drop": FLAG,
        "sample_type": (Choice(("uniform", "weighted")),),
        "normalize_type": (Choice(("tree", "forest")),),
        "tweedie_variance_power": (Number(1, 2, above=True),),
        "huber_slope": POSITIVE,
    },
    aliases={
        "learning_rate": "eta",
        "min_split_loss": "gamma",
        "reg_lambda": "lambda",
        "reg_alpha": "alpha",
        "n_estimators": ROUNDS,
    },
)

LIGHTGBM = Booster(
    objectives={
        "binaryClassification": ("binary",),
        "multiclassClassification": ("multiclass", "multiclassova"),
        "regression": (
            "regression",
            "regression_l1",
            "huber",
            "fair",
            "quantile",
            "mape",
            "poisson",
            "gamma",
            "tweedie",
        ),
    },
    options={
        ROUNDS: STEPS,
        "learning_rate": PART,
        "num_leaves": (Whole(2, 131_072),),
        "max_depth": (Whole(-1, 64),),
        "min_data_in_leaf": (Whole(0, 1_000_000_000),),
        "min_sum_hessian_in_leaf": ANY,
        "bagging_fraction": PART,
        "bagging_freq": (Whole(0, 10_000),),
        "feature_fraction": PART,
        "feature_fraction_bynode": PART,
        "lambda_l1": ANY,
        "lambda_l2": ANY,
        "min_gain_to_split": ANY,
        "max_bin": (Whole(2, 65_535),),
        "min_data_in_bin": (Whole(1, 1_000_000_000),),
        "max_delta_step": ANY,
        "path_smooth": ANY,
        "extra_trees": FLAG,
        "data_sample_strategy": (Choice(("bagging", "goss")),),
        "top_rate": SHARE,
        "other_rate": SHARE,
        "is_unbalance": FLAG,
        "scale_pos_weight": POSITIVE,
        "cat_smooth": ANY,
        "cat_l2": ANY,
        "max_cat_threshold": (Whole(1, 10_000),),
        "max_cat_to_onehot": (Whole(1, 10_000),),
        "min_data_per_group": (Whole(1, 1_000_000_000),),
        "alpha": POSITIVE,
        "fair_c": POSITIVE,
        "tweedie_variance_power": (Number(1, 2),),
    },
    aliases={
        "num_iterations": ROUNDS,
        "n_estimators": ROUNDS,
        "eta": "learning_rate",
        "min_child_samples": "min_data_in_leaf",
        "min_child_weight": "min_sum_hessian_in_leaf",
        "subsample": "bagging_fraction",
        "subsample_freq": "bagging_freq",
        "colsample_bytree": "feature_fraction",
        "reg_alpha": "lambda_l1",
        "reg_lambda": "lambda_l2",
        "min_split_gain": "min_gain_to_split",
    },
)

BOOSTERS: Mapping[Framework, Booster] = {"xgboost": XGBOOST, "lightgbm": LIGHTGBM}


class Refused(NamedTuple):
    """Something of a spec's training that cannot work; `option` is its name in the spec, None for the estimator."""

    option: str | None
    message: str
    hint: str


def refused(
    framework: Framework, estimator: str | None, task: Task, hyperparameters: Mapping[str, object]
) -> list[Refused]:
    """What of a model without code cannot be trained, in the options' order. Code's own options are its own matter."""
    if framework == "sklearn":
        return _refused_estimator(estimator, task) or _refused_options(
            ESTIMATORS[estimator or ""].options, {}, hyperparameters, estimator or ""
        )
    booster = BOOSTERS.get(framework)
    if booster is None:
        return []
    if task not in booster.objectives:
        tasks = ", ".join(booster.objectives)
        message = f"framework {framework} must have one of the tasks {tasks}, got {task}"
        return [Refused(None, message, "framework sklearn has estimators for it")]
    options = {**booster.options, "objective": (Choice(booster.objectives[task]),)}
    return _refused_options(options, booster.aliases, hyperparameters, framework)


def library_options(framework: Framework, hyperparameters: Mapping[str, object]) -> dict[str, object]:
    """Options that `refused` finds nothing wrong with, by their names in the library."""
    aliases = BOOSTERS[framework].aliases if framework in BOOSTERS else {}
    return {_canonical(name, aliases): value for name, value in hyperparameters.items()}


def estimators_of(task: Task) -> list[str]:
    """The scikit-learn estimators of a task, sorted."""
    return sorted(name for name, learner in ESTIMATORS.items() if task in learner.tasks)


def snake_case(name: str) -> str:
    """`maxDepth` as `max_depth`; a name of one letter stays: `C`."""
    return name if len(name) == 1 else re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _canonical(name: str, aliases: Mapping[str, str]) -> str:
    snake = snake_case(name)
    return aliases.get(snake, snake)


def _refused_estimator(estimator: str | None, task: Task) -> list[Refused]:
    known = ", ".join(estimators_of(task))
    if estimator is None:
        return [Refused(None, "training.estimator must name a scikit-learn class, got none", f"one of {known}")]
    if estimator not in ESTIMATORS:
        message = f"training.estimator must be one that exports to ONNX and answers as before, got {estimator[:80]!r}"
        return [Refused(None, message, f"one of {known}; framework xgboost or lightgbm for larger data")]
    if task not in ESTIMATORS[estimator].tasks:
        message = f"{estimator} must have task {' or '.join(ESTIMATORS[estimator].tasks)}, got {task}"
        return [Refused(None, message, f"for {task}: {known}")]
    return []


def _refused_options(
    options: Options, aliases: Mapping[str, str], given: Mapping[str, object], owner: str
) -> list[Refused]:
    found: list[Refused] = []
    seen: dict[str, str] = {}
    for name, value in given.items():
        canonical = _canonical(name, aliases)
        kinds = options.get(canonical)
        if kinds is None:
            known = ", ".join(sorted(options))
            message = f"hyperparameters must be options of {owner}, got {name[:80]!r}"
            found.append(Refused(name, message, f"its options, in camelCase or as here: {known}"))
        elif canonical in seen:
            message = f"an option must be given once, got {seen[canonical]} and {name}"
            found.append(Refused(name, message, "keep one of them"))
        elif not any(_fits(value, kind) for kind in kinds):
            expected = " or ".join(_words(kind) for kind in kinds)
            found.append(Refused(name, f"{name} must be {expected}, got {_shown(value)}", "change it in the spec"))
        seen.setdefault(canonical, name)
    return found


def _fits(value: object, kind: Kind) -> bool:
    match kind:
        case Whole(low, high):
            return type(value) is int and low <= value <= high
        case Number(low, high, above):
            if type(value) is not int and type(value) is not float:
                return False
            return (low < value if above else low <= value) and value <= high and abs(value) < INFINITE
        case Choice(values):
            return any(type(value) is type(known) and value == known for known in values)
        case Wholes(low, high, longest):
            return isinstance(value, Sequence) and _all_whole(value, low, high) and 1 <= len(value) <= longest


def _all_whole(values: Sequence[object], low: int, high: int) -> bool:
    return all(type(value) is int and low <= value <= high for value in values)


def _words(kind: Kind) -> str:
    match kind:
        case Whole(low, high):
            return f"a whole number from {low} to {high}"
        case Number(low, high, above):
            if low == -INFINITE:
                return "a number"
            lower = f"above {low:g}" if above else f"of {low:g} or more"
            return f"a number {lower}" + ("" if high == INFINITE else f" and at most {high:g}")
        case Choice(values):
            return " or ".join(str(value).lower() if isinstance(value, bool) else value for value in values)
        case Wholes(low, high, longest):
            return f"a list of at most {longest} whole numbers from {low} to {high}"


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 80 else f"{text[:79]}…"
