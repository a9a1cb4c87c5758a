"""From an artifact folder to a `Model`. The folder was verified before, or is trusted: a laptop's own."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mlgitops.contract import places
from mlgitops.contract.artifact import MODEL_FILES, ArtifactDescription, Format
from mlgitops.contract.parts import Predictor
from mlgitops.contract.reading import LARGEST, read_config
from mlgitops.problem import RunProblem
from mlgitops.runtime.configuration import code_folder
from mlgitops.runtime.predict.answers import check_classes, check_scores
from mlgitops.runtime.predict.custom import load_custom
from mlgitops.runtime.predict.model import Model, ScoringPredictor
from mlgitops.runtime.predict.scorer import Scorer
from mlgitops.spec.documents.model import Feature

MODULES: dict[Format, str] = {
    "onnx": "mlgitops.runtime.predict.formats.onnx",
    "xgboost": "mlgitops.runtime.predict.formats.xgboost",
    "lightgbm": "mlgitops.runtime.predict.formats.lightgbm",
}
"""The formats that answer by themselves; safetensors are weights, and need a predictor."""

HEADER_BYTES = 8


def load_model(folder: Path, predictor: Predictor, code: Path | None = None) -> Model:
    """The model of an artifact folder; `code` has a custom predictor's modules (`configuration.code_folder()`).

    Raises RunProblem: `artifact/missing`, `artifact/unreadable`, `artifact/inputs`, `artifact/outputs`,
    `artifact/classes`, `predictor/…`, `contract/…`.
    """
    description = read_description(folder)
    file = folder / MODEL_FILES[description.format]
    if not file.is_file():
        message = f"an artifact of format {description.format} must have {file.name}, got none"
        raise RunProblem("artifact/missing", message, "register a run that left it")
    _refuse_disguises(file, description.format)
    inputs = laid_over(description.inputs, predictor.inputs)
    if predictor.entrypoint is not None:
        custom = load_custom(predictor.entrypoint, folder, code or code_folder(), description.task)
        return Model(description, inputs, custom, folder)
    if description.format not in MODULES:
        message = f"an artifact of format {description.format} must have a predictor beside its spec, got none"
        raise RunProblem("predictor/missing", message, "write serving.entrypoint: module:Class, or export ONNX")
    check_classes(description.task, description.classes)
    scorer: Scorer = importlib.import_module(MODULES[description.format]).load(file, description)
    _try(scorer, description)
    return Model(description, inputs, ScoringPredictor(scorer, description, predictor.threshold), folder, scorer)


def read_description(folder: Path) -> ArtifactDescription:
    """What an artifact says of itself. Raises RunProblem `artifact/missing`, `artifact/inputs`, `contract/…`."""
    file = folder / places.ARTIFACT_DESCRIPTION
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST + 1)
    except OSError:
        message = f"an artifact must have {places.ARTIFACT_DESCRIPTION} at its root, got none"
        raise RunProblem("artifact/missing", message, "register a run that left it") from None
    description = read_config(ArtifactDescription, text, places.ARTIFACT_DESCRIPTION)
    names = {feature.name for feature in description.inputs}
    if not names or len(names) != len(description.inputs):
        message = f"an artifact must have inputs, each named once, got {len(description.inputs)}"
        raise RunProblem("artifact/inputs", message, "train it again: its features are not those of its data")
    return description


def laid_over(inputs: Sequence[Feature], written: Sequence[Feature]) -> list[Feature]:
    """The artifact's inputs in its order, with what a spec's author wrote of them instead.

    What it says of range, nullability and sensitivity counts; the type and a category's values decide the numbers that
    the model is asked with, so they stay the artifact's. Raises RunProblem `artifact/inputs` for a written feature that
    it has not.
    """
    known = {feature.name for feature in inputs}
    strange = [feature.name for feature in written if feature.name not in known]
    if strange:
        message = f"serving.inputs must be features of the model, got {strange[0]!r}"
        raise RunProblem("artifact/inputs", message, "write features that it was trained on, or train it again")
    over = {feature.name: feature for feature in written}
    return [_laid_over(feature, over.get(feature.name)) for feature in inputs]


def _laid_over(feature: Feature, written: Feature | None) -> Feature:
    if written is None:
        return feature
    return feature.model_copy(
        update={
            "range": feature.range if written.range is None else written.range,
            "nullable": feature.nullable or written.nullable,
            "sensitive": feature.sensitive or written.sensitive,
        }
    )


def _refuse_disguises(file: Path, kind: Format) -> None:
    """Raises RunProblem `artifact/unreadable` for pickles and archives under another name; none is ever opened."""
    with file.open("rb") as stream:
        start = stream.read(HEADER_BYTES + 1)
    what = "a pickle" if start[:1] == b"\x80" else "an archive" if start[:2] == b"PK" else None
    if kind == "safetensors" and what is None:
        length = int.from_bytes(start[:HEADER_BYTES], "little")
        sound = start[HEADER_BYTES:] == b"{" and HEADER_BYTES + length <= file.stat().st_size
        what = None if sound else "something else"
    if what is not None:
        message = f"{file.name} must be {kind}, got {what}"
        raise RunProblem("artifact/unreadable", message, "save it in that format: nothing else is ever loaded")


def _try(scorer: Scorer, description: ArtifactDescription) -> None:
    """Ask once before the first request does: a wrong shape is found here, and what is lazy is loaded."""
    row = np.zeros((1, len(description.inputs)), np.float32)
    try:
        scores = scorer.scores(row)
    except Exception as error:
        message = f"the model must answer a row of {len(description.inputs)} features, got: {str(error)[:300]}"
        raise RunProblem("artifact/inputs", message, "train it again: model and description are of two runs") from None
    check_scores(scores, description.task, description.classes)
