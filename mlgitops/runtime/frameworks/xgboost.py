"""XGBoost without code: its objective by the task, categories as categories, `model.ubj`.

The file's bytes are a function of data, options, seed, workers and threads: `tests/runtime/frameworks` trains twice in
two processes. It knows its features' types, not their names, which may hold what XGBoost refuses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.options import checked_options
from mlgitops.runtime.frameworks.prepared import Prepared
from mlgitops.runtime.frameworks.rounds import DEFAULT_ROUNDS, ROUNDS, segment_of
from mlgitops.spec.training.boosters import OBJECTIVES

if TYPE_CHECKING:
    import xgboost

_METRICS = {
    "binaryClassification": ("logloss", "logLoss"),
    "multiclassClassification": ("mlogloss", "logLoss"),
    "regression": ("rmse", "rmse"),
}
"""XGBoost's metric and our name for it."""

_DRAWING = ("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode")


class XGBoostRounds:
    """`rounds.Rounds` over XGBoost; on several workers each holds its own rows and all take every step together."""

    def __init__(self, inputs: RunInputs, data: Prepared, threads: int = 1) -> None:
        options = checked_options(inputs)
        self.total = _whole(options.pop(ROUNDS, DEFAULT_ROUNDS))
        draws = any(options.get(name, 1) != 1 for name in _DRAWING) or options.get("booster") == "dart"
        self.segment = segment_of(self.total, draws=draws)
        self._metric, self._metric_name = _METRICS[inputs.task]
        self._seed = inputs.seed
        self._options = {**_fixed(inputs, data, threads), "eval_metric": self._metric, **options}
        self._data = _matrix(data, threads)
        self._booster: xgboost.Booster | None = None
        self._done = 0

    def begin(self, model: bytes | None, done: int) -> None:
        import xgboost

        self._done = done
        seed = (self._seed + (done if self.segment else 0)) % 2**31
        file = None if model is None else bytearray(model)
        try:
            self._booster = xgboost.Booster({**self._options, "seed": seed}, [self._data], model_file=file)
        except xgboost.core.XGBoostError as error:
            raise _refused(error) from None

    def step(self) -> bool:
        import xgboost

        try:
            self._began.update(self._data, self._done)
            self._done += 1
        except xgboost.core.XGBoostError as error:
            raise _refused(error) from None
        return False

    def scores(self) -> dict[str, float]:
        # The text is "[0]\ttraining-rmse:1.25".
        text = str(self._began.eval_set([(self._data, "training")], 0))
        value = float(text.rpartition(":")[2])
        if not math.isfinite(value):
            message = f"{self._metric_name} on the training data must be finite, got {value}"
            raise RunProblem("train/diverged", message, "look at the target's range, or lower eta")
        return {self._metric_name: value}

    def model(self) -> bytes:
        return bytes(self._began.save_raw("ubj"))

    @property
    def _began(self) -> xgboost.Booster:
        assert self._booster is not None, "begin() comes first"
        return self._booster


def _fixed(inputs: RunInputs, data: Prepared, threads: int) -> dict[str, object]:
    options: dict[str, object] = {
        "objective": OBJECTIVES["xgboost"][inputs.task][0],
        "tree_method": "hist",
        "nthread": threads,
        "verbosity": 1,
    }
    if inputs.task == "multiclassClassification":
        options["num_class"] = len(data.classes)
    if inputs.accelerators is not None:
        options["device"] = "cuda"
    return options


def _matrix(data: Prepared, threads: int) -> xgboost.DMatrix:
    import xgboost

    types = ["c" if feature.type == "string" else "q" for feature in data.features]
    return xgboost.DMatrix(
        data.matrix, label=data.target, feature_types=types, enable_categorical="c" in types, nthread=threads
    )


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _refused(error: Any) -> RunProblem:
    """What XGBoost says of values that each fit, and not together or not the data."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "Stack trace" not in line]
    reason = lines[0].rpartition(": ")[2] if lines else "no reason given"
    return RunProblem("train/refused", f"XGBoost must be able to train this, got: {reason[:500]}", "change the options")
