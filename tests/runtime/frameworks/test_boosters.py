"""Boosters learn, leave the same bytes again, and go on from a checkpoint to the bytes of a run that was never left."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost

from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.lightgbm import LightGBMRounds
from mlgitops.runtime.frameworks.rounds import Rounds, may_pause, segment_of, train
from mlgitops.runtime.frameworks.xgboost import XGBoostRounds
from tests.runtime.frameworks.learnable import data_of, run_inputs

KINDS: dict[str, Any] = {"xgboost": XGBoostRounds, "lightgbm": LightGBMRounds}
TASKS = ("binaryClassification", "multiclassClassification", "regression")
DRAWING = {
    "xgboost": {"subsample": 0.7, "colsampleBytree": 0.7},
    "lightgbm": {"baggingFraction": 0.7, "baggingFreq": 1, "featureFraction": 0.7},
}
DROPPING = {"xgboost": {"booster": "dart", "rateDrop": 0.3}, "lightgbm": {"boosting": "dart", "dropRate": 0.3}}


class Kept:
    """Keeps the model after every round at which training may pause."""

    def __init__(self) -> None:
        self.models: dict[int, bytes] = {}
        self.scores: list[dict[str, float]] = []

    def after(self, done: int, rounds: Rounds, *, last: bool) -> None:
        if may_pause(rounds, done):
            self.models[done] = rounds.model()
            self.scores.append(rounds.scores())


def rounds_of(framework: str, task: str, **hyperparameters: Any) -> Rounds:
    options = {"numBoostRound": 60, "maxDepth": 3, **hyperparameters}
    inputs = run_inputs(task, framework=framework, hyperparameters=options)
    made: Rounds = KINDS[framework](inputs, data_of(inputs))
    return made


@pytest.mark.parametrize("framework", KINDS)
@pytest.mark.parametrize("task", TASKS)
def test_a_booster_learns_and_leaves_the_same_bytes_again(framework: str, task: str) -> None:
    first, second = Kept(), Kept()
    train(rounds_of(framework, task), first)
    train(rounds_of(framework, task), second)
    assert first.models[60] == second.models[60]
    (name,) = first.scores[0]
    assert name == ("rmse" if task == "regression" else "logLoss")
    assert first.scores[-1][name] < 0.5 * first.scores[0][name]


@pytest.mark.parametrize("framework", KINDS)
@pytest.mark.parametrize("options", [{}, DRAWING, DROPPING], ids=["plain", "drawing", "dropping"])
@pytest.mark.parametrize("task", ["binaryClassification", "multiclassClassification"])
def test_a_training_that_was_left_gives_the_bytes_of_one_that_was_not(
    framework: str, options: dict[str, Any], task: str
) -> None:
    chosen = options.get(framework, {})
    whole = Kept()
    train(rounds_of(framework, task, **chosen), whole)
    assert sorted(whole.models) == ([25, 50, 60] if chosen else list(range(1, 61)))
    for done in sorted(whole.models)[:-1:7] if not chosen else (25, 50):
        again = Kept()
        train(rounds_of(framework, task, **chosen), again, whole.models[done], done)
        assert again.models[60] == whole.models[60], f"left after {done}"


def test_scores_are_the_libraries_own() -> None:
    inputs = run_inputs("binaryClassification", framework="xgboost", hyperparameters={"numBoostRound": 5})
    data = data_of(inputs)
    kept = Kept()
    train(XGBoostRounds(inputs, data), kept)
    booster = xgboost.Booster(model_file=bytearray(kept.models[5]))
    chance = booster.inplace_predict(data.matrix)
    assert data.target is not None
    loss = -np.mean(np.where(data.target == 1, np.log(chance), np.log(1 - chance)))
    assert kept.scores[-1]["logLoss"] == pytest.approx(loss, rel=1e-5)


def test_categories_are_categories() -> None:
    inputs = run_inputs("regression", framework="xgboost", hyperparameters={"numBoostRound": 3})
    kept = Kept()
    train(XGBoostRounds(inputs, data_of(inputs)), kept)
    assert xgboost.Booster(model_file=bytearray(kept.models[3])).feature_types == ["q", "q", "q", "c"]
    inputs = run_inputs("regression", framework="lightgbm", hyperparameters={"numBoostRound": 3, "catSmooth": 0})
    kept = Kept()
    train(LightGBMRounds(inputs, data_of(inputs)), kept)
    trees = lightgbm.Booster(model_str=kept.models[3].decode()).trees_to_dataframe()
    assert set(trees[trees["split_feature"] == "Column_3"]["decision_type"]) == {"=="}


def test_a_booster_that_can_learn_nothing_more_ends() -> None:
    """No leaf may hold more than half of 300 rows, so there is no split."""
    rounds = rounds_of("lightgbm", "regression", minDataInLeaf=151, numBoostRound=2000)
    train(rounds)
    assert lightgbm.Booster(model_str=rounds.model().decode()).num_trees() == 1


def test_segments_depend_on_the_total_alone() -> None:
    assert [segment_of(total, draws=True) for total in (10, 200, 201, 1000)] == [25, 25, 26, 125]
    assert segment_of(1000, draws=False) == 0


@pytest.mark.parametrize("framework", KINDS)
@pytest.mark.parametrize(
    ("hyperparameters", "task", "said"),
    [
        ({"maxDepht": 3}, "regression", "hyperparameters must be options of"),
        ({"numBoostRound": 0}, "regression", "numBoostRound must be a whole number at least 1 and at most 1000000"),
        ({"objective": "regression_l3"}, "regression", "objective must be one of"),
        ({}, "clustering", "must have a task it knows or an entrypoint, got task clustering"),
    ],
)
def test_what_cannot_work_is_refused(framework: str, hyperparameters: dict[str, Any], task: str, said: str) -> None:
    inputs = run_inputs(task, framework=framework, hyperparameters=hyperparameters)
    with pytest.raises(RunProblem) as refused:
        KINDS[framework](inputs, data_of(run_inputs("regression", framework=framework)))
    assert refused.value.code == "train/option"
    assert said in refused.value.message


def test_options_that_do_not_go_together_are_refused_by_the_library_in_words() -> None:
    both = {"isUnbalance": True, "scalePosWeight": 2.0}
    with pytest.raises(RunProblem) as refused:
        train(rounds_of("lightgbm", "binaryClassification", **both), Kept())
    assert refused.value.code == "train/refused"
    assert "Cannot set is_unbalance and scale_pos_weight at the same time" in refused.value.message


def test_a_diverging_training_is_refused() -> None:
    rounds = rounds_of("xgboost", "regression", objective="count:poisson", eta=1.0, maxDeltaStep=0, numBoostRound=3)
    data = rounds._data  # type: ignore[attr-defined]
    data.set_label(np.full(data.num_row(), 1e38, np.float32))
    with pytest.raises(RunProblem) as refused:
        train(rounds, Kept())
    assert refused.value.code in ("train/diverged", "train/refused")
