"""Late, duplicate and unknown labels; scores, comparisons and distances equal to scikit-learn's and SciPy's."""

from __future__ import annotations

import gzip
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp, ttest_ind
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score

from mlgitops.contract import names
from mlgitops.contract.join import JoinConfig, JoinReport
from mlgitops.registry.stores import Store
from mlgitops.runtime.watch import join as job
from mlgitops.runtime.watch.joining import Pair, join
from mlgitops.runtime.watch.logged import Logged, read_line
from mlgitops.runtime.watch.reported import Reported
from mlgitops.runtime.watch.scores import classes_of_pairs, comparisons, live_versions, task_of_pairs, usable
from mlgitops.runtime.watch.watch import Watch
from tests.runtime.watch.example import INPUTS, PROFILE, serve_config

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = 86_400.0


def prediction(identifier: str, time: float = 0.0, version: str = "v14", **answer: object) -> Logged:
    return Logged(time, identifier, version, answer or {"label": 1, "probability": 0.9}, {}, None)


def label(identifier: str | None, truth: Any, time: float = 1.0) -> Logged:
    return Logged(time, identifier, None, None, None, truth)


def test_labels_are_joined_by_id_late_ones_too() -> None:
    found = join(
        [label("a", 1), label("b", 0, time=20.0), label("nobody", 1)],
        [prediction("a"), prediction("b"), prediction("c")],
        delay=10.0,
    )
    assert [(pair.version, pair.truth) for pair in found.pairs] == [("v14", 1), ("v14", 0)]
    assert found.labels.model_dump() == {
        "received": 3,
        "joined": 2,
        "late": 1,
        "duplicates": 0,
        "conflicting": 0,
        "unknown": 1,
        "unusable": 0,
    }
    assert found.predictions == 3


def test_the_latest_of_several_labels_counts_whatever_their_order() -> None:
    labels = [label("a", 0, 5.0), label("a", 1, 9.0), label("a", 0, 7.0), label("a", 1, 1.0), label("a", True, 0.5)]
    for seed in range(20):
        random.Random(seed).shuffle(labels)
        found = join(labels, [prediction("a")], delay=100)
        assert [pair.truth for pair in found.pairs] == [1]
        assert (found.labels.duplicates, found.labels.joined) == (4, 1)


def test_one_id_of_two_versions_is_a_pair_of_each_and_a_repeated_one_counts_once() -> None:
    found = join(
        [label("a", 1)], [prediction("a", 0.0, "v14"), prediction("a", 0.1, "v15"), prediction("a", 0.2, "v14")], 10
    )
    assert [(pair.version, pair.time) for pair in found.pairs] == [("v14", 0.0), ("v15", 0.1)]


def test_a_label_that_brings_inputs_brings_its_answer() -> None:
    own = Logged(3.0, None, "v14", {"label": 0, "probability": 0.2}, {"tenure": 3}, 0)
    found = join([own, own._replace(version=None), Logged(1.0, None, None, None, None, None)], [], 10)
    assert found.pairs == [Pair("v14", 3.0, {"label": 0, "probability": 0.2}, 0)]
    assert found.labels.unusable == 2


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"nonsense", b"[]", b"null", b"{}", b'{"time": "x", "truth": 1}', b'{"time": 1}', b"[" * 100_000),
        *(b'{"time": 1, "truth": [1]}', b'{"time": 1, "truth": 1, "id": 7}', b'{"time": 1, "answer": 3}'),
        b'{"time": 1, "answer": {}, "version": 3}',
    ],
)
def test_lines_that_are_none(line: bytes) -> None:
    assert read_line(line) is None


def binary_pairs(version: str, seed: int, rows: int, wrong: float, time: float = 0.0) -> list[Pair]:
    drawn = np.random.default_rng(seed)
    truth = drawn.integers(0, 2, rows)
    flipped = np.where(drawn.random(rows) < wrong, 1 - truth, truth)
    shares = np.clip(flipped * 0.6 + drawn.random(rows) * 0.4, 0, 1)
    return [
        Pair(version, time + number, {"label": int(p > 0.5), "probability": float(p)}, int(t))
        for number, (p, t) in enumerate(zip(shares, truth, strict=True))
    ]


def test_scores_equal_scikit_learn_s_and_their_loss_is_relative() -> None:
    pairs = binary_pairs("v14", 0, 400, 0.3)
    (version,) = live_versions(pairs, "binaryClassification", [0, 1], lambda _: {"auc": 0.9, "logLoss": 0.4}, [])
    truth = [pair.truth for pair in pairs]
    shares = [pair.answer["probability"] for pair in pairs]
    scores = {score.metric: score for score in version.scores}
    assert scores["auc"].value == pytest.approx(roc_auc_score(truth, shares))
    assert scores["accuracy"].value == accuracy_score(truth, [pair.answer["label"] for pair in pairs])
    assert scores["auc"].loss == pytest.approx((0.9 - scores["auc"].value) / 0.9)
    assert scores["logLoss"].loss == pytest.approx((scores["logLoss"].value - 0.4) / 0.4)
    assert scores["accuracy"].loss is None


