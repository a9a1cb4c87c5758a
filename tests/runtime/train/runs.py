"""Runs for tests: folders as a RayJob would find them, and the driver as a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.csv

from mlgitops.contract.outcome import RunRecord
from tests.runtime.frameworks.learnable import table

REPOSITORY = Path(__file__).parents[3]
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "RAY_AUTH_MODE": "disabled",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # one process less to wait for
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Of every process of a test's cluster."""
IMAGE = "registry.example.com/train@sha256:" + "0" * 64


class Run(NamedTuple):
    """A run's folders, and what the driver is told."""

    folder: Path
    identity: str
    config: dict[str, Any]

    @property
    def staged(self) -> Path:
        return self.folder / "staging/churn" / self.identity.removeprefix("sha256:")

    def record(self) -> RunRecord:
        return RunRecord.model_validate_json((self.staged / "run.json").read_text())

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.staged / "metrics.jsonl").read_text().splitlines()]

    def environment(self, address: str) -> dict[str, str]:
        code = str(self.folder / "code")
        return {
            **os.environ,
            **SETTINGS,
            "RAY_ADDRESS": address,
            "MLGITOPS_CONFIG": json.dumps(self.config),
            "MLGITOPS_CODE": code,
            "MLGITOPS_RUN": self.identity,
            "PYTHONPATH": f"{REPOSITORY}:{code}",
        }

    def start(self, address: str) -> subprocess.Popen[str]:
        """The driver, started."""
        return subprocess.Popen(
            [sys.executable, "-m", "mlgitops.runtime.train"],
            env=self.environment(address),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def drive(self, address: str) -> tuple[int, str]:
        """The driver's exit code, and what it said."""
        process = self.start(address)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said


def make_run(folder: Path, *, rows: int = 300, code: dict[str, str] | None = None, **fields: Any) -> Run:
    """A run of the binary classifier over `table`; `fields` are of RunInputs or TrainConfig."""
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "customers.csv"
    if not data.exists():
        pyarrow.csv.write_csv(table(rows), data)
    (folder / "code").mkdir(exist_ok=True)
    for name, text in (code or {}).items():
        (folder / "code" / name).write_text(text)
    config = {
        "contract": 1,
        "environment": "dev",
        "team": "growth",
        "data": [{"name": "customers", "uri": f"file://{data}"}],
        "stores": {
            "staging": f"file://{folder}/staging",
            "evaluations": f"file://{folder}/evaluations",
            "registry": f"file://{folder}/registry",
        },
        "checkpoints": f"file://{folder}/checkpoints",
        "cpusPerWorker": 1.0,
        "image": IMAGE,
        "codeDigest": "sha256:" + "1" * 64,
    }
    inputs = {
        "model": "churn",
        "task": "binaryClassification",
        "columns": {"target": "churned", "id": "id", "features": ["tenure", "income", "member", "plan"]},
        "data": [{"name": "customers", "digest": "sha256:" + hashlib.sha256(data.read_bytes()).hexdigest()}],
        "framework": "xgboost",
        "seed": 7,
    }
    for name, value in fields.items():
        (config if name in ("maxFailures", "checkpoint", "stores", "checkpoints", "cpusPerWorker") else inputs)[
            name
        ] = value
    text = json.dumps(inputs)
    (folder / "code/mlgitops-run.json").write_text(text)
    return Run(folder, "sha256:" + hashlib.sha256(f"{folder} {text}".encode()).hexdigest(), config)
