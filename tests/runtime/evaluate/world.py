"""A staging area with a run that succeeded, data, a registry and the Job's configuration, all in one folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.evaluation import Evaluation
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.parts import DataLocation
from mlgitops.files.data_digest import data_digest
from mlgitops.programs import process
from mlgitops.registry.folders import local_entries
from mlgitops.runtime.data import feature_signature, read_table
from mlgitops.runtime.matrix import matrix_of_table

ROOT = Path(__file__).resolve().parents[3]
RUN = "sha256:" + "3f" * 32
PLACE = "3f" * 32


class Finished(NamedTuple):
    code: int
    stdout: str
    stderr: str


class World:
    """Everything that one evaluate Job sees."""

    def __init__(self, root: Path, model: str, task: str, framework: str, **config: Any) -> None:
        self.root, self.model, self.task, self.framework = root, model, task, framework
        self.code, self.artifact = root / "code", root / "staging" / model / PLACE / "artifact"
        self.config: dict[str, Any] = config
        self.columns: dict[str, Any] = config.pop("columns", {"target": "target"})
        self.code.mkdir(parents=True, exist_ok=True)
        self.artifact.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.root / f"{name}.csv"

    def data(self, training: str | bytes, holdout: str | bytes) -> None:
        for name, content in (("training", training), ("holdout", holdout)):
            self.path(name).write_bytes(content.encode() if isinstance(content, str) else content)

    def table(self, name: str) -> Any:
        return read_table(DataLocation(name=name, uri=self.path(name).as_uri()), None).table

    def describe(self, format_: str, **fields: Any) -> ArtifactDescription:
        """Write the artifact's `mlgitops.json`, with the inputs that its training data says."""
        from mlgitops.contract.parts import Columns

        inputs = feature_signature(self.table("training"), Columns(**self.columns), [])
        given = {
            "contract": 1,
            "model": self.model,
            "task": self.task,
            "framework": self.framework,
            "format": format_,
            "inputs": inputs,
            "target": self.columns.get("target"),
        }
        description = ArtifactDescription(**{**given, **fields})  # type: ignore[arg-type]
        (self.artifact / "mlgitops.json").write_text(description.model_dump_json(exclude_defaults=True))
        return description

    def matrix(self, name: str, description: ArtifactDescription) -> np.ndarray[Any, Any]:
        return matrix_of_table(self.table(name), description.inputs)

    def target(self, name: str) -> np.ndarray[Any, Any]:
        found: np.ndarray[Any, Any] = self.table(name).column(self.columns["target"]).to_numpy()
        return found

    def record(self, **fields: Any) -> None:
        """Write the run's record: it succeeded, unless the fields say otherwise."""
        given: dict[str, Any] = {
            "contract": 1,
            "model": self.model,
            "run": RUN,
            "environment": "dev",
            "state": "succeeded",
            "inputs": {"model": self.model, "task": self.task, "data": [], "framework": self.framework},
            "codeDigest": "sha256:" + "0" * 64,
            "startedAt": "2026-11-21T10:00:00Z",
            **fields,
        }
        record = RunRecord.model_validate(given)
        (self.artifact.parent / "run.json").write_text(record.model_dump_json(exclude_defaults=True))

    def digest(self) -> str:
        return folder_digest(local_entries(self.artifact))

    def configuration(self) -> EvaluateConfig:
        given = {
            "contract": 1,
            "model": self.model,
            "environment": "dev",
            "team": "diagnostics",
            "task": self.task,
            "framework": self.framework,
            "codeDigest": "sha256:" + "4" * 64,
            "columns": self.columns,
            "holdout": {"name": "holdout", "uri": self.path("holdout").as_uri()},
            "holdoutIdentity": {"name": "holdout", "version": "v1", "digest": data_digest(str(self.path("holdout")))},
            "training": [{"name": "training", "uri": self.path("training").as_uri()}],
            "data": [{"name": "training", "version": "v1", "digest": data_digest(str(self.path("training")))}],
            "metrics": [],
            "stores": {name: (self.root / name).as_uri() for name in ("staging", "evaluations", "registry")},
        }
        return EvaluateConfig.model_validate({**given, **self.config})

    def run(self, timeout: float = 120) -> Finished:
        """The Job as a process of its own."""
        text = self.configuration().model_dump_json(exclude_defaults=True)
        (self.code / "mlgitops-evaluate.json").write_text(text)
        extra = {
            "MLGITOPS_CODE": str(self.code),
            "MLGITOPS_RUN": RUN,
            "MLGITOPS_WAIT": "0",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "HOME": str(self.root),
            "SECRET_OF_THE_JOB": "hunter2",
        }
        done = process.run(
            [sys.executable, "-m", "mlgitops.runtime.evaluate"],
            cwd=self.root,
            env={**process.environment(), **extra, "PATH": os.environ["PATH"]},
            timeout=timeout,
            allowed=frozenset((0, 1, 3)),
        )
        return Finished(done.code, done.stdout.decode(), done.stderr.decode())

    @property
    def results(self) -> Path:
        return self.root / "evaluations" / self.model / PLACE

    def evaluation(self) -> Evaluation:
        return Evaluation.model_validate_json((self.results / "evaluation.json").read_bytes())

    def scores(self, **of: Any) -> dict[str, float]:
        """The values of the whole holdout, or of one slice."""
        part = of.get("slice")
        return {score.metric: score.value for score in self.evaluation().scores if score.slice == part}


def csv_of(columns: dict[str, Any]) -> str:
    """A CSV file of columns; None is missing."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
    return "\n".join(lines) + "\n"


def onnx(world: World, estimator: Any, description: ArtifactDescription, *, classifier: bool) -> None:
    """Export a scikit-learn estimator that was fitted on floats into the world's artifact."""
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType

    options = {id(estimator): {"zipmap": False}} if classifier else None
    shape = FloatTensorType([None, len(description.inputs)])
    opset = {"": 18, "ai.onnx.ml": 3}
    graph = skl2onnx.to_onnx(estimator, initial_types=[("features", shape)], options=options, target_opset=opset)
    (world.artifact / "model.onnx").write_bytes(graph.SerializeToString())


def custom(world: World, source: str, **fields: Any) -> None:
    """An artifact of one tensor, and the predictor `answer:Answer` beside the spec."""
    import safetensors.numpy

    world.describe("safetensors", **fields)
    safetensors.numpy.save_file({"weight": np.float32([0.5])}, world.artifact / "model.safetensors")
    (world.code / "answer.py").write_text(source)
    world.config["predictor"] = {"entrypoint": "answer:Answer"}


def told(text: bytes) -> Any:
    return json.loads(text)
