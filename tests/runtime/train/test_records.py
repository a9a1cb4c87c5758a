"""What a run writes: lines of reports, and a record that its contract takes."""

from __future__ import annotations

import math

import pytest

from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.train.records import (
    Line,
    begun,
    check_finite,
    each_step_once,
    failed,
    last_metrics,
    lines_of,
    text_of,
)
from tests.runtime.frameworks.learnable import run_inputs
from tests.runtime.train.runs import make_run


@pytest.mark.parametrize(
    ("metrics", "count", "expected"),
    [
        ({"epoch": 4, "loss": 0.5}, 0, Line(4, 1.0, {"loss": 0.5})),
        ({"step": 9, "epoch": 1, "loss": 2}, 0, Line(9, 1.0, {"loss": 2.0})),
        ({"loss": math.nan, "note": "x", "ok": True, "a b": 1.0}, 6, Line(7, 1.0, {})),
        ({"epoch": -1, "loss": 1.0}, 0, Line(1, 1.0, {"loss": 1.0})),
    ],
)
def test_a_report_is_a_line(metrics: dict[str, object], count: int, expected: Line) -> None:
    assert lines_of(metrics, count, 1.0) == [expected]


def test_a_boosters_report_is_all_that_it_measured() -> None:
    history = [(20, 0.1, {"rmse": 3.0}), (40, 0.2, {"rmse": 2.0})]
    metrics = {"step": 40, "rmse": 2.0, "history": history}
    assert lines_of(metrics, 3, 9.0) == [Line(20, 0.1, {"rmse": 3.0}), Line(40, 0.2, {"rmse": 2.0})]
    assert last_metrics(metrics) == {"rmse": 2.0}


def test_of_two_attempts_the_last_ones_lines_stand() -> None:
    first = text_of([Line(1, 1.0, {"loss": 3.0}), Line(2, 2.0, {"loss": 2.0}), Line(3, 3.0, {"loss": 9.0})])
    second = text_of([Line(3, 0.5, {"loss": 1.5}), Line(4, 1.0, {"loss": 1.0})])
    assert each_step_once(first + '{"step": 4, "sec' + "\n" + second).splitlines() == [
        '{"step": 1, "seconds": 1.0, "metrics": {"loss": 3.0}}',
        '{"step": 2, "seconds": 2.0, "metrics": {"loss": 2.0}}',
        '{"step": 3, "seconds": 0.5, "metrics": {"loss": 1.5}}',
        '{"step": 4, "seconds": 1.0, "metrics": {"loss": 1.0}}',
    ]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_metric_that_is_no_number_is_a_diverged_run(value: float) -> None:
    with pytest.raises(RunProblem) as refused:
        check_finite({"epoch": 3, "loss": value})
    assert refused.value.code == "train/diverged"
    assert f"got loss {value}" in refused.value.message


def test_a_failed_record_says_why(tmp_path_factory: pytest.TempPathFactory) -> None:
    config = TrainConfig.model_validate(make_run(tmp_path_factory.mktemp("run")).config)
    record = begun(run_inputs("regression", framework="xgboost"), config, "sha256:" + "3" * 64)
    assert (record.state, record.workers, record.trial) == ("running", 1, False)
    problem = RunProblem("train/diverged", "loss must be finite", "lower the rate")
    read = RunRecord.model_validate_json(failed(record, problem).model_dump_json())
    assert read.state == "failed"
    assert read.problem is not None
    assert read.problem.model_dump() == {
        "code": "train/diverged",
        "message": "loss must be finite",
        "hint": "lower the rate",
    }
