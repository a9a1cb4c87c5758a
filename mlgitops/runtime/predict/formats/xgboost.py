"""XGBoost's own format (UBJSON), by the booster itself: probabilities and values are its objective's."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.problem import RunProblem

if TYPE_CHECKING:
    from mlgitops.runtime.matrix import Matrix
    from mlgitops.runtime.predict.scorer import Scores

OBJECT = b"{"
"""First byte of UBJSON; the older binary formats begin otherwise, and are guessed at."""


PREDICT = (
    b'{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"cache_id":0,"missing":NaN}'
)
"""Answers of all rounds, as the objective gives them."""
ONE_THREAD_ROWS = 256
"""Up to as many rows one thread is faster: on two busy cores, waking a second one for one row took 20 ms instead of
0.2."""


class XgboostScorer:
    """A booster; categories are their codes, as it was trained.

    Another copy of it, read when many rows first come, has as many threads as OpenMP allows: to change one booster's
    while it is asked from two threads is not safe.
    """

    def __init__(self, booster: Any, file: Path) -> None:
        self.booster, self.file = booster, file
        self.for_many: Any = None
        self.types: list[str] | None = booster.feature_types
        self.names: list[str] | None = booster.feature_names

    def scores(self, matrix: Matrix) -> Scores:
        return _predicted(self.booster if len(matrix) <= ONE_THREAD_ROWS else self._for_many(), matrix)

    def _for_many(self) -> Any:
        if self.for_many is None:
            self.for_many = _booster(self.file, {})
        return self.for_many

    def contributions(self, matrix: Matrix) -> Scores:
        """SHAP values of the margin (exact, by the booster itself)."""
        import xgboost

        rows = xgboost.DMatrix(
            matrix, feature_names=self.names, feature_types=self.types, enable_categorical="c" in (self.types or ())
        )
        found: Scores = self.booster.predict(rows, pred_contribs=True)
        return found


def load(file: Path, description: ArtifactDescription) -> XgboostScorer:
    """Raises RunProblem `artifact/unreadable`, `artifact/inputs`."""
    import xgboost

    hint = "save it with Booster.save_model('model.ubj')"
    with file.open("rb") as stream:
        first = stream.read(1)
    if first != OBJECT:
        raise RunProblem(
            "artifact/unreadable", f"{file.name} must be UBJSON, got something that begins {first!r}", hint
        )
    try:
        booster = _booster(file, {"nthread": 1})
    except (xgboost.core.XGBoostError, UnicodeDecodeError, ValueError) as error:
        message = f"{file.name} must be a booster that XGBoost {xgboost.__version__} reads, got: {_reason(error)}"
        raise RunProblem("artifact/unreadable", message, hint) from None
    found = booster.num_features()
    if found != len(description.inputs):
        message = f"the booster must have the {len(description.inputs)} features of its description, got {found}"
        raise RunProblem("artifact/inputs", message, "train it again: booster and description are of two runs")
    return XgboostScorer(booster, file)


def _predicted(booster: Any, matrix: Matrix) -> Scores:
    """What `Booster.inplace_predict` gives, by the function of XGBoost's C API that it calls itself.

    Its Python takes as long around a record as a hundred trees do: 159 µs in all, against 81 here.
    """
    from xgboost import core

    rows = np.ascontiguousarray(matrix, np.float32)
    array = b'{"data":[%d,true],"shape":[%d,%d],"typestr":"<f4","version":3}' % (rows.ctypes.data, *rows.shape)
    shape, found = ctypes.POINTER(ctypes.c_uint64)(), ctypes.POINTER(ctypes.c_float)()
    rank = ctypes.c_uint64()
    to = (ctypes.byref(shape), ctypes.byref(rank), ctypes.byref(found))
    if core._LIB.XGBoosterPredictFromDense(booster.handle, array, PREDICT, None, *to):
        raise core.XGBoostError(core._LIB.XGBGetLastError().decode())
    sizes = tuple(shape[: rank.value])
    # The numbers are XGBoost's until this thread asks again.
    return np.ctypeslib.as_array(found, sizes).copy()


def _booster(file: Path, options: dict[str, int]) -> Any:
    import xgboost

    booster = xgboost.Booster(options)
    booster.load_model(file)
    return booster


def _reason(error: Exception) -> str:
    """The line of XGBoost's message that says what is wrong, without its stack."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[-300:]
