"""What a worker of a built-in booster does: its share of the rows, round after round, checkpoints with the others."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.contract.artifact import MODEL_FILES
from mlgitops.contract.run import RunInputs
from mlgitops.runtime.frameworks.prepared import Prepared
from mlgitops.runtime.frameworks.rounds import Rounds, may_pause, train
from mlgitops.runtime.train.pace import Answer, Pace
from mlgitops.runtime.train.quiet import quiet_worker
from mlgitops.runtime.train.records import HISTORY

PROGRESS_FILE = "progress.json"
MEASUREMENTS = 50
"""How many times a run's metrics are computed."""
SHOWN_SECONDS = 10.0
"""Between two lines of the log."""


class Start(NamedTuple):
    """Where a worker begins: a checkpoint's model and how many rounds it has."""

    model: bytes | None
    done: int


def boost(config: Mapping[str, Any]) -> dict[str, int]:
    """The function that Ray Train runs in each worker; `config` as `cluster` makes it.

    Gives the round that it began at and the number of workers.
    """
    import ray
    import ray.train

    quiet_worker()
    inputs = RunInputs.model_validate_json(config["inputs"])
    context = ray.train.get_context()
    rank, workers = context.get_world_rank(), context.get_world_size()
    data: Prepared = ray.get(config["data"])
    rounds = _rounds(inputs, data.share(rank, workers), config["threads"], workers)
    start = _start(inputs)
    train(rounds, Reporting(inputs, config["every"], start.done, workers, rank), start.model, start.done)
    return {"resumedAt": start.done, "workers": workers}


def _rounds(inputs: RunInputs, data: Prepared, threads: int, workers: int) -> Rounds:
    if inputs.framework == "xgboost":
        from mlgitops.runtime.frameworks.xgboost import XGBoostRounds

        return XGBoostRounds(inputs, data, threads)
    from mlgitops.runtime.frameworks.lightgbm import LightGBMRounds

    if workers == 1:
        return LightGBMRounds(inputs, data, threads)
    from ray.train.lightgbm import get_network_params

    return LightGBMRounds(inputs, data, threads, get_network_params())


def _start(inputs: RunInputs) -> Start:
    import ray.train

    checkpoint = ray.train.get_checkpoint()
    if checkpoint is None:
        return Start(None, 0)
    with checkpoint.as_directory() as folder:
        done = int(json.loads(Path(folder, PROGRESS_FILE).read_text())["done"])
        return Start(Path(folder, _model_file(inputs)).read_bytes(), done)


def _model_file(inputs: RunInputs) -> str:
    return MODEL_FILES["xgboost" if inputs.framework == "xgboost" else "lightgbm"]


class Reporting:
    """Measures, says how far training is, and reports with a checkpoint where one is due and at the end."""

    def __init__(self, inputs: RunInputs, every: float, done: int, workers: int, rank: int) -> None:
        self._file, self._rank = _model_file(inputs), rank
        self._pace = Pace(every, done, _agreed if workers > 1 else _alone)
        self._begun = self._shown = time.monotonic()
        self._history: list[tuple[int, float, dict[str, float]]] = []

    def after(self, done: int, rounds: Rounds, *, last: bool) -> None:
        if last or done % max(1, rounds.total // MEASUREMENTS) == 0:
            self._measure(done, rounds)
        if last or (may_pause(rounds, done) and self._pace.due(done)):
            self._report(done, rounds)

    def _measure(self, done: int, rounds: Rounds) -> None:
        now = time.monotonic()
        scores = rounds.scores()
        self._history.append((done, round(now - self._begun, 3), scores))
        if self._rank == 0 and now - self._shown > SHOWN_SECONDS:
            self._shown = now
            _log(f"round {done} of {rounds.total}: {json.dumps(scores)}")

    def _report(self, done: int, rounds: Rounds) -> None:
        import ray.train

        if not self._history or self._history[-1][0] != done:
            self._measure(done, rounds)
        metrics: dict[str, Any] = {"step": done, **self._history[-1][2], HISTORY: self._history}
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = None
            if self._rank == 0:
                Path(folder, self._file).write_bytes(rounds.model())
                Path(folder, PROGRESS_FILE).write_text(json.dumps({"done": done}))
                checkpoint = ray.train.Checkpoint.from_directory(folder)
            ray.train.report(metrics, checkpoint=checkpoint)
        self._history = []
        self._pace.kept()


def _alone(answer: Answer) -> Answer:
    return answer


def _agreed(answer: Answer) -> Answer:
    from ray.train.collective import broadcast_from_rank_zero

    due, again = broadcast_from_rank_zero(tuple(answer))
    return Answer(due, again)


def _log(text: str) -> None:
    import logging

    logging.getLogger("ray.train").info(text)
