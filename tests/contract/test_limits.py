"""Limits of a spec against scores: each kind fires alone, and its bound itself is kept."""

from __future__ import annotations

import pytest

from mlgitops.contract.evaluation import Score
from mlgitops.contract.limits import LOWER_IS_BETTER, failures, worse
from mlgitops.spec.checks.model import METRICS
from mlgitops.spec.documents.model import Metric, Slice


def told(score, compared=False, **limits):
    metric = Metric(name=score["metric"], **limits)
    found = failures([Score(**{"rows": 10, **score})], [metric], [], compared=compared)
    return [(one.code, one.message) for one in found]


def auc(value, **more):
    return {"metric": "auc", "value": value, **more}


def rmse(value, **more):
    return {"metric": "rmse", "value": value, **more}


@pytest.mark.parametrize(
    ("score", "limits", "expected"),
    [
        (auc(0.8), {"min": 0.8}, []),
        (auc(0.7), {"min": 0.8}, [("evaluation/below-minimum", "auc must be at least 0.8, got 0.7")]),
        (rmse(5.0), {"max": 5.0}, []),
        (rmse(5.5), {"max": 5.0}, [("evaluation/above-maximum", "rmse must be at most 5.0, got 5.5")]),
        (auc(0.80, baseline=0.81), {"maxRegression": 0.01}, []),
        (auc(0.99, baseline=0.81), {"maxRegression": 0.0}, []),
        (
            auc(0.79, baseline=0.81),
            {"maxRegression": 0.01},
            [("evaluation/regressed", "auc must be at most 0.01 worse than 0.81, got 0.79")],
        ),
        (rmse(4.0, baseline=5.0), {"maxRegression": 0.0}, []),
        (
            rmse(5.5, baseline=5.0),
            {"maxRegression": 0.25},
            [("evaluation/regressed", "rmse must be at most 0.25 worse than 5.0, got 5.5")],
        ),
        (auc(0.8, training=0.9), {"maxGap": 0.1}, []),
        (auc(0.9, training=0.8), {"maxGap": 0.1}, []),
        (
            auc(0.8, training=0.95),
            {"maxGap": 0.1},
            [("evaluation/gap", "auc must be at most 0.1 apart from training's 0.95, got 0.8")],
        ),
        (
            auc(0.8),
            {"maxGap": 0.1},
            [("evaluation/not-measured", "auc must be measured on the training data too, got none")],
        ),
        (
            auc(0.8, rows=0),
            {"min": 0.1},
            [("evaluation/not-measured", "auc must be a number over at least one row, got 0.8 over 0")],
        ),
        (auc(0.1), {}, []),
    ],
)
def test_limits(score, limits, expected):
    assert told(score, **limits) == expected


def test_nothing_regresses_from_nothing_unless_there_was_something():
    assert told(auc(0.8), maxRegression=0.01) == []
    assert told(auc(0.8), compared=True, maxRegression=0.01) == [
        ("evaluation/not-measured", "auc must be measured of the version in service too, got none")
    ]


def test_what_is_measured_never_or_twice_is_not_measured():
    metrics = [Metric(name="auc", min=0.8)]
    one = Score(metric="auc", rows=10, value=0.9)
    assert [failure.message for failure in failures([], metrics, [])] == ["auc must be measured once, got 0"]
    assert [failure.message for failure in failures([one, one], metrics, [])] == ["auc must be measured once, got 2"]


def test_a_slice_has_scores_of_its_own():
    slices = [Slice(name="new", column="tenure", range=[0, 1], metrics=[Metric(name="auc", min=0.8)])]
    whole = Score(metric="auc", rows=100, value=0.9)
    of_slice = Score(metric="auc", slice="new", rows=9, value=0.7)
    metrics = [Metric(name="auc", min=0.8)]
    assert [one.message for one in failures([whole], metrics, slices)] == ["auc of new must be measured once, got 0"]
    assert [one.message for one in failures([whole, of_slice], metrics, slices)] == [
        "auc of new must be at least 0.8, got 0.7"
    ]


def test_several_limits_of_several_metrics_fail_in_the_specs_order():
    metrics = [Metric(name="recall", min=0.5), Metric(name="auc", min=0.8, maxGap=0.0)]
    scores = [Score(metric="auc", rows=1, value=0.5, training=0.9), Score(metric="recall", rows=1, value=0.4)]
    codes = [one.code for one in failures(scores, metrics, [])]
    assert codes == ["evaluation/below-minimum", "evaluation/below-minimum", "evaluation/gap"]


def test_which_way_each_known_metric_is_better():
    """Of scikit-learn's names for them: `greater_is_better` in `sklearn.metrics`' scorers."""
    names = frozenset().union(*METRICS.values())
    assert {name for name in names if worse(name, 1.0, 0.0) > 0} == LOWER_IS_BETTER
    assert names - LOWER_IS_BETTER == {
        *("accuracy", "auc", "averagePrecision", "balancedAccuracy", "f1", "f1Macro", "precision", "precisionMacro"),
        *("recall", "recallMacro", "r2", "silhouette", "calinskiHarabasz"),
    }