def test_scores_by_day_show_when_a_concept_began_to_drift() -> None:
    good = binary_pairs("v14", 1, 200, 0.05, NOW.timestamp() - 3 * DAY)
    bad = binary_pairs("v14", 2, 200, 0.5, NOW.timestamp() - 2 * DAY)
    (version,) = live_versions([*bad, *good], "binaryClassification", [0, 1], lambda _: {}, [])
    assert [(one.day, one.rows) for one in version.periods] == [("2026-11-18", 200), ("2026-11-19", 200)]
    assert version.periods[0].scores["accuracy"] > 0.9 > 0.6 > version.periods[1].scores["accuracy"]


def test_of_few_labels_nothing_is_compared() -> None:
    pairs = binary_pairs("v14", 0, 99, 0.5)
    (version,) = live_versions(pairs, "binaryClassification", [0, 1], lambda _: {"auc": 0.9}, [])
    assert {score.loss for score in version.scores} == {None}
    (one,) = comparisons([*pairs, *binary_pairs("v15", 1, 500, 0.1, 1.0)], "binaryClassification", [0, 1])
    assert (one.verdict, one.difference) == ("insufficientData", None)


@pytest.mark.parametrize(
    ("wrong", "verdict"), [(0.05, "better"), (0.3, "noDifference"), (0.6, "worse")], ids=["better", "same", "worse"]
)
def test_versions_are_compared_with_the_first(wrong: float, verdict: str) -> None:
    pairs = [*binary_pairs("v15", 1, 500, wrong, 1.0), *binary_pairs("v14", 0, 400, 0.3)]
    (one,) = comparisons(pairs, "binaryClassification", [0, 1])
    assert (one.version, one.against, one.measure, one.verdict) == ("v15", "v14", "errorRate", verdict)
    errors = [
        [float(pair.answer["label"] != pair.truth) for pair in pairs if pair.version == name] for name in ("v15", "v14")
    ]
    interval = ttest_ind(*errors, equal_var=False).confidence_interval(0.95)
    assert (one.low, one.high) == pytest.approx((interval.low, interval.high), abs=1e-3)


def test_regression_and_classes_by_name() -> None:
    numbers = [Pair("v14", 0.0, {"value": float(n)}, n + 2) for n in range(10)]
    (version,) = live_versions(numbers, "regression", [], lambda _: {}, [])
    scores = {score.metric: score.value for score in version.scores}
    assert scores["mae"] == mean_absolute_error(range(2, 12), range(10)) == 2.0
    told = {"cat": 0.2, "dog": 0.5, "eel": 0.3}
    pairs = [Pair("v14", 0.0, {"label": "dog", "probability": 0.5, "probabilities": told}, "cat")]
    assert classes_of_pairs(pairs, "multiclassClassification") == ["cat", "dog", "eel"]
    assert classes_of_pairs(binary_pairs("v", 0, 50, 0.5), "binaryClassification") == [0, 1]


@pytest.mark.parametrize(
    ("answer", "truth", "task"),
    [
        ({"value": 1.5}, 2, "regression"),
        ({"cluster": 2}, 2, "clustering"),
        ({"anomaly": True, "score": 0.5}, 1, "anomalyDetection"),
        ({"label": "a", "probability": 0.5}, "b", "binaryClassification"),
        ({"label": "c", "probability": 0.5}, "b", "multiclassClassification"),
        ({"label": "a", "probability": 0.5, "probabilities": {"a": 0.5, "b": 0.5}}, "b", "multiclassClassification"),
    ],
)
def test_the_task_is_what_answers_say(answer: dict[str, object], truth: Any, task: str) -> None:
    first = Pair("v14", 0.0, {"label": "a", "probability": 0.5}, "a")
    assert task_of_pairs([*([first] if "label" in answer else []), Pair("v14", 0.0, answer, truth)]) == task


def test_answers_and_labels_that_are_none_of_the_task_s_are_left_out() -> None:
    good = binary_pairs("v14", 0, 3, 0.0)
    bad = [
        good[0]._replace(truth=7),
        good[0]._replace(answer={"label": 1}),
        good[0]._replace(answer={"label": 1, "probability": 7}),
    ]
    assert usable([*bad, *good], "binaryClassification", [0, 1]) == good


def config(folder: Path, **changes: Any) -> JoinConfig:
    data = {
        "contract": 1,
        "model": "churn",
        "environment": "prod",
        "predictions": (folder / "log").as_uri(),
        "labelDelay": "7d",
        "registry": (folder / "registry").as_uri(),
        **changes,
    }
    return JoinConfig.model_validate(data)


