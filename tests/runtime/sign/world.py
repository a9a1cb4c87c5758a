"""A run that was trained and evaluated, in stores of a test's own; what each test changes of it is its point."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from mlgitops.contract.folder import folder_digest
from mlgitops.contract.sign import SignConfig
from mlgitops.registry.folders import local_entries
from mlgitops.registry.opened import open_registry
from mlgitops.runtime.sign.job import main
from tests.registry.examples import Key, run_of

RUN = run_of(7)
DATA, HOLDOUT, CODE = (f"sha256:{digit * 64}" for digit in "123")
IMAGE = "registry.example.com/ml/xgboost:2.60.0"
INPUTS: dict[str, Any] = {
    "model": "churn",
    "task": "binaryClassification",
    "columns": {"target": "churned"},
    "data": [{"name": "customers", "digest": DATA}],
    "framework": "xgboost",
    "hyperparameters": {"max_depth": 3, "eta": 0.1},
}
DESCRIPTION = {
    "contract": 1,
    "model": "churn",
    "task": "binaryClassification",
    "framework": "xgboost",
    "format": "xgboost",
    "inputs": [{"name": "tenure", "type": "float32"}],
    "classes": [False, True],
}
NOON = 1_793_620_800.0
"""2026-11-02T12:00:00Z, in seconds since 1970."""


class World:
    """Stores below a folder, and the Job's configuration; everything as it should be until a test changes it."""

    def __init__(self, folder: Path, key: Key) -> None:
        self.folder, self.key = folder, key
        self.run_folder = folder / "staging" / "churn" / RUN.removeprefix("sha256:")
        self.evaluation_folder = folder / "evaluations" / "churn" / RUN.removeprefix("sha256:")
        self.artifact = self.run_folder / "artifact"
        self.artifact.mkdir(parents=True)
        self.evaluation_folder.mkdir(parents=True)
        (self.artifact / "mlgitops.json").write_text(json.dumps(DESCRIPTION))
        (self.artifact / "model.ubj").write_bytes(b"{L\x00model" * 100)
        self.config: dict[str, Any] = self._config()
        self.record: dict[str, Any] = self._record()
        (self.evaluation_folder / "card.md").write_text("# churn\n")
        (self.evaluation_folder / "profile.json").write_text("{}")
        self.evaluation: dict[str, Any] = self._evaluation()

    def artifact_digest(self) -> str:
        return folder_digest(local_entries(self.artifact))

    def _config(self) -> dict[str, Any]:
        stores = {name: (self.folder / name).as_uri() for name in ("staging", "evaluations", "registry")}
        return {
            "contract": 1,
            "model": "churn",
            "environment": "dev",
            "team": "growth",
            "inputs": INPUTS,
            "codeDigest": CODE,
            "image": IMAGE,
            "holdout": {"name": "customers-holdout", "digest": HOLDOUT},
            "metrics": [{"name": "auc", "min": 0.8}],
            "key": self.key.private.name,
            "signer": "ml-platform",
            "stores": stores,
        }

    def _record(self) -> dict[str, Any]:
        return {
            "contract": 1,
            "model": "churn",
            "run": RUN,
            "environment": "dev",
            "state": "succeeded",
            "inputs": INPUTS,
            "image": IMAGE,
            "codeDigest": CODE,
            "startedAt": "2026-11-02T08:00:00Z",
            "finishedAt": "2026-11-02T09:00:00Z",
            "metrics": {"auc": 0.999},
            "artifactDigest": self.artifact_digest(),
        }

    def _evaluation(self) -> dict[str, Any]:
        return {
            "contract": 1,
            "model": "churn",
            "run": RUN,
            "environment": "dev",
            "verdict": "passed",
            "artifactDigest": self.artifact_digest(),
            "holdout": {"name": "customers-holdout", "digest": HOLDOUT},
            "data": [{"name": "customers", "digest": DATA}],
            "rows": 100,
            "overlap": 0,
            "scores": [{"metric": "auc", "rows": 100, "value": 0.9, "training": 0.95}],
            "files": [self.beside("card.md"), self.beside("profile.json")],
            "startedAt": "2026-11-02T10:00:00Z",
            "finishedAt": "2026-11-02T11:00:00Z",
        }

    def beside(self, name: str) -> dict[str, Any]:
        """The entry of a file beside the evaluation."""
        data = (self.evaluation_folder / name).read_bytes()
        return {"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def evaluated_again(self) -> None:
        """The evaluation is of the artifact that lies there now."""
        self.evaluation["artifactDigest"] = self.artifact_digest()

    def write(self) -> None:
        """Leave run, evaluation and configuration where the Job looks."""
        (self.run_folder / "run.json").write_text(json.dumps(self.record))
        (self.evaluation_folder / "evaluation.json").write_text(json.dumps(self.evaluation))
        self.write_config()

    def write_config(self) -> None:
        SignConfig.model_validate_json(json.dumps(self.config))
        code = self.folder / "code"
        code.mkdir(exist_ok=True)
        (code / "mlgitops-sign.json").write_text(json.dumps(self.config))

    def registry(self) -> Any:
        return open_registry("directory", self.config["stores"]["registry"])

    def sign(self, now: float = NOON) -> None:
        """The Job, once everything is written; it must not have to wait."""
        self.write()
        main(sleep=_never, clock=lambda: now)


def _never(seconds: float) -> None:
    raise AssertionError("there is nothing to wait for")
