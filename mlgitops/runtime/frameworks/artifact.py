"""The artifact's folder: one model file, `mlgitops.json`, and for a predictor with code what it reads besides.

write_artifact(folder, inputs, features, classes, Left("onnx", {"model.onnx": graph}))
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mlgitops.contract import places
from mlgitops.contract.artifact import MODEL_FILES, ArtifactDescription, Format
from mlgitops.contract.run import RunInputs
from mlgitops.problem import WORLD, RunProblem
from mlgitops.spec.documents.model import Feature


class Left(NamedTuple):
    """What a training left: the model's format, and files by name."""

    format: Format
    files: Mapping[str, bytes]


def of_model(kind: Format, model: bytes) -> Left:
    """What a built-in framework leaves."""
    return Left(kind, {MODEL_FILES[kind]: model})


def write_artifact(
    folder: Path, inputs: RunInputs, features: Sequence[Feature], classes: Sequence[str | int | bool], left: Left
) -> None:
    """Write the artifact into a folder that is made. Raises RunProblem `train/disk`."""
    description = ArtifactDescription(
        contract=1,
        model=inputs.model,
        task=inputs.task,
        framework=inputs.framework,
        format=left.format,
        inputs=list(features),
        target=inputs.columns.target,
        classes=list(classes),
        estimator=inputs.estimator,
    )
    text = json.dumps(description.model_dump(exclude_defaults=True), indent=1, sort_keys=True, ensure_ascii=False)
    try:
        folder.mkdir(parents=True)
        for name, data in left.files.items():
            (folder / name).write_bytes(data)
        (folder / places.ARTIFACT_DESCRIPTION).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        message = f"the artifact must be written, got: {error.strerror}"
        raise RunProblem("train/disk", message, "make room on the disk and try again", exit_code=WORLD) from None
