"""The options that `validate` knows, held against the libraries themselves."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

from mlgitops.spec.training import estimators
from mlgitops.spec.training.boosters import LIGHTGBM, OBJECTIVES, XGBOOST
from mlgitops.spec.training.estimators import ESTIMATORS, options_of
from mlgitops.spec.training.option import Option, Span

ROWS = np.random.default_rng(0).normal(size=(60, 3))
ANSWERS = (ROWS[:, 0] > 0).astype(int)

TRAINED_ANYWAY = {"eta", "learning_rate", "subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode"}
TRAINED_ANYWAY |= {"quantile_alpha", "scale_pos_weight"}
"""Options of XGBoost that it trains with beyond their bounds, and learns nothing or something else."""

NOT_AT_ONCE = {"num_boost_round", "objective"}
"""An argument of the training function, and what follows from the task."""

ANYTHING_GOES = {"bagging_freq"}
"""LightGBM takes any number, and one below 0 as 0."""


def test_the_file_is_what_scikit_learn_declares() -> None:
    from pathlib import Path

    import write_estimators

    assert Path(estimators.__file__).with_name(estimators.FILE).read_text() == write_estimators.text()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_option_is_an_argument_of_the_estimator(name: str) -> None:
    module, _, kind = name.partition(".")
    known = getattr(importlib.import_module(f"sklearn.{module}"), kind)().get_params()
    assert {option.library for option in options_of(name).values()} <= set(known)


def beyond(span: Span) -> list[float]:
    """Numbers just outside of the bounds, as far as there are any."""
    step = 1 if span.kind == "whole" else 1e-3
    below = [] if span.low is None else [span.low - (step if span.closed in ("both", "left") else 0)]
    above = [] if span.high is None else [span.high + (step if span.closed in ("both", "right") else 0)]
    return [int(value) if span.kind == "whole" else value for value in below + above]


def within(option: Option) -> list[object]:
    """Values at the bounds and of every kind that the option takes."""
    values: list[object] = [*option.choices, *((True, False) if option.boolean else ())]
    for span in option.spans:
        step = 1 if span.kind == "whole" else 1e-3
        if span.low is not None:
            values.append(span.low if span.closed in ("both", "left") else span.low + step)
        if span.high is not None:
            values.append(span.high if span.closed in ("both", "right") else span.high - step)
    return values


def xgboost_learns(**options: object) -> None:
    import xgboost

    dart = {"rate_drop", "skip_drop", "one_drop", "sample_type", "normalize_type"} & set(options)
    fixed = {"objective": "binary:logistic", "nthread": 1, "verbosity": 0, "booster": "dart" if dart else "gbtree"}
    booster = xgboost.train({**fixed, **options}, xgboost.DMatrix(ROWS, ANSWERS), 2)
    assert np.isfinite(booster.predict(xgboost.DMatrix(ROWS))).all()


def lightgbm_learns(**options: object) -> None:
    import lightgbm

    fixed = {"objective": "binary", "num_threads": 1, "verbosity": -1}
    booster = lightgbm.train({**fixed, **options}, lightgbm.Dataset(ROWS, ANSWERS, params={"verbosity": -1}), 2)
    assert np.isfinite(booster.predict(ROWS)).all()


@pytest.mark.parametrize("option", [o for o in XGBOOST.values() if o.library not in NOT_AT_ONCE], ids=lambda o: o.name)
def test_xgboost_agrees(option: Option) -> None:
    import xgboost

    for value in within(option):
        xgboost_learns(**{option.library: value})
    objective = {"quantile_alpha": "reg:quantileerror", "huber_slope": "reg:pseudohubererror"}
    objective |= {"tweedie_variance_power": "reg:tweedie"}
    also = {"objective": objective[option.library]} if option.library in objective else {}
    if option.library not in TRAINED_ANYWAY:
        for value in (number for span in option.spans for number in beyond(span)):
            with pytest.raises(xgboost.core.XGBoostError):
                xgboost_learns(**{option.library: value}, **also)


@pytest.mark.parametrize("option", [o for o in LIGHTGBM.values() if o.library not in NOT_AT_ONCE], ids=lambda o: o.name)
def test_lightgbm_agrees(option: Option) -> None:
    import lightgbm

    for value in within(option):
        lightgbm_learns(**{option.library: value})
    if option.library not in ANYTHING_GOES:
        for value in (number for span in option.spans for number in beyond(span)):
            with pytest.raises(lightgbm.basic.LightGBMError):
                lightgbm_learns(**{option.library: value})


def test_xgboost_knows_every_option() -> None:
    """A misspelt one of our own would be passed over in silence: each must be in what the library says it used."""
    import xgboost

    known = set()
    for options in ({}, {"booster": "dart"}, *({"objective": name} for name in OBJECTIVES["xgboost"]["regression"])):
        more = {"quantile_alpha": 0.5} if options.get("objective") == "reg:quantileerror" else {}
        booster = xgboost.train({**options, **more}, xgboost.DMatrix(ROWS, ANSWERS + 1), 1)
        known |= names(json.loads(booster.save_config()))
    assert {option.library for option in XGBOOST.values()} - {"num_boost_round"} <= known


def names(config: object) -> set[str]:
    if not isinstance(config, dict):
        return set()
    return set(config).union(*(names(value) for value in config.values()))


def test_lightgbm_knows_every_option() -> None:
    from lightgbm.basic import _ConfigAliases

    known = set(_ConfigAliases._get_all_param_aliases())
    assert {option.library for option in LIGHTGBM.values()} - {"num_boost_round"} <= known
