"""Runs side by side: what differs and what is best, by stated values."""

from __future__ import annotations

from mlgitops.contract.evaluation import Evaluation, Failure, Score
from mlgitops.contract.outcome import Problem, RunRecord
from mlgitops.contract.parts import DataIdentity
from mlgitops.contract.run import RunInputs
from mlgitops.report.runs import comparison_table, run_document, run_table
from mlgitops.runs.differ import Comparison, Difference, comparisons, differences
from mlgitops.runs.known import KnownRun, matching, newest_first, seconds_taken

DIGEST = "sha256:" + "d" * 64
NOW = "2026-11-21T12:00:00Z"


def known(
    digit: str,
    *,
    started: str = "2026-11-21T10:00:00Z",
    finished: str | None = "2026-11-21T10:02:05Z",
    state: str = "succeeded",
    problem: Problem | None = None,
    metrics: dict[str, float] | None = None,
    holdout: dict[str, float] | None = None,
    **inputs: object,
) -> KnownRun:
    run = "sha256:" + digit * 64
    said = {"model": "churn", "task": "binaryClassification", "framework": "xgboost"}
    data = [DataIdentity(name="customers", digest=DIGEST)]
    record = RunRecord.model_validate(
        {
            "contract": 1,
            "model": "churn",
            "run": run,
            "environment": "dev",
            "state": state,
            "inputs": RunInputs.model_validate({**said, "data": data, **inputs}),
            "codeDigest": DIGEST,
            "startedAt": started,
            "finishedAt": finished,
            "metrics": metrics or {},
            "problem": problem,
        }
    )
    return KnownRun("dev", run, record, evaluation=evaluation(run, holdout) if holdout else None)


def evaluation(run: str, holdout: dict[str, float], *failures: Failure) -> Evaluation:
    identity = DataIdentity(name="holdout", digest=DIGEST)
    return Evaluation(
        contract=1,
        model="churn",
        run=run,
        environment="dev",
        verdict="rejected" if failures else "passed",
        artifactDigest=DIGEST,
        holdout=identity,
        data=[identity],
        rows=100,
        overlap=0,
        scores=[Score(metric=name, rows=100, value=value) for name, value in holdout.items()],
        failures=list(failures),
        startedAt=NOW,
        finishedAt=NOW,
    )


def test_only_what_differs_is_told() -> None:
    one = known("1", hyperparameters={"maxDepth": 4, "eta": 0.1}, seed=7)
    two = known("2", hyperparameters={"maxDepth": 6, "eta": 0.1, "subsample": 0.5}, seed=7)
    assert differences([one, two]) == [
        Difference("hyperparameters.maxDepth", ("4", "6")),
        Difference("hyperparameters.subsample", (None, "0.5")),
    ]


def test_other_data_is_another_digest() -> None:
    other = DataIdentity(name="customers", digest="sha256:" + "e" * 64)
    found = differences([known("1"), known("2", data=[other])])
    assert found == [Difference("data.customers", (DIGEST, "sha256:" + "e" * 64))]


def test_a_run_that_nobody_can_read_differs_in_nothing() -> None:
    unreadable = KnownRun("dev", "sha256:" + "3" * 64, unreadable="contract/invalid")
    assert differences([known("1"), unreadable]) == []
    assert differences([known("1"), unreadable, known("2", seed=3)]) == [Difference("seed", ("0", None, "3"))]


def test_the_best_of_a_metric_is_at_its_better_end() -> None:
    runs = [
        known("1", holdout={"auc": 0.8, "logLoss": 0.5}, metrics={"loss": 0.1, "auc": 0.9}),
        known("2", holdout={"auc": 0.9, "logLoss": 0.6}, metrics={"loss": 0.2}),
        known("3", holdout={"auc": 0.9}),
    ]
    assert comparisons(runs) == [
        Comparison("auc", "holdout", (0.8, 0.9, 0.9), (False, True, True)),
        Comparison("logLoss", "holdout", (0.5, 0.6, None), (True, False, False)),
        Comparison("auc", "training", (0.9, None, None), (False, False, False)),
        Comparison("loss", "training", (0.1, 0.2, None), (False, False, False)),
    ]


