"""Training without a cluster: the same artifact as its parts give, marked as a trial."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest

from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.train.here import Trial, train_here
from mlgitops.runtime.train.local_shard import LocalShard
from tests.runtime.frameworks.learnable import table
from tests.runtime.train.runs import REPOSITORY, Run, make_run

LOOP = """
import json, tempfile
from pathlib import Path
import ray.train

def train_loop(config):
    shard = ray.train.get_dataset_shard("customers")
    for epoch in range(3):
        rows = sum(len(batch["churned"]) for batch in shard.iter_batches(batch_size=100))
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "model.txt").write_text(f"tree\\n{rows} {config['depth']} {config['seed']}\\n")
            Path(folder, "resume.pt").write_bytes(b"private")
            ray.train.report({"epoch": epoch + 1, "loss": 1 / (epoch + 1)},
                             checkpoint=ray.train.Checkpoint.from_directory(folder))
"""


def train(run: Run, out: Path, shown: list[Any] | None = None, **more: Any) -> Trial:
    inputs = RunInputs.model_validate_json((run.folder / "code/mlgitops-run.json").read_text())
    config = TrainConfig.model_validate(run.config)
    seen = [] if shown is None else shown
    return train_here(inputs, config, run.folder / "code", out, lambda *args: seen.append(args), **more)


def test_a_trial_is_an_artifact_and_a_record(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", hyperparameters={"numBoostRound": 40})
    shown: list[Any] = []
    trial = train(run, tmp_path / "out", shown)
    record = RunRecord.model_validate_json((tmp_path / "out/run.json").read_text())
    assert record.trial
    assert (record.state, record.artifactDigest, record.metrics) == ("succeeded", trial.digest, trial.metrics)
    assert sorted(path.name for path in trial.artifact.iterdir()) == ["mlgitops.json", "model.ubj"]
    assert [args[:2] for args in shown] == [(done, 40) for done in range(1, 41)]
    assert trial.rows == 300
    assert train(run, tmp_path / "again").digest == trial.digest


def test_ray_is_not_imported_for_a_model_without_code(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", framework="sklearn", estimator="linear_model.LogisticRegression")
    program = f"""
import sys
from pathlib import Path
from tests.runtime.train.runs import Run
from tests.runtime.train.test_here import train
train(Run(Path({str(run.folder)!r}), {run.identity!r}, {run.config!r}), Path({str(tmp_path / "out")!r}))
assert "ray" not in sys.modules and "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})


def test_a_loop_runs_as_it_would_in_a_cluster(tmp_path: Path) -> None:
    run = make_run(
        tmp_path / "run",
        code={"loop_a.py": LOOP},
        framework="custom",
        entrypoint="loop_a:train_loop",
        hyperparameters={"depth": 3},
    )
    shown: list[Any] = []
    trial = train(run, tmp_path / "out", shown)
    assert (trial.artifact / "model.txt").read_text() == "tree\n300 3 7\n"
    assert sorted(path.name for path in trial.artifact.iterdir()) == ["mlgitops.json", "model.txt"]
    assert trial.metrics == {"loss": pytest.approx(1 / 3)}
    assert [(step, of) for step, of, _ in shown] == [(1, 0), (2, 0), (3, 0)]


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("absent", None, "train/entrypoint", "must be a function that can be imported"),
        ("broken", "def train_loop(config):\n    x = 1\n    return 1 / 0\n", "train/failed", "(broken.py, line 3)"),
        ("silent", "def train_loop(config):\n    pass\n", "train/no-checkpoint", "got none"),
        ("value", "train_loop = 3\n", "train/entrypoint", "must be a function, got a int"),
        (
            "wild",
            "import ray.train\ndef train_loop(config):\n    ray.train.report({'loss': float('nan')})\n",
            "train/diverged",
            "got loss nan",
        ),
    ],
)
def test_a_loop_that_fails_says_where(name: str, text: str | None, code: str, said: str, tmp_path: Path) -> None:
    files = {} if text is None else {f"{name}.py": text}
    run = make_run(tmp_path / "run", code=files, framework="custom", entrypoint=f"{name}:train_loop")
    with pytest.raises(RunProblem) as failed:
        train(run, tmp_path / "out")
    assert failed.value.code == code
    assert said in failed.value.message


