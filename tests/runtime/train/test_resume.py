"""A run that was killed goes on at its last checkpoint and leaves the bytes of a run that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.runtime.train.conftest import Cluster
from tests.runtime.train.runs import REPOSITORY, Run, make_run

ROUNDS = 8000
"""Several seconds of training, so that a process that dies after the first checkpoint has much left to do."""
PATIENCE = 200.0
"""Seconds: this machine may have much else to do."""


def checkpoints(run: Run) -> list[Path]:
    """Those that are complete: the controller writes their names into its snapshot."""
    snapshots = list((run.folder / "checkpoints").glob("*/checkpoint_manager_snapshot.json"))
    text = snapshots[0].read_text() if snapshots else ""
    return [path for path in sorted((run.folder / "checkpoints").glob("*/checkpoint_*")) if path.name in text]


def wait_for_checkpoint(run: Run, driver: subprocess.Popen[str], known: list[Path]) -> list[Path]:
    """Those after the ones that are known."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = [path for path in checkpoints(run) if path not in known and path.is_dir()]
        if found:
            return found
        assert driver.poll() is None, driver.communicate()[0]
        time.sleep(0.05)
    raise AssertionError("no checkpoint")


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def assert_same(run: Run, whole: Run) -> None:
    record, expected = run.record(), whole.record()
    assert record.state == "succeeded"
    assert record.artifactDigest == expected.artifactDigest
    assert record.metrics == expected.metrics
    assert record.resumedAt is not None
    assert 0 < record.resumedAt < whole.lines()[-1]["step"]
    assert expected.resumedAt is None
    steps = [line["step"] for line in run.lines()]
    assert steps == sorted(set(steps))
    assert steps[-1] == whole.lines()[-1]["step"]


def make(folder: Path, framework: str, hyperparameters: dict[str, Any]) -> Run:
    return make_run(
        folder,
        rows=3000,
        framework=framework,
        workers=2,
        maxFailures=2,
        checkpoint={"every": "1s", "keep": 2},
        hyperparameters=hyperparameters,
    )


def test_xgboost_survives_the_loss_of_a_worker_and_of_the_driver(cluster: Cluster, tmp_path: Path) -> None:
    options = {"numBoostRound": ROUNDS, "maxDepth": 3, "subsample": 0.8}
    whole, run = make(tmp_path / "whole", "xgboost", options), make(tmp_path / "killed", "xgboost", options)
    code, said = whole.drive(cluster.address)
    assert code == 0, said
    driver = run.start(cluster.address)
    known = wait_for_checkpoint(run, driver, [])
    kill(cluster.workers()[0])
    wait_for_checkpoint(run, driver, known)
    driver.kill()
    driver.communicate()
    assert run.record().state == "running"
    code, said = run.drive(cluster.address)
    assert code == 0, said
    assert_same(run, whole)
    # A checkpoint's interval is a segment: an eighth of the rounds, where rows are drawn.
    assert run.record().resumedAt % 1000 == 0  # type: ignore[operator]


def test_lightgbm_survives_the_loss_of_a_worker(cluster: Cluster, tmp_path: Path) -> None:
    options = {"numBoostRound": ROUNDS, "numLeaves": 7}
    whole, run = make(tmp_path / "whole", "lightgbm", options), make(tmp_path / "killed", "lightgbm", options)
    code, said = whole.drive(cluster.address)
    assert code == 0, said
    driver = run.start(cluster.address)
    wait_for_checkpoint(run, driver, [])
    kill(cluster.workers()[0])
    said, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 0, said
    assert_same(run, whole)


def test_a_loop_in_torch_survives_the_loss_of_the_driver(cluster: Cluster, tmp_path: Path) -> None:
    """The example's own loop, over pictures of noise."""
    whole, run = make_digits(tmp_path / "whole"), make_digits(tmp_path / "killed")
    code, said = whole.drive(cluster.address)
    assert code == 0, said
    driver = run.start(cluster.address)
    wait_for_checkpoint(run, driver, [])
    driver.kill()
    driver.communicate()
    code, said = run.drive(cluster.address)
    assert code == 0, said
    assert_same(run, whole)


def make_digits(folder: Path) -> Run:
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv

    folder.mkdir()
    random = np.random.default_rng(0)
    columns = {f"pixel_{row}_{column}": random.integers(0, 17, 200) for row in range(8) for column in range(8)}
    pyarrow.csv.write_csv(pa.table({**columns, "target": np.arange(200) % 10}), folder / "customers.csv")
    code = {file.name: file.read_text() for file in (REPOSITORY / "specs/digits").glob("*.py")}
    return make_run(
        folder,
        code={**code, "train.py": code["train.py"].replace('"pictures"', '"customers"')},
        framework="torch",
        task="multiclassClassification",
        columns={"target": "target"},
        entrypoint="train:train_loop",
        workers=2,
        hyperparameters={"epochs": 60, "learningRate": 3e-3, "batchSize": 32, "hidden": 4},
    )
