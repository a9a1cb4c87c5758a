"""LightGBM's own text format, by the booster itself: probabilities and values are its objective's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.problem import RunProblem

if TYPE_CHECKING:
    from mlgitops.runtime.matrix import Matrix
    from mlgitops.runtime.predict.scorer import Scores

FIRST_LINE = b"tree"
TREES = b"\nTree=0"
SIZES = b"tree_sizes="
END = b"end of trees"
ONE_THREAD_ROWS = 64
"""Fewer rows than this are scored faster by one thread than it takes to wake others."""
HINT = "save it with Booster.save_model('model.txt')"


class LightgbmScorer:
    """A booster; categories are their codes, as it was trained."""

    def __init__(self, booster: Any) -> None:
        self.booster = booster

    def scores(self, matrix: Matrix) -> Scores:
        options = {"num_threads": 1} if len(matrix) < ONE_THREAD_ROWS else {}
        found: Scores = self.booster.predict(matrix, **options)
        return found

    def contributions(self, matrix: Matrix) -> Scores:
        """SHAP values of the margin (exact, by the booster itself)."""
        found: Scores = self.booster.predict(matrix, pred_contrib=True)
        width = matrix.shape[1] + 1
        return found.reshape(len(matrix), -1, width) if found.shape[1] > width else found


def load(file: Path, description: ArtifactDescription) -> LightgbmScorer:
    """Raises RunProblem `artifact/unreadable`, `artifact/inputs`."""
    import lightgbm

    problem = _incomplete(file.read_bytes())
    if problem is not None:
        message = f"{file.name} must be LightGBM's text, got {problem}"
        raise RunProblem("artifact/unreadable", message, HINT)
    try:
        booster = lightgbm.Booster(model_file=file)
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError) as error:
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        message = f"{file.name} must be a booster that LightGBM {lightgbm.__version__} reads, got: {reason}"
        raise RunProblem("artifact/unreadable", message, HINT) from None
    found = booster.num_feature()
    if found != len(description.inputs):
        message = f"the booster must have the {len(description.inputs)} features of its description, got {found}"
        raise RunProblem("artifact/inputs", message, "train it again: booster and description are of two runs")
    return LightgbmScorer(booster)


def _incomplete(text: bytes) -> str | None:
    """What is wrong with the text's frame: LightGBM's own reader ends the whole process where a tree is cut off."""
    if text.split(b"\n", 1)[0].rstrip() != FIRST_LINE:
        return f"a first line that is not 'tree': {text[:20]!r}"
    start = text.find(TREES) + 1
    sizes = [line for line in text[:start].splitlines() if line.startswith(SIZES)]
    if not start or len(sizes) != 1:
        return "no trees and their sizes"
    try:
        length = sum(int(size) for size in sizes[0].removeprefix(SIZES).split())
    except ValueError:
        return "sizes of trees that are no numbers"
    if not text[start + length :].startswith(END):
        return f"trees of other sizes than the {length} bytes it says"
    return None
