"""The options of the built-in XGBoost and LightGBM trainers.

Bounds are those of the libraries' own documentation ("XGBoost Parameters" of 3.2, "Parameters" of LightGBM 4.7) and of
what they refuse when asked. What a spec says elsewhere (the seed, threads, devices, classes) is no option: `ELSEWHERE`
says where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlgitops.spec.documents.model import Framework, Task
from mlgitops.spec.training.option import Option, Span, camel_case


def _whole(name: str, low: float | None = None, high: float | None = None) -> Option:
    return Option(camel_case(name), name, (Span("whole", low, high),))


def _number(name: str, low: float | None = None, high: float | None = None) -> Option:
    return Option(camel_case(name), name, (Span("number", low, high),))


def _positive(name: str, high: float | None = None) -> Option:
    return Option(camel_case(name), name, (Span("number", 0, high, "right"),))


def _share(name: str) -> Option:
    """A part of something, which must be some of it."""
    return _positive(name, 1)


def _choice(name: str, *choices: str) -> Option:
    return Option(camel_case(name), name, choices=choices)


def _switch(name: str) -> Option:
    return Option(camel_case(name), name, boolean=True)


def _items(name: str) -> Option:
    return Option(camel_case(name), name, items=True)


def _table(options: Sequence[Option]) -> Mapping[str, Option]:
    return {option.name: option for option in options}


XGBOOST: Mapping[str, Option] = _table(
    (
        _whole("num_boost_round", 1, 1_000_000),
        _choice("booster", "gbtree", "dart"),
        _share("eta"),
        _share("learning_rate"),
        _number("gamma", 0),
        _number("min_split_loss", 0),
        _whole("max_depth", 0),
        _whole("max_leaves", 0),
        _whole("max_bin", 2),
        _number("min_child_weight", 0),
        _number("max_delta_step", 0),
        _share("subsample"),
        _choice("sampling_method", "uniform", "gradient_based"),
        _share("colsample_bytree"),
        _share("colsample_bylevel"),
        _share("colsample_bynode"),
        _number("lambda", 0),
        _number("reg_lambda", 0),
        _number("alpha", 0),
        _number("reg_alpha", 0),
        _choice("tree_method", "auto", "exact", "approx", "hist"),
        _choice("grow_policy", "depthwise", "lossguide"),
        _positive("scale_pos_weight"),
        _whole("num_parallel_tree", 1),
        _whole("max_cat_to_onehot", 1),
        _whole("max_cat_threshold", 1),
        _items("monotone_constraints"),
        _items("interaction_constraints"),
        _number("base_score"),
        _choice("multi_strategy", "one_output_per_tree", "multi_output_tree"),
        _choice("sample_type", "uniform", "weighted"),
        _choice("normalize_type", "tree", "forest"),
        _number("rate_drop", 0, 1),
        _number("skip_drop", 0, 1),
        Option("oneDrop", "one_drop", (Span("whole", 0, 1),), boolean=True),
        _choice("objective"),
        Option("tweedieVariancePower", "tweedie_variance_power", (Span("number", 1, 2, "left"),)),
        _positive("huber_slope"),
        Option("quantileAlpha", "quantile_alpha", (Span("number", 0, 1, "neither"),)),
    )
)

LIGHTGBM: Mapping[str, Option] = _table(
    (
        _whole("num_boost_round", 1, 1_000_000),
        _choice("boosting", "gbdt", "dart"),
        _choice("data_sample_strategy", "bagging", "goss"),
        _positive("learning_rate"),
        _whole("num_leaves", 2, 131_072),
        _whole("max_depth"),
        _whole("min_data_in_leaf", 0),
        _number("min_sum_hessian_in_leaf", 0),
        _share("bagging_fraction"),
        _share("pos_bagging_fraction"),
        _share("neg_bagging_fraction"),
        _whole("bagging_freq", 0),
        _share("feature_fraction"),
        _share("feature_fraction_bynode"),
        _switch("extra_trees"),
        _number("max_delta_step"),
        _number("lambda_l1", 0),
        _number("lambda_l2", 0),
        _switch("linear_tree"),
        _number("linear_lambda", 0),
        _number("min_gain_to_split", 0),
        _number("drop_rate", 0, 1),
        _whole("max_drop"),
        _number("skip_drop", 0, 1),
        _switch("xgboost_dart_mode"),
        _switch("uniform_drop"),
        _number("top_rate", 0, 1),
        _number("other_rate", 0, 1),
        _whole("min_data_per_group", 1),
        _whole("max_cat_threshold", 1),
        _number("cat_l2", 0),
        _number("cat_smooth", 0),
        _whole("max_cat_to_onehot", 1),
        _items("monotone_constraints"),
        _choice("monotone_constraints_method", "basic", "intermediate", "advanced"),
        _number("monotone_penalty", 0),
        _items("interaction_constraints"),
        _items("feature_contri"),
        _number("path_smooth", 0),
        _whole("max_bin", 2),
        _items("max_bin_by_feature"),
        _whole("min_data_in_bin", 1),
        _whole("bin_construct_sample_cnt", 1),
        _switch("enable_bundle"),
        _switch("use_missing"),
        _switch("zero_as_missing"),
        _switch("feature_pre_filter"),
        _switch("boost_from_average"),
        _switch("is_unbalance"),
        _positive("scale_pos_weight"),
        _positive("sigmoid"),
        _choice("objective"),
        _switch("reg_sqrt"),
        _positive("alpha"),
        _positive("fair_c"),
        _positive("poisson_max_delta_step"),
        Option("tweedieVariancePower", "tweedie_variance_power", (Span("number", 1, 2, "left"),)),
    )
)

OPTIONS: Mapping[Framework, Mapping[str, Option]] = {"xgboost": XGBOOST, "lightgbm": LIGHTGBM}

OBJECTIVES: Mapping[Framework, Mapping[Task, tuple[str, ...]]] = {
    "xgboost": {
        "binaryClassification": ("binary:logistic",),
        "multiclassClassification": ("multi:softprob",),
        "regression": (
            "reg:squarederror",
            "reg:squaredlogerror",
            "reg:absoluteerror",
            "reg:pseudohubererror",
            "reg:quantileerror",
            "reg:gamma",
            "reg:tweedie",
            "count:poisson",
        ),
    },
    "lightgbm": {
        "binaryClassification": ("binary", "cross_entropy"),
        "multiclassClassification": ("multiclass", "multiclassova"),
        "regression": (
            "regression",
            "regression_l1",
            "huber",
            "fair",
            "poisson",
            "quantile",
            "mape",
            "gamma",
            "tweedie",
        ),
    },
}
"""The objectives whose predictions are what a task answers, the default first: a probability of each class, or a value
in the target's unit. They are also the tasks that the trainers know."""

