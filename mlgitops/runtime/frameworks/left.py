"""What a loop with code left in its last checkpoint: a model that may be served, or a reason why not.

Of a checkpoint only the model file and JSON files beside it become the artifact; what a loop keeps for going on
(`resume*`, optimizers' state, anything else) is the run's own and never leaves it. Nothing is unpickled: a file is
told by its content.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path

from mlgitops.contract.artifact import MODEL_FILES, Format
from mlgitops.contract.folder import PATH
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.artifact import Left

LARGEST_JSON = 1 << 20
LARGEST_HEADER = 100_000_000
"""Of safetensors, as its own library has it."""

_PICKLED = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
"""How pickles and the archives of `torch.save` begin."""

_SAVE_AS = {
    ".pt": "torch",
    ".pth": "torch",
    ".bin": "torch",
    ".ckpt": "torch",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
}

THREE_LINES = """in rank 0's last report, save the weights as safetensors beside what you resume from:
    from safetensors.torch import save_file
    save_file({k: v.contiguous().cpu() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder))"""


def left_in(checkpoint: Path) -> Left:
    """The model that a loop left in its last checkpoint.

    Raises RunProblem: `train/no-model`, `train/pickle`, `train/two-models`, `train/model-file`, `train/diverged`.
    """
    names = sorted(path.name for path in checkpoint.iterdir() if path.is_file() and not path.is_symlink())
    models: list[Format] = [kind for kind, name in MODEL_FILES.items() if name in names]
    if not models:
        raise _no_model(names)
    if len(models) > 1:
        message = f"the last checkpoint must hold one model, got {', '.join(MODEL_FILES[kind] for kind in models)}"
        raise RunProblem("train/two-models", message, "leave the one that is to be served")
    kind = models[0]
    model = (checkpoint / MODEL_FILES[kind]).read_bytes()
    check_model(kind, model)
    beside = {name: _json(checkpoint / name) for name in names if _belongs(name)}
    return Left(kind, {**beside, MODEL_FILES[kind]: model})


def check_model(kind: Format, model: bytes) -> None:
    """Whether a file is of its format, by its content. Raises RunProblem as `left_in` does."""
    name = MODEL_FILES[kind]
    if model.startswith(_PICKLED):
        message = f"{name} must be of its format, got a pickle or an archive of torch.save"
        raise RunProblem("train/pickle", message, THREE_LINES)
    if kind == "safetensors":
        _check_safetensors(model)
        return
    begins: Mapping[Format, tuple[bytes, ...]] = {"onnx": (b"\x08",), "xgboost": (b"{",), "lightgbm": (b"tree\n",)}
    if not model.startswith(begins[kind]):
        raise RunProblem("train/model-file", f"{name} must be of format {kind}, got other content", "save it as such")


def _no_model(names: list[str]) -> RunProblem:
    """A loop that left nothing to serve, and what to add."""
    expected = " or ".join(MODEL_FILES.values())
    found = ", ".join(names[:10]) or "no files"
    message = f"the last checkpoint must hold {expected}, got {found[:300]}"
    kinds = {_SAVE_AS[Path(name).suffix] for name in names if Path(name).suffix in _SAVE_AS}
    if kinds:
        return RunProblem("train/pickle", f"{message}; pickles are never served", THREE_LINES)
    return RunProblem("train/no-model", message, THREE_LINES)


def _belongs(name: str) -> bool:
    known = ("mlgitops.json", "progress.json")
    return name.endswith(".json") and not name.startswith("resume") and name not in known


def _json(path: Path) -> bytes:
    text = path.read_bytes()[: LARGEST_JSON + 1]
    if not re.fullmatch(PATH, path.name) or len(text) > LARGEST_JSON:
        message = f"{path.name[:80]!r} must have a plain name and at most {LARGEST_JSON} bytes"
        raise RunProblem("train/model-file", message, "rename or shorten it, or call it resume… to keep it out")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise RunProblem("train/model-file", f"{path.name} must be JSON, got other content", "save JSON") from None
    return text


def _check_safetensors(model: bytes) -> None:
    wrong = RunProblem(
        "train/model-file", "model.safetensors must be of format safetensors, got other content", THREE_LINES
    )
    if len(model) < 8:
        raise wrong
    (length,) = struct.unpack("<Q", model[:8])
    if length > min(len(model) - 8, LARGEST_HEADER):
        raise wrong
    try:
        header = json.loads(model[8 : 8 + length])
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        for name, entry in tensors.items():
            first, last = entry["data_offsets"]
            _check_finite(name, str(entry["dtype"]), model[8 + length + first : 8 + length + last])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise wrong from None


def _check_finite(name: str, kind: str, data: bytes) -> None:
    import numpy as np

    types = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
    if kind == "BF16":
        # The upper half of a float32.
        numbers = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    elif kind in types:
        numbers = np.frombuffer(data, types[kind])
    else:
        return
    if not np.isfinite(numbers).all():
        message = f"the model's numbers must be finite, got NaN or infinite ones in {name[:80]!r}"
        raise RunProblem("train/diverged", message, "lower the learning rate, clip gradients, or look at the data")
