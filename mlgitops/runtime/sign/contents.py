"""Whether an artifact holds what its format may hold, and no more: told by content, of bytes that a training pod wrote.

    mlgitops.json      `ArtifactDescription`, of this model
    the model file     one, by its format's name, which begins as its format does
    *.json             what a predictor reads besides, as the training loop left it

A file that begins so is no pickle: none of the four beginnings is an operation that a pickle can start with.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlgitops.contract import places
from mlgitops.contract.artifact import MODEL_FILES, ArtifactDescription, Format
from mlgitops.contract.reading import LARGEST, read_config
from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem

BEGINNINGS: Mapping[Format, bytes] = {"onnx": b"\x08", "xgboost": b"{", "lightgbm": b"tree\n"}
LARGEST_HEADER = 100_000_000
"""Bytes of a safetensors header, as its own library has it."""
_PICKLES = (b"\x80", b"PK\x03\x04")
"""How pickles of protocol 2 and above begin, and the archives of `torch.save`."""
HINT = "export the model to one of onnx, safetensors or its booster's own format; nothing else is served"


def check_contents(artifact: Path, names: list[str], inputs: RunInputs) -> ArtifactDescription:
    """What an artifact with these files says of itself.

    Raises RunProblem: `sign/description`, `sign/extra-file`, `sign/no-model`, `sign/content`, `sign/pickle`.
    """
    description = _description(artifact, names, inputs)
    model = MODEL_FILES[description.format]
    if model not in names:
        raise RunProblem("sign/no-model", f"an artifact of {description.format} must hold {model}, got none", HINT)
    for name in names:
        _refuse_pickle(artifact / name)
        if name == places.ARTIFACT_DESCRIPTION:
            continue
        if name == model:
            _check_model(artifact / name, description.format)
        elif name.endswith(".json") and "/" not in name:
            _json(artifact / name)
        else:
            expected = f"{places.ARTIFACT_DESCRIPTION}, {model} and JSON files"
            raise RunProblem("sign/extra-file", f"an artifact must hold {expected} alone, got {name}", HINT)
    return description


def _description(artifact: Path, names: list[str], inputs: RunInputs) -> ArtifactDescription:
    name = places.ARTIFACT_DESCRIPTION
    if name not in names:
        raise RunProblem("sign/description", f"an artifact must hold {name}, got none", HINT)
    with open(artifact / name, "rb") as file:
        text = file.read(LARGEST + 1)
    try:
        description = read_config(ArtifactDescription, text, name)
    except RunProblem as problem:
        raise RunProblem("sign/description", problem.message, "train it again with the version that signs") from None
    for what, expected, got in (
        ("model", inputs.model, description.model),
        ("task", inputs.task, description.task),
        ("framework", inputs.framework, description.framework),
    ):
        if expected != got:
            message = f"{name} must be of {what} {expected}, got {got}"
            raise RunProblem("sign/description", message, "train it again, from this spec")
    return description


def _refuse_pickle(file: Path) -> None:
    with open(file, "rb") as opened:
        if opened.read(4).startswith(_PICKLES):
            message = f"{file.name} must be no pickle, which runs what its author wrote, got one"
            raise RunProblem("sign/pickle", message, HINT)


def _check_model(file: Path, kind: Format) -> None:
    if kind == "safetensors":
        _check_safetensors(file)
        return
    beginning = BEGINNINGS[kind]
    with open(file, "rb") as opened:
        if opened.read(len(beginning)) != beginning:
            raise _other_content(file.name, kind)


def _check_safetensors(file: Path) -> None:
    """A header that names tensors, and their bytes, from the header's end to the file's without a gap."""
    size = os.path.getsize(file)
    with open(file, "rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or length > min(size - 8, LARGEST_HEADER):
            raise _other_content(file.name, "safetensors")
        text = opened.read(length)
    try:
        tensors = {name: entry for name, entry in json.loads(text).items() if name != "__metadata__"}
        spans = sorted(tuple(entry["data_offsets"]) for entry in tensors.values())
        ends = [0, *(end for _, end in spans)]
        whole = bool(spans) and [start for start, _ in spans] == ends[:-1] and ends[-1] == size - 8 - length
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise _other_content(file.name, "safetensors")


def _json(file: Path) -> Any:
    with open(file, "rb") as opened:
        text = opened.read(LARGEST + 1)
    try:
        if len(text) <= LARGEST:
            return json.loads(text)
    except (ValueError, RecursionError):
        pass
    raise _other_content(file.name, f"JSON of at most {LARGEST} bytes")


def _other_content(name: str, kind: str) -> RunProblem:
    return RunProblem("sign/content", f"{name} must be {kind}, got other content", HINT)
