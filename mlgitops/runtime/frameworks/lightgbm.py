"""LightGBM without code: its objective by the task, categories as categories, `model.txt`.

`deterministic` and `force_row_wise` make the file a function of data, options, seed and workers; what of it tells
where it was trained (ports, addresses) is taken out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.options import checked_options
from mlgitops.runtime.frameworks.prepared import Prepared
from mlgitops.runtime.frameworks.rounds import DEFAULT_ROUNDS, ROUNDS, segment_of
from mlgitops.spec.training.boosters import OBJECTIVES

if TYPE_CHECKING:
    import lightgbm

_METRICS = {
    "binaryClassification": ("binary_logloss", "logLoss"),
    "multiclassClassification": ("multi_logloss", "logLoss"),
    "regression": ("rmse", "rmse"),
}
"""LightGBM's metric and our name for it."""

_DRAWING = (
    "bagging_fraction",
    "pos_bagging_fraction",
    "neg_bagging_fraction",
    "feature_fraction",
    "feature_fraction_bynode",
)

_PLACES = ("[machines: ", "[local_listen_port: ", "[time_out: ", "[num_threads: ", "[num_iterations: ")
"""Lines of a model file that say where and how it was trained."""


class LightGBMRounds:
    """`rounds.Rounds` over LightGBM.

    `network` is what joins several workers (`machines`, `num_machines`, `local_listen_port`); each holds its own rows,
    and scores are of these alone.
    """

    def __init__(
        self, inputs: RunInputs, data: Prepared, threads: int = 1, network: Mapping[str, object] | None = None
    ) -> None:
        options = checked_options(inputs)
        total = options.pop(ROUNDS, DEFAULT_ROUNDS)
        assert isinstance(total, int)
        self.total = total
        self.segment = segment_of(self.total, draws=_draws(options))
        metric, self._metric_name = _METRICS[inputs.task]
        self._seed = inputs.seed
        fixed = _fixed(inputs, data, threads)
        self._options: dict[str, Any] = {**fixed, "metric": metric, **options, **_joined(network)}
        self._segment_options = self._options
        self._data = data
        self._booster: lightgbm.Booster | None = None
        self._former: lightgbm.Booster | None = None

    def begin(self, model: bytes | None, done: int) -> None:
        import lightgbm

        self._segment_options = {**self._options, "seed": (self._seed + (done if self.segment else 0)) % 2**31}
        self._former = None if model is None else lightgbm.Booster(model_str=model.decode())
        self._booster = None

    def step(self) -> bool:
        import lightgbm

        try:
            if self._booster is not None:
                return bool(self._booster.update())
            self._booster = self._first_round()
        except lightgbm.basic.LightGBMError as error:
            raise _refused(error) from None
        return False

    def _first_round(self) -> lightgbm.Booster:
        """Of a segment; `lightgbm.train` is the one way to go on from a model."""
        import lightgbm

        return lightgbm.train(
            dict(self._segment_options),
            _dataset(self._data, self._segment_options),
            num_boost_round=1,
            init_model=self._former,
            keep_training_booster=True,
        )

    def scores(self) -> dict[str, float]:
        value = float(self._began.eval_train()[0][2])
        if not math.isfinite(value):
            message = f"{self._metric_name} on the training data must be finite, got {value}"
            raise RunProblem("train/diverged", message, "look at the target's range, or lower learningRate")
        return {self._metric_name: value}

    def model(self) -> bytes:
        lines = self._began.model_to_string(num_iteration=-1).split("\n")
        return "\n".join(line for line in lines if not line.startswith(_PLACES)).encode()

    @property
    def _began(self) -> lightgbm.Booster:
        booster = self._booster or self._former
        assert booster is not None, "a round or a model comes first"
        return booster


def _draws(options: Mapping[str, object]) -> bool:
    shares = _DRAWING
    drawn = any(options.get(name, 1) != 1 for name in shares)
    return (
        drawn
        or options.get("data_sample_strategy") == "goss"
        or options.get("boosting") == "dart"
        or bool(options.get("extra_trees"))
    )


def _fixed(inputs: RunInputs, data: Prepared, threads: int) -> dict[str, object]:
    options: dict[str, object] = {
        "objective": OBJECTIVES["lightgbm"][inputs.task][0],
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    if inputs.task == "multiclassClassification":
        options["num_class"] = len(data.classes)
    return options


def _joined(network: Mapping[str, object] | None) -> dict[str, object]:
    return {**network, "tree_learner": "data", "pre_partition": True} if network else {}


def _dataset(data: Prepared, options: dict[str, Any]) -> lightgbm.Dataset:
    import lightgbm

    categories = [place for place, feature in enumerate(data.features) if feature.type == "string"]
    return lightgbm.Dataset(
        data.matrix, label=data.target, categorical_feature=categories, params=options, free_raw_data=False
    )


def _refused(error: Any) -> RunProblem:
    """What LightGBM says of values that each fit, and not together or not the data."""
    message = f"LightGBM must be able to train this, got: {str(error)[:500]}"
    return RunProblem("train/refused", message, "change the options")
