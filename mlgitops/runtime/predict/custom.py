"""A predictor beside the spec: `module:Class`, with `__init__(self, artifact: Path)` and `predict(self, rows)`."""

from __future__ import annotations

import importlib
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from mlgitops.problem import RunProblem
from mlgitops.runtime.predict.answers import KEYS, Answer
from mlgitops.spec.documents.model import Task

PLAIN = (str, int, float, bool, type(None))


class CustomPredictor:
    """Contributors' code, held to what an answer is."""

    def __init__(self, predictor: Any, entrypoint: str, task: Task) -> None:
        self.predictor, self.entrypoint, self.task = predictor, entrypoint, task

    def predict(self, rows: Any) -> list[Answer]:
        if not len(rows):
            return []
        try:
            found = self.predictor.predict(rows)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:500]
            raise _problem("failed", f"{self.entrypoint} must answer, got {reason}") from error
        if not isinstance(found, list) or len(found) != len(rows):
            got = f"{len(found)}" if isinstance(found, list) else f"a {type(found).__name__}"
            raise _problem("answer", f"{self.entrypoint} must give a list of {len(rows)} answers, got {got}")
        return [self._checked(answer) for answer in found]

    def _checked(self, answer: object) -> Answer:
        missing = [key for key in KEYS[self.task] if not isinstance(answer, dict) or key not in answer]
        if not isinstance(answer, dict) or (missing and missing != ["probabilities"]):
            got = ", ".join(str(key) for key in answer)[:200] if isinstance(answer, dict) else type(answer).__name__
            expected = ", ".join(KEYS[self.task])
            raise _problem("answer", f"an answer of {self.entrypoint} must have {expected}, got {got or 'none'}")
        return {str(key): self._plain(value) for key, value in answer.items()}

    def _plain(self, value: object) -> object:
        """A JSON value; NumPy's and torch's numbers become Python's."""
        if isinstance(value, dict):
            return {str(key): self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(item) for item in value]
        if not isinstance(value, PLAIN):
            value = value.tolist() if hasattr(value, "tolist") else value
            if not isinstance(value, (*PLAIN, list)):
                message = f"an answer of {self.entrypoint} must be JSON, got a {type(value).__name__}"
                raise _problem("answer", message)
        if isinstance(value, float) and not math.isfinite(value):
            raise _problem("answer", f"an answer of {self.entrypoint} must be of finite numbers, got {value}")
        return value


def load_custom(entrypoint: str, artifact: Path, code: Path, task: Task) -> CustomPredictor:
    """Load the class and start it with the artifact's folder.

    Raises RunProblem `predictor/missing`, `predictor/failed`.
    """
    module_name, _, class_name = entrypoint.partition(":")
    try:
        module = _module(module_name, code)
        found = getattr(module, class_name)
    except (ImportError, AttributeError, SyntaxError) as error:
        message = f"{entrypoint} must be a class in {code}, got {type(error).__name__}: {error}"
        raise _problem("missing", message) from error
    try:
        return CustomPredictor(found(artifact), entrypoint, task)
    except Exception as error:
        message = f"{entrypoint} must start with the artifact, got {type(error).__name__}: {str(error)[:500]}"
        raise _problem("failed", message) from error


def _module(name: str, code: Path) -> ModuleType:
    """A module of the code folder, even where a process has loaded another model's of the same name before."""
    folder = str(code)
    sys.path[:] = [folder, *(entry for entry in sys.path if entry != folder)]
    importlib.invalidate_caches()
    own = {path.stem for path in code.glob("*.py")} | {path.name for path in code.iterdir() if path.is_dir()}
    for loaded in [key for key in sys.modules if key.partition(".")[0] in own]:
        place = getattr(sys.modules[loaded], "__file__", None)
        if place is None or not Path(place).is_relative_to(code):
            del sys.modules[loaded]
    return importlib.import_module(name)


def _problem(what: str, message: str) -> RunProblem:
    return RunProblem(f"predictor/{what}", message, "mend the code beside the spec; try it with `mlgitops score`")