def test_how_far_a_run_went() -> None:
    run = known("1")
    failure = Failure(code="evaluation/below-minimum", message="auc")
    rejected = run._replace(evaluation=evaluation(run.run, {"auc": 0.4}, failure))
    failed = known("2", state="failed", problem=Problem(code="train/diverged", message="the loss is NaN"))
    assert [one.state for one in (run, rejected, failed)] == ["trained", "rejected", "failed"]
    assert [one.problem for one in (run, rejected, failed)] == ["", "evaluation/below-minimum", "train/diverged"]
    assert known("3", holdout={"auc": 0.9}).state == "evaluated"
    assert known("4", state="running", finished=None).state == "running"
    assert run._replace(released=("dev", "prod")).state == "released"
    assert KnownRun("dev", run.run, unreadable="store/link").state == "unreadable"


def test_time_is_told_of_what_runs_and_of_what_ended() -> None:
    assert seconds_taken(known("1"), NOW) == 125
    assert seconds_taken(known("2", state="running", finished=None), NOW) == 7200
    assert seconds_taken(known("3", state="failed", finished=None), NOW) is None
    assert seconds_taken(known("4", finished="2026-11-21T09:00:00Z"), NOW) is None


def test_the_newest_is_first_and_what_has_no_time_last() -> None:
    old, new = known("1", started="2026-11-20T10:00:00Z"), known("2")
    nobody = KnownRun("dev", "sha256:" + "3" * 64)
    assert newest_first([nobody, old, new]) == [new, old, nobody]


def test_a_run_is_meant_by_its_digits_or_its_version() -> None:
    runs = [known("1"), known("2")]
    assert matching(runs, "111") == matching(runs, "r1111111111") == matching(runs, runs[0].run) == [runs[0]]
    assert matching(runs, "") == matching(runs, "sha256:") == matching(runs, "3") == []


def test_the_table_in_full() -> None:
    failed = known("2", state="failed", problem=Problem(code="train/diverged", message="x"), metrics={"loss": 1.5})
    released = known("1", holdout={"auc": 0.91234}, metrics={"a": 1, "b": 2, "c": 3, "d": 4})
    assert run_table([failed, released._replace(released=("dev", "prod"))], NOW) == (
        "RUN         ENVIRONMENT  STATE                    TRIGGER     STARTED           TOOK   HOLDOUT     TRAINING\n"
        "2222222222  dev          failed (train/diverged)  codeChange  2026-11-21 10:00  2m 5s  -           loss 1.5\n"
        "1111111111  dev          released (dev, prod)     codeChange  2026-11-21 10:00  2m 5s  auc 0.9123  "
        "a 1, b 2, c 3, …\n"
        "\n2 runs: 1 released, 1 failed\n"
    )


def test_the_comparison_in_full() -> None:
    runs = [known("1", holdout={"auc": 0.8}, seed=1), known("2", holdout={"auc": 0.9}, seed=2)]
    assert comparison_table(runs, differences(runs), comparisons(runs)) == (
        "RUN            1111111111            2222222222\n"
        "state          evaluated             evaluated\n"
        "started        2026-11-21T10:00:00Z  2026-11-21T10:00:00Z\n"
        "seed           1                     2\n"
        "auc (holdout)  0.8                   0.9 *\n"
        "\n* is the best of a metric\n"
    )


def test_a_comparison_of_any_size_fits_a_terminal() -> None:
    many = {f"option{number}": "x" * 5000 for number in range(300)}
    runs = [known("1", hyperparameters=many), known("2")]
    text = comparison_table(runs, differences(runs), comparisons(runs))
    assert "200 more rows are not shown\n" in text
    assert len(text) < 30_000


def test_nothing_that_a_run_says_moves_a_cursor() -> None:
    hostile = "\x1b[2J\u202e\nx"
    problem = Problem(code=hostile, message=hostile)
    runs = [known("1", state="failed", problem=problem, hyperparameters={"name": hostile}), known("2")]
    texts = run_table(runs, NOW) + comparison_table(runs, differences(runs), comparisons(runs))
    assert "\x1b" not in texts
    assert "\u202e" not in texts
    assert all(line.isprintable() for line in texts.split("\n"))
    assert run_document(runs[0], NOW)["problem"]["code"] == hostile  # which JSON escapes