def write_segment(folder: Path, kind: str, day: str, lines: list[dict[str, Any]], name: str = "v14-a-000001") -> None:
    data = gzip.compress(b"\n".join(json.dumps(line).encode() for line in lines) + b"\n")
    Store((folder / "log").as_uri()).write(f"churn/prod/{kind}/{day}/{name}.jsonl.gz", data)


def test_from_the_log_to_the_metrics_of_a_replica(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    time = NOW.timestamp() - 2 * DAY
    pairs = binary_pairs("v14", 5, 300, 0.2)
    predictions = [
        {"id": f"{n}", "time": time, "version": "v14", "inputs": {}, "answer": pair.answer}
        for n, pair in enumerate(pairs)
    ]
    labels = [{"id": f"{n}", "time": time + 3600, "truth": pair.truth} for n, pair in enumerate(pairs)]
    write_segment(tmp_path, "predictions", "2026-11-19", predictions)
    write_segment(tmp_path, "labels", "2026-11-20", [*labels, labels[0], {"id": "x", "time": time, "truth": 1}])
    Store((tmp_path / "log").as_uri()).write("churn/prod/labels/2026-11-20/cut.jsonl.gz", b"\x1f\x8bnothing")
    monkeypatch.setattr(job, "config_file", lambda kind, name: config(tmp_path))
    monkeypatch.setattr(job, "_registered", lambda config, version: {"accuracy": 0.95})
    monkeypatch.setattr(job.time, "time", NOW.timestamp)
    job.main()
    report = JoinReport.model_validate_json(capsys.readouterr().out)
    assert report.labels.model_dump() == {
        "received": 302,
        "joined": 300,
        "late": 0,
        "duplicates": 1,
        "conflicting": 0,
        "unknown": 1,
        "unusable": 1,
    }
    latest = (tmp_path / "log/churn/prod/reports/latest.json").read_bytes()
    assert latest == (tmp_path / "log/churn/prod/reports/2026-11-21.json").read_bytes()
    assert JoinReport.model_validate_json(latest) == report

    accuracy = accuracy_score([pair.truth for pair in pairs], [pair.answer["label"] for pair in pairs])
    watch = Watch(serve_config(predictions=config(tmp_path).predictions), inputs=INPUTS, profile=PROFILE, port=0)
    assert watch._reported is not None
    watch._reported.refresh()
    text = watch.page.text()
    watch.close()
    (score,) = [line for line in text.splitlines() if line.startswith(names.LIVE_SCORE) and '"accuracy"' in line]
    (loss,) = [line for line in text.splitlines() if line.startswith(names.SCORE_LOSS)]
    (made,) = [line for line in text.splitlines() if line.startswith(names.REPORT_TIME)]
    assert float(made.split()[-1]) == NOW.timestamp()
    assert float(score.split()[-1]) == pytest.approx(accuracy)
    assert float(loss.split()[-1]) == pytest.approx((0.95 - accuracy) / 0.95)


def test_a_report_that_cannot_be_read_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(tmp_path.as_uri())
    reported = Reported(store, "latest.json", "v14", start=False)
    reported.refresh()
    assert not caplog.records
    for text in (b"{}", b"nonsense", b'{"contract": 2}'):
        store.write("latest.json", text)
        reported.refresh()
    assert reported.scores == {}
    assert len(caplog.records) == 3


def test_kolmogorov_smirnov_equals_scipy_s(tmp_path: Path) -> None:
    drawn = np.random.default_rng(3)
    reference, live = drawn.normal(size=1000), drawn.normal(0.4, 1, size=700)
    (tmp_path / "reference.csv").write_text(
        "tenure,plan\n" + "\n".join(f"{value!r},basic" for value in reference.tolist()) + "\n"
    )
    time = NOW.timestamp() - 3600
    lines = [
        {"time": time, "version": "v14", "inputs": {"tenure": value, "plan": "basic"}, "answer": {"value": 1.0}}
        for value in live.tolist()
    ]
    old = {**lines[0], "time": time - 3 * DAY, "inputs": {"tenure": 1e6}}
    write_segment(tmp_path, "predictions", "2026-11-21", [*lines, old])
    location = {"name": "reference", "uri": (tmp_path / "reference.csv").as_uri(), "format": "csv"}
    drift = {"test": "ks", "threshold": 0.1, "window": "1h"}
    report = job.joined_report(config(tmp_path, reference=[location], drift=drift), NOW)
    (one,) = report.distances
    expected = ks_2samp(live, reference, method="asymp")
    assert (one.version, one.feature, one.rows) == ("v14", "tenure", 700)
    assert (one.statistic, one.pValue) == pytest.approx((expected.statistic, expected.pvalue))