def test_other_bytes_than_those_pinned_are_refused_unless_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", hyperparameters={"numBoostRound": 2})
    other = tmp_path / "other.csv"
    pyarrow.csv.write_csv(table(200, seed=1), other)
    trial = train(run, tmp_path / "out", overrides={"customers": str(other)})
    assert trial.rows == 200
    (run.folder / "customers.csv").write_bytes(other.read_bytes())
    with pytest.raises(RunProblem) as refused:
        train(run, tmp_path / "out2")
    assert refused.value.code == "data/digest"


def test_a_laptop_needs_no_accelerator(tmp_path: Path) -> None:
    plain = make_run(tmp_path / "plain", hyperparameters={"numBoostRound": 2})
    run = make_run(tmp_path / "run", hyperparameters={"numBoostRound": 2}, accelerators={"type": "T4"})
    assert train(run, tmp_path / "out").digest == train(plain, tmp_path / "other").digest


def test_a_sample_is_spread_over_the_rows(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", hyperparameters={"numBoostRound": 2})
    assert train(run, tmp_path / "out", sample=50).rows == 50


def test_an_expectation_that_does_not_hold_ends_it_before_the_first_step(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    run.config["data"][0]["expect"] = [{"column": "income", "range": [0, 40]}]
    shown: list[Any] = []
    with pytest.raises(RunProblem) as refused:
        train(run, tmp_path / "out", shown)
    assert refused.value.code.startswith("data/")
    assert shown == []


def test_a_shard_is_read_as_ray_datas() -> None:
    shard = LocalShard(pa.table({"a": [1, 2, 3, 4, 5], "b": [0.5] * 5}))
    assert [batch["a"].tolist() for batch in shard.iter_batches(batch_size=2)] == [[1, 2], [3, 4], [5]]
    assert [batch["a"].tolist() for batch in shard.iter_batches(batch_size=2, drop_last=True)] == [[1, 2], [3, 4]]
    assert [len(batch) for batch in shard.iter_batches(batch_size=3, batch_format="pandas")] == [3, 2]
    assert [row["a"] for row in shard.iter_rows()] == [1, 2, 3, 4, 5]
    assert shard.materialize().count() == len(shard.to_pandas()) == 5
    import torch

    (batch,) = shard.iter_torch_batches(batch_size=None, dtypes={"a": torch.float32})
    assert batch["a"].dtype == torch.float32
    assert batch["b"].dtype == torch.float64


def test_rows_are_shuffled_here_and_alike_with_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def ray_data(_: LocalShard) -> None:
        raise AssertionError("a cluster of this machine would be started")

    monkeypatch.setattr(LocalShard, "_of_ray", ray_data)
    shard = LocalShard(pa.table({"a": list(range(100)), "b": [f"row {number}" for number in range(100)]}))

    def shuffled(seed: int, batch_format: str = "default") -> list[int]:
        options = {"local_shuffle_buffer_size": 10, "local_shuffle_seed": seed, "batch_format": batch_format}
        batches = list(shard.iter_batches(batch_size=30, prefetch_batches=2, **options))
        assert [len(batch["b"]) for batch in batches] == [30, 30, 30, 10]
        rows = [(int(a), str(b)) for batch in batches for a, b in zip(batch["a"], batch["b"], strict=True)]
        assert all(b == f"row {a}" for a, b in rows)
        return [a for a, _ in rows]

    first = shuffled(1)
    assert sorted(first) == list(range(100)) != first
    assert shuffled(1) == shuffled(1, "pandas") == first != shuffled(2)


def test_what_a_loop_does_to_a_batch_is_gone_in_the_next_epoch() -> None:
    shard = LocalShard(pa.table({"a": [1.0, 2.0, 3.0, 4.0]}))
    for _ in range(2):
        seen = []
        for batch in (*shard.iter_batches(batch_size=2), *shard.iter_torch_batches(batch_size=2)):
            seen += batch["a"].tolist()
            batch["a"] *= 0
        assert seen == [1, 2, 3, 4, 1, 2, 3, 4]