ELSEWHERE: Mapping[str, str] = {
    "seed": "write it as `training.seed`",
    "randomState": "write it as `training.seed`",
    "nthread": "write it as `training.resources.cpu`",
    "nJobs": "write it as `training.resources.cpu`",
    "numThreads": "write it as `training.resources.cpu`",
    "device": "write it as `training.accelerators`",
    "deviceType": "write it as `training.accelerators`",
    "numClass": "remove it: classes are counted in the data",
    "numMachines": "write it as `training.workers`",
    "verbose": "remove it: it does not change the result",
    "verbosity": "remove it: it does not change the result",
    "earlyStoppingRounds": "remove it: training has no holdout to stop at; choose `numBoostRound` instead",
}
"""What is none of a trainer's options though its library has one of that name, and where a spec says it."""

OTHER_NAMES: Mapping[Framework, Mapping[str, str]] = {
    "xgboost": {"nEstimators": "numBoostRound", "numRound": "numBoostRound", "numIterations": "numBoostRound"},
    "lightgbm": {
        "colsampleBytree": "featureFraction",
        "eta": "learningRate",
        "minChildSamples": "minDataInLeaf",
        "minChildWeight": "minSumHessianInLeaf",
        "minSplitGain": "minGainToSplit",
        "nEstimators": "numBoostRound",
        "numIterations": "numBoostRound",
        "regAlpha": "lambdaL1",
        "regLambda": "lambdaL2",
        "subsample": "baggingFraction",
        "subsampleFreq": "baggingFreq",
    },
}
"""Names that people know from elsewhere, which no spelling is near to."""

ALTERNATIVES: Mapping[Framework, tuple[tuple[str, str], ...]] = {
    "xgboost": (("eta", "learningRate"), ("gamma", "minSplitLoss"), ("lambda", "regLambda"), ("alpha", "regAlpha")),
    "lightgbm": (("isUnbalance", "scalePosWeight"),),
}
"""Options that say the same, or that the library refuses together."""

NEEDED: Mapping[Framework, tuple[tuple[str, str, str], ...]] = {
    "xgboost": (("objective", "reg:quantileerror", "quantileAlpha"),),
    "lightgbm": (),
}
"""(option, value, the option that it needs)."""
