"""Metrics by hand, predictions refused, labels, slices, overlap and profiles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlgitops.contract.limits import LOWER_IS_BETTER
from mlgitops.contract.parts import Columns
from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.measure import METRICS, measured, sample
from mlgitops.runtime.evaluate.overlap import Overlap, overlap_of
from mlgitops.runtime.evaluate.predictions import Predictions, predictions_of
from mlgitops.runtime.evaluate.profile import numbers, prediction_profile, profile_of
from mlgitops.runtime.evaluate.slices import rows_of
from mlgitops.runtime.evaluate.truth import classes_of, truth_of
from mlgitops.spec.checks.model import METRICS as LIMITED
from mlgitops.spec.documents.model import Feature, Slice
from mlgitops.spec.metrics import MEASURES

MATRIX = np.zeros((4, 1), np.float32)
SHARES = [0.9, 0.4, 0.6, 0.1]


def binary(labels: list[int], shares: list[float]) -> Predictions:
    positive = np.array(shares)
    return Predictions(np.array(labels), np.column_stack([1 - positive, positive]))


def test_what_can_have_limits_is_measured() -> None:
    without_limits = {"multiclassClassification": {"f1Weighted"}, "anomalyDetection": {"anomalyRate"}}
    for task, names in LIMITED.items():
        assert names <= set(METRICS[task])
        assert set(METRICS[task]) - names <= without_limits.get(task, set())
    assert {name for name, one in MEASURES.items() if one.better == "smaller"} == LOWER_IS_BETTER


def test_binary_by_hand() -> None:
    """True 1, 1, 0, 0; called 1, 0, 1, 0: of the pairs of one yes and one no, 3 of 4 are in order."""
    found = measured("binaryClassification", np.array([1, 1, 0, 0]), binary([1, 0, 1, 0], SHARES), MATRIX)
    assert found == pytest.approx(
        {
            "accuracy": 0.5,
            "auc": 0.75,
            "averagePrecision": (1 + 2 / 3) / 2,
            "balancedAccuracy": 0.5,
            "brier": (0.01 + 0.36 + 0.36 + 0.01) / 4,
            "f1": 0.5,
            "logLoss": -(2 * math.log(0.9) + 2 * math.log(0.4)) / 4,
            "precision": 0.5,
            "recall": 0.5,
        }
    )
    assert list(found) == sorted(METRICS["binaryClassification"])


def test_what_rows_do_not_define_is_left_out() -> None:
    found = measured("binaryClassification", np.array([0, 0, 0, 0]), binary([1, 0, 1, 0], SHARES), MATRIX)
    assert set(found) == {"accuracy", "balancedAccuracy", "brier", "logLoss", "precision"}
    assert measured("binaryClassification", np.array([]), binary([], []), MATRIX[:0]) == {}
    one = Predictions(values=np.array([2.0]))
    assert set(measured("regression", np.array([0.0]), one, MATRIX[:1])) == {
        "mae",
        "medianAbsoluteError",
        "mse",
        "rmse",
    }


def test_several_classes_by_hand() -> None:
    """True 0, 0, 1, 2; called 0, 1, 1, 2."""
    shares = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.2, 0.7, 0.1], [0.25, 0.25, 0.5]])
    found = measured(
        "multiclassClassification", np.array([0, 0, 1, 2]), Predictions(np.array([0, 1, 1, 2]), shares), MATRIX
    )
    assert found == pytest.approx(
        {
            "accuracy": 0.75,
            "balancedAccuracy": (0.5 + 1 + 1) / 3,
            "f1Macro": (2 / 3 + 2 / 3 + 1) / 3,
            "f1Weighted": (2 * 2 / 3 + 2 / 3 + 1) / 4,
            "logLoss": -(math.log(0.8) + math.log(0.3) + math.log(0.7) + math.log(0.5)) / 4,
            "precisionMacro": (1 + 0.5 + 1) / 3,
            "recallMacro": (0.5 + 1 + 1) / 3,
        }
    )
    without = Predictions(np.array([0, 1, 1, 2]), None)
    assert "logLoss" not in measured("multiclassClassification", np.array([0, 0, 1, 2]), without, MATRIX)


def test_clusters_by_hand() -> None:
    """Two pairs, 10 apart, each pair 1 apart: of each row 1 to its own, 9.5 or 10.5 on average to the others."""
    matrix = np.array([[0], [1], [10], [11], [np.nan]], np.float32)
    found = measured("clustering", None, Predictions(np.array([0, 0, 1, 1, 1])), matrix)
    assert found == pytest.approx(
        {
            "calinskiHarabasz": (100 / 1) / (1 / 2),
            "daviesBouldin": (0.5 + 0.5) / 10,
            "silhouette": ((10.5 - 1) / 10.5 + (9.5 - 1) / 9.5) / 2,
        }
    )
    assert measured("clustering", None, Predictions(np.array([0, 0, 0, 0, 0])), matrix) == {}


def test_anomalies_by_hand() -> None:
    predictions = Predictions(labels=np.array([1, 0, 0, 1]), values=np.array([0.9, -0.5, -0.1, 0.3]))
    assert measured("anomalyDetection", None, predictions, MATRIX) == {"anomalyRate": 0.5}
    found = measured("anomalyDetection", np.array([1, 0, 1, 0]), predictions, MATRIX)
    assert found == pytest.approx(
        {
            "anomalyRate": 0.5,
            "auc": 0.75,
            "averagePrecision": (1 + 2 / 3) / 2,
            "f1": 0.5,
            "precision": 0.5,
            "recall": 0.5,
        }
    )


def test_a_sample_is_the_same_each_time() -> None:
    assert sample(5, 10).tolist() == [0, 1, 2, 3, 4]
    drawn = sample(1000, 10)
    assert len(set(drawn.tolist())) == 10
    assert sorted(drawn.tolist()) == drawn.tolist() == sample(1000, 10).tolist()


def shares(**of: float) -> dict[str, Any]:
    return {"label": "a", "probability": 0.5, "probabilities": of}


@pytest.mark.parametrize(
    ("answers", "task", "code"),
    [
        ([], "regression", "evaluation/answers"),
        ([{"label": 1}], "regression", "evaluation/answers"),
        ([{"value": "3"}], "regression", "evaluation/answers"),
        ([{"value": True}], "regression", "evaluation/answers"),
        ([{"value": float("inf")}], "regression", "evaluation/not-finite"),
        ([{"value": float("nan")}], "regression", "evaluation/not-finite"),
        ([{"cluster": None}], "clustering", "evaluation/answers"),
        ([{"anomaly": 1, "score": 0.5}], "anomalyDetection", "evaluation/answers"),
        ([{"anomaly": True}], "anomalyDetection", "evaluation/answers"),
        ([{"label": "c", "probability": 0.5}], "binaryClassification", "evaluation/classes"),
        ([{"label": "a", "probability": -0.5}], "binaryClassification", "evaluation/answers"),
        ([{"label": "a"}], "binaryClassification", "evaluation/answers"),
        ([shares(a=1.0)], "multiclassClassification", "evaluation/answers"),
        ([shares(a=1.0, b=0.5)], "multiclassClassification", "evaluation/answers"),
        ([shares(a=2.0, b=-1.0)], "multiclassClassification", "evaluation/answers"),
        ([shares(a=0.5, b=0.5, c=0.0)], "multiclassClassification", "evaluation/answers"),
    ],
)
def test_answers_that_are_none(answers: list[Any], task: Any, code: str) -> None:
    with pytest.raises(RunProblem) as caught:
        predictions_of(answers, 1, task, ["a", "b"])
    assert caught.value.code == code


def test_answers_become_arrays() -> None:
    found = predictions_of([{"label": 1.0, "probability": 0.75}], 1, "binaryClassification", [0, 1])
    assert (found.labels, found.probabilities) == (np.array([1]), pytest.approx(np.array([[0.25, 0.75]])))
    found = predictions_of([shares(a=0.25, b=0.754)], 1, "multiclassClassification", ["a", "b"])
    assert found.probabilities == pytest.approx(np.array([[0.25, 0.754]]) / 1.004)


def test_labels_are_places_in_the_classes() -> None:
    table = pa.table({"y": ["b", "a", "z"], "n": [1.0, 0.0, 1.0], "t": [True, False, True]})
    assert classes_of(table, "y") == ["a", "b", "z"]
    assert classes_of(table, "n") == [0, 1]
    assert classes_of(table, "t") == [False, True]

    def truth(target: str, task: Any, classes: list[Any]) -> list[Any]:
        found = truth_of(table, Columns(target=target), task, classes)
        assert found is not None
        return list(found.tolist())

    assert truth("y", "binaryClassification", ["a", "b"]) == [1, 0, -1]
    assert truth("n", "binaryClassification", [0, 1]) == [1, 0, 1]
    assert truth("n", "regression", []) == [1.0, 0.0, 1.0]
    assert truth("t", "anomalyDetection", []) == [1, 0, 1]
    assert truth_of(table, Columns(), "anomalyDetection", []) is None
    with pytest.raises(RunProblem, match="must be 0 and 1, or booleans"):
        truth("y", "anomalyDetection", [])


TABLE = pa.table(
    {
        "age": pa.array([10, 20, None, 40], pa.int64()),
        "size": pa.array([0.1, 0.2, 0.3, None], pa.float32()),
        "plan": pa.array(["pro", "1", None, "basic"]),
        "member": pa.array([True, False, None, True]),
    }
)


@pytest.mark.parametrize(
    ("part", "rows"),
    [
        ({"column": "age", "range": [10, 20]}, [0, 1]),
        ({"column": "size", "range": [0.1, 0.2]}, [0, 1]),  # though float32's 0.2 is a little more
        ({"column": "age", "equals": 40}, [3]),
        ({"column": "age", "equals": "40"}, [3]),
        ({"column": "plan", "equals": "pro"}, [0]),
        ({"column": "plan", "equals": 1}, [1]),
        ({"column": "member", "equals": True}, [0, 3]),
        ({"column": "member", "equals": False}, [1]),
    ],
)
def test_slices(part: dict[str, Any], rows: list[int]) -> None:
    one = Slice.model_validate({"name": "part", "metrics": [{"name": "auc", "min": 0.5}], **part})
    assert np.flatnonzero(rows_of(TABLE, one)).tolist() == rows


@pytest.mark.parametrize(
    "part",
    [
        {"column": "gone", "equals": 1},
        {"column": "plan", "range": [0, 1]},
        {"column": "age", "equals": True},
        {"column": "size", "equals": "small"},
    ],
)
def test_slices_that_cannot_be(part: dict[str, Any]) -> None:
    one = Slice.model_validate({"name": "part", "metrics": [{"name": "auc", "min": 0.5}], **part})
    with pytest.raises(RunProblem) as caught:
        rows_of(TABLE, one)
    assert caught.value.code == "evaluation/slice"


def column(*values: float) -> np.ndarray[Any, Any]:
    return np.array(values, np.float32).reshape(-1, 1)


def test_no_row_may_be_seen_where_training_repeats_nothing() -> None:
    training, labels = column(*range(100)), np.arange(100) % 2
    assert overlap_of(column(1000, 1001), np.array([0, 1]), training, labels) == Overlap(0, 0)
    assert overlap_of(column(4, 5, 1000), np.array([0, 1, 0]), training, labels) == Overlap(2, 0)
    assert overlap_of(column(4, 5, 1000), np.array([1, 1, 0]), training, labels) == Overlap(1, 0)
    assert overlap_of(column(4, 5, 1000), None, training, None) == Overlap(2, 0)


def test_missing_values_and_zeros_are_the_same() -> None:
    odd = np.array([[np.nan], [0.0], [1.0]], np.float32)
    other = np.frombuffer(b"\x01\x00\xc0\xff\x00\x00\x00\x80", np.float32).reshape(-1, 1)  # another NaN, -0
    assert overlap_of(other, None, odd, None).rows == 2


def test_data_that_repeats_itself_may_as_often() -> None:
    """Of ten different rows, drawn at random, nearly all of a holdout are in the training data."""
    random = np.random.default_rng(1)
    training, holdout = random.integers(0, 10, (200, 1)), random.integers(0, 10, (50, 1))
    found = overlap_of(holdout.astype(np.float32), None, training.astype(np.float32), None)
    assert found == Overlap(50, 50)
    unlike = np.vstack([training[:20], np.arange(1000, 1800).reshape(-1, 1)]).astype(np.float32)
    leaked = overlap_of(unlike[20:70], None, unlike, None)
    assert leaked.rows == 50
    assert leaked.allowed < 10


def test_a_profile_by_hand() -> None:
    table = pa.table(
        {
            "n": pa.array([*range(1, 11), None], pa.int64()),
            "c": pa.array([1.5] * 11, pa.float64()),
            "plan": pa.array(["pro"] * 3 + ["basic"] * 6 + [None, "odd"]),
            "member": pa.array([True] * 4 + [False] * 7),
        }
    )
    inputs = [
        Feature(name="n", type="int64"),
        Feature(name="c", type="float64"),
        Feature(name="plan", type="string", values=["basic", "pro"]),
        Feature(name="member", type="bool"),
    ]
    found = profile_of("churn", table, inputs, None)
    assert found.rows == 11
    number, constant, plan, member = found.features
    assert number.edges == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert (number.counts, number.missing) == ([1] * 10, 1)
    assert (number.smallest, number.largest) == (1, 10)
    assert (constant.edges, constant.counts) == ([], [11])
    assert (plan.values, plan.counts, plan.missing) == (["basic", "pro"], [6, 3, 1], 1)
    assert (member.values, member.counts) == ([False, True], [7, 4, 0])


def test_profiles_of_predictions() -> None:
    answers = binary([0, 1, 1, 0], [0.25, 0.5, 0.75, 0.25])
    found = prediction_profile(answers, "binaryClassification", [0, 1])
    assert found is not None
    assert (found.name, found.edges, found.counts) == ("prediction", [0.5, 0.75], [2, 1, 1])
    found = prediction_profile(answers, "multiclassClassification", ["a", "b", "c"])
    assert found is not None
    assert (found.type, found.values, found.counts) == ("string", ["a", "b", "c"], [2, 2, 0, 0])
    found = prediction_profile(Predictions(np.array([3, 1, 3])), "clustering", [])
    assert found is not None
    assert (found.type, found.values, found.counts) == ("int64", [1, 3], [1, 2, 0])
    assert numbers("n", "float32", np.array([np.nan])).model_dump(exclude_defaults=True) == {
        "name": "n",
        "type": "float32",
        "counts": [0],
        "missing": 1,
    }


def test_a_predictor_is_asked_in_parts_with_features_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlgitops.contract.parts import DataIdentity
    from mlgitops.runtime.evaluate import scoring
    from mlgitops.runtime.evaluate.data import Sets

    table = pa.table({"id": [1, 2, 3, 4, 5], "a": [0.1, 0.9, 0.2, 0.8, 0.7], "target": [0, 1, 0, 1, 1]})
    features, identity = [Feature(name="a", type="float64")], DataIdentity(name="d")
    sets = Sets(table, table, table, [identity], identity, features, [0, 1])
    asked: list[Any] = []

    def ask(part: Any) -> Any:
        asked.append(part.to_pydict())
        return [{"label": int(value > 0.5), "probability": value} for value in part.column("a").to_pylist()]

    monkeypatch.setattr(scoring, "AT_ONCE", 4)
    config: Any = type("Config", (), {"task": "binaryClassification", "columns": Columns(target="target", id="id")})
    found = scoring.scored(ask, table, config, sets)
    assert asked == [{"a": [0.1, 0.9]}, {"a": [0.2, 0.8]}, {"a": [0.7]}]
    assert found.predictions.labels is not None
    assert found.predictions.labels.tolist() == [0, 1, 0, 1, 1]
    assert measured(config.task, found.truth, found.predictions, found.matrix)["auc"] == 1.0


def test_a_profile_stays_small_enough_to_be_read() -> None:
    """Of 150 categories, the first 50 come once and the others twice."""
    names = [f"v{number:03}" for number in range(150)]
    table = pa.table({"plan": [*names, *names[50:]]})
    (plan,) = profile_of("churn", table, [Feature(name="plan", type="string", values=list(names))], None).features
    assert plan.values == names[50:]
    assert plan.counts == [2] * 100 + [50]

    wide = pa.table({f"n{place:04}": np.random.default_rng(place).normal(size=50) for place in range(5000)})
    inputs = [Feature(name=name, type="float64") for name in wide.column_names]
    profile = profile_of("churn", wide, inputs, None)
    assert 800_000 < len(profile.model_dump_json(exclude_defaults=True)) < 1 << 20
    assert [feature.name for feature in profile.features] == wide.column_names[: len(profile.features)]
