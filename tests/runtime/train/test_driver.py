"""What the driver does before any cluster: a run that is over is not trained, one that cannot work is not started."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from mlgitops.contract.registered import RegisteredVersion, version_name
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import RunProblem
from mlgitops.registry.stores import Store
from mlgitops.runtime.train import driver
from mlgitops.runtime.train.records import begun
from mlgitops.runtime.train.staging import Staging
from tests.runtime.train.runs import Run, make_run

DIGEST = "sha256:" + "5" * 64


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path / "run")


def never(*_: Any) -> Any:
    raise AssertionError("a cluster was asked")


def drive(run: Run, monkeypatch: pytest.MonkeyPatch, trained: Any = never) -> None:
    for name, value in run.environment("127.0.0.1:1").items():
        if name.startswith(("RAY_ADDRESS", "MLGITOPS")):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(driver, "trained_in_cluster", trained)
    driver.main()


def staged(run: Run) -> Staging:
    return Staging(Store(f"file://{run.folder}/staging"), "churn", run.identity)


def inputs_of(run: Run) -> RunInputs:
    return RunInputs.model_validate_json((run.folder / "code/mlgitops-run.json").read_text())


def test_a_run_that_succeeded_is_not_trained_again(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    record = begun(inputs_of(run), TrainConfig.model_validate(run.config), run.identity)
    staged(run).write_record(record.model_copy(update={"state": "succeeded", "finishedAt": "2026-11-21T10:00:00Z"}))
    drive(run, monkeypatch)
    assert capsys.readouterr().err == "churn: this run has succeeded at 2026-11-21T10:00:00Z: nothing to train\n"


def test_a_run_that_is_registered_is_not_trained_again(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    class Registered:
        def find(self, model: str, version: str) -> RegisteredVersion:
            assert (model, version) == ("churn", version_name(run.identity))
            return RegisteredVersion.model_construct(version=version, run=run.identity)

    from mlgitops.registry import opened

    monkeypatch.setattr(opened, "open_registry", lambda kind, uri: Registered())
    drive(run, monkeypatch)
    assert "this run is registered as r" in capsys.readouterr().err
    assert not run.staged.exists()


def test_a_registry_that_is_down_is_the_worlds_and_trains_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlgitops.registry import opened

    def down(kind: str, uri: str) -> Any:
        raise RunProblem("registry/failed", "the registry must answer", "wait", exit_code=3)

    monkeypatch.setattr(opened, "open_registry", down)
    with pytest.raises(RunProblem) as failed:
        drive(run, monkeypatch)
    assert failed.value.exit_code == 3
    assert not run.staged.exists()


def test_what_interrupts_a_run_is_in_its_record(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverge(*_: Any) -> Any:
        raise RunProblem("train/diverged", "loss must be finite, got nan", "lower the rate")

    with pytest.raises(RunProblem):
        drive(run, monkeypatch, diverge)
    record = run.record()
    assert record.state == "failed"
    assert record.problem is not None
    assert record.problem.code == "train/diverged"
    assert record.finishedAt is not None


def test_a_bug_of_ours_is_in_the_record_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError):
        drive(run, monkeypatch)
    record = run.record()
    assert record.problem is not None
    assert record.problem.code == "train/failed"


def test_a_driver_that_is_stopped_says_so(tmp_path: Path) -> None:
    """SIGTERM while it waits for a cluster that never answers."""
    run = make_run(tmp_path / "run")
    process = run.start("192.0.2.254:1")
    for _ in range(600):
        if run.staged.joinpath("run.json").exists():
            break
        time.sleep(0.1)
    time.sleep(1)
    process.terminate()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "error[train/stopped]" in said
    record = run.record()
    assert record.problem is not None
    assert record.problem.code == "train/stopped"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hyperparameters": {"maxDepht": 3}}, "hyperparameters must be options of xgboost"),
        ({"framework": "torch"}, "framework torch must have an entrypoint, got none"),
        ({"framework": "sklearn"}, "an estimator must be one that exports"),
    ],
)
def test_an_option_that_cannot_work_starts_nothing(
    fields: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run", **fields)
    with pytest.raises(RunProblem) as refused:
        drive(run, monkeypatch, driver.trained_in_cluster)
    assert refused.value.code == "train/option"
    assert said in refused.value.message
    assert run.record().state == "failed"


def test_an_uploaded_artifact_is_only_what_the_last_attempt_wrote(run: Run, tmp_path: Path) -> None:
    leftover = run.staged / "artifact"
    leftover.mkdir(parents=True)
    (leftover / "old.txt").write_text("from an attempt that was killed")
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    (artifact / "model.txt").write_text("tree\n")
    staged(run).write_artifact(artifact)
    assert sorted(path.name for path in leftover.iterdir()) == ["model.txt"]


def test_metrics_are_followed_and_written_at_the_end(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_text("")
    with staged(run).following(file):
        file.write_text('{"step": 1, "seconds": 0.1, "metrics": {}}\n')
    assert run.lines() == [{"step": 1, "seconds": 0.1, "metrics": {}}]
    assert json.loads(staged(run).metrics())["step"] == 1
