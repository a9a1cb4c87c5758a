"""Whole runs on a cluster: what they leave, and that what is wrong ends them with its reason."""

from __future__ import annotations

from pathlib import Path

from mlgitops.contract.artifact import ArtifactDescription
from tests.runtime.train.conftest import Cluster
from tests.runtime.train.runs import make_run
from tests.runtime.train.test_here import train

ONLY_A_PICKLE = """
import tempfile
from pathlib import Path
import ray.train
import torch

def train_loop(config):
    shard = ray.train.get_dataset_shard("customers")
    assert sum(len(batch["plan"]) for batch in shard.iter_batches(batch_size=64)) == 300
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"w": torch.ones(3)}, Path(folder, "model.pt"))
        ray.train.report({"loss": 1.0}, checkpoint=ray.train.Checkpoint.from_directory(folder))
"""


def test_an_estimator_is_trained_as_one_task_to_the_bytes_of_a_laptop(cluster: Cluster, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", framework="sklearn", estimator="linear_model.LogisticRegression")
    code, said = run.drive(cluster.address)
    assert code == 0, said
    record = run.record()
    assert (record.state, record.workers, record.resumedAt) == ("succeeded", 1, None)
    assert sorted(record.metrics) == ["accuracy", "logLoss"]
    assert run.lines() == [{"step": 1, "seconds": 0.0, "metrics": record.metrics}]
    described = ArtifactDescription.model_validate_json((run.staged / "artifact/mlgitops.json").read_text())
    assert (described.format, described.classes) == ("onnx", [0, 1])
    assert train(run, tmp_path / "laptop").digest == record.artifactDigest
    code, said = run.drive("127.0.0.1:1")  # no cluster is asked
    assert (code, said) == (0, f"churn: this run has succeeded at {record.finishedAt}: nothing to train\n")


def test_a_booster_is_trained_to_the_bytes_of_a_laptop(cluster: Cluster, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", hyperparameters={"numBoostRound": 60, "subsample": 0.8})
    code, said = run.drive(cluster.address)
    assert code == 0, said
    assert train(run, tmp_path / "laptop").digest == run.record().artifactDigest
    assert [line["step"] for line in run.lines()] == list(range(1, 61))


def test_a_loop_that_leaves_only_a_pt_is_told_what_to_add(cluster: Cluster, tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "run", code={"pickled.py": ONLY_A_PICKLE}, framework="torch", entrypoint="pickled:train_loop"
    )
    code, said = run.drive(cluster.address)
    assert code == 1
    assert "error[train/pickle]: the last checkpoint must hold model.onnx or model.safetensors" in said
    assert "Traceback" not in said.split("error[train/pickle]")[1]
    problem = run.record().problem
    assert problem is not None
    assert problem.code == "train/pickle"
    assert "save_file(" in (problem.hint or "")
    assert not (run.staged / "artifact").exists()


FULL_DISK = """
def train_loop(config):
    with open("/dev/full", "wb") as checkpoint:
        checkpoint.write(bytes(1 << 20))
"""


def test_a_full_disk_below_a_worker_is_the_worlds_fault(cluster: Cluster, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", code={"full.py": FULL_DISK}, framework="custom", entrypoint="full:train_loop")
    code, said = run.drive(cluster.address)
    assert code == 3
    assert "error[train/disk]: full:train_loop must be able to write, got: No space left on device" in said
    assert not (run.staged / "artifact").exists()


def test_other_bytes_than_those_pinned_end_a_run_before_it_trains(cluster: Cluster, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run.folder / "customers.csv").write_text("id,tenure,income,member,plan,churned\n1,2,3,true,pro,0\n")
    code, said = run.drive(cluster.address)
    assert code == 1
    assert said.splitlines()[-2].startswith("error[data/digest]: customers must have digest sha256:")
    assert not (run.folder / "checkpoints").exists()
