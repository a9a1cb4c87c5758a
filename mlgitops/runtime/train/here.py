"""Training on a laptop: the same data checks, frameworks and artifact as in a cluster, in this process, without one.

Models without code need no Ray at all. A loop with code runs in Ray Train's local mode, in which it is called as it is
in a cluster, by itself: its checkpoints are kept in a folder that is gone afterwards, and it never resumes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.contract.folder import folder_digest
from mlgitops.contract.outcome import RUN_FILE
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.clock import timestamp
from mlgitops.runtime.frameworks.artifact import Left, write_artifact
from mlgitops.runtime.frameworks.rounds import Rounds
from mlgitops.runtime.train.data import TrainingData, training_data
from mlgitops.runtime.train.records import begun, check_finite, last_metrics, step_of

SHOWN = 100
"""How many times a booster's metrics are shown at most."""

Show = Callable[[int, int, Mapping[str, float]], None]
"""Called with how many steps are done, of how many (0: nobody knows), and the metrics there."""


class Trial(NamedTuple):
    """What was trained here."""

    artifact: Path
    digest: str
    metrics: dict[str, float]
    rows: int


def train_here(
    inputs: RunInputs,
    config: TrainConfig,
    code: Path,
    out: Path,
    show: Show,
    overrides: Mapping[str, str] | None = None,
    sample: int | None = None,
) -> Trial:
    """Train into `out/artifact` and write `out/run.json`, a trial's, which nothing registers. `out` must be new.

    `overrides` and `sample` are as `data.training_data` has them. Raises RunProblem.
    """
    if overrides:
        # What is named on the command line is what its bytes are.
        data = [one.model_copy(update={"digest": None}) if one.name in overrides else one for one in inputs.data]
        read = inputs.model_copy(update={"data": data})
    else:
        read = inputs
    record = begun(inputs, config, _identity(inputs, config), trial=True)
    found = training_data(read, config.data, overrides, sample)
    artifact = out / "artifact"
    if inputs.entrypoint is None:
        metrics = _built_in(inputs, config, found, artifact, show)
    else:
        left, metrics = _loop(inputs, code, found, show)
        write_artifact(artifact, inputs, found.features, found.classes, left)
    digest = _digest(artifact)
    ended = {
        "state": "succeeded",
        "finishedAt": timestamp(),
        "workers": 1,
        "metrics": metrics,
        "artifactDigest": digest,
    }
    text = json.dumps(record.model_copy(update=ended).model_dump(exclude_defaults=True), indent=1, sort_keys=True)
    (out / RUN_FILE).write_text(text + "\n")
    return Trial(artifact, digest, metrics, sum(table.num_rows for table in found.tables.values()))


class Shown:
    """Tells how far a booster is."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def after(self, done: int, rounds: Rounds, *, last: bool) -> None:
        if last or done % max(1, rounds.total // SHOWN) == 0:
            self._show(done, rounds.total, rounds.scores())


def _built_in(
    inputs: RunInputs, config: TrainConfig, found: TrainingData, artifact: Path, show: Show
) -> dict[str, float]:
    from mlgitops.runtime.frameworks.built_in import train_built_in
    from mlgitops.runtime.frameworks.prepared import prepared

    data = prepared(inputs, found.whole(), found.features)
    threads = max(1, int(config.cpusPerWorker))
    on_cpu = inputs.model_copy(update={"accelerators": None})  # a laptop need not have the cluster's
    return train_built_in(on_cpu, data, artifact, threads, Shown(show))


def _loop(inputs: RunInputs, code: Path, found: TrainingData, show: Show) -> tuple[Left, dict[str, float]]:
    """What a loop leaves and reports last."""
    from mlgitops.runtime.frameworks.left import left_in

    with tempfile.TemporaryDirectory(prefix="mlgitops-trial-") as folder:
        kept = _Kept(Path(folder), show)
        _run_locally(inputs, code, found, kept)
        check_finite(kept.metrics)
        if kept.checkpoint is None:
            message = "the last report of rank 0 must have a checkpoint with the model, got none"
            raise RunProblem("train/no-checkpoint", message, "ray.train.report(metrics, checkpoint=…) at the end")
        return left_in(kept.checkpoint), last_metrics(kept.metrics)


class _Kept:
    """The last report of a loop: local mode keeps checkpoints by reference, which loops remove right away."""

    def __init__(self, folder: Path, show: Show) -> None:
        self._folder, self._show, self._count = folder, show, 0
        self.checkpoint: Path | None = None
        self.metrics: dict[str, Any] = {}

    def report(self, metrics: Mapping[str, Any], checkpoint: Any) -> None:
        self._show(step_of(metrics, self._count), 0, last_metrics(metrics))
        self._count += 1
        self.metrics = dict(metrics)
        if checkpoint is not None:
            self.checkpoint = self._folder / str(self._count)
            checkpoint.to_directory(self.checkpoint)


def _run_locally(inputs: RunInputs, code: Path, found: TrainingData, kept: _Kept) -> None:
    """The loop, in Ray Train's local mode. Raises RunProblem `train/entrypoint`, `train/failed`."""
    from ray.train.v2._internal.execution import train_fn_utils

    from mlgitops.runtime.train.local_shard import LocalShard
    from mlgitops.runtime.train.loop import loop_config, loop_of

    class Local(train_fn_utils.LocalTrainFnUtils):  # type: ignore[misc]
        """Local mode whose reports are kept."""

        def report(self, metrics: dict[str, Any], checkpoint: Any = None, *more: Any, **options: Any) -> None:
            kept.report(metrics, checkpoint)
            super().report(metrics, None, *more, **options)

    logging.getLogger("ray.train").setLevel(logging.WARNING)  # it says every report once more
    loop = loop_of(inputs, str(code))
    shards = {name: LocalShard(table) for name, table in found.tables.items()}
    train_fn_utils.set_train_fn_utils(Local(experiment_name=inputs.model, dataset_shards=shards))
    try:
        loop(loop_config(inputs))
    except RunProblem:
        raise
    except Exception as error:
        message = f"{inputs.entrypoint} must run to its end, got {type(error).__name__}: {str(error)[:800]}"
        raise RunProblem("train/failed", message + _place(error, code), "correct the loop and try again") from error


def _place(error: Exception, code: Path) -> str:
    """The last line of the contributors' own code that the error went through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(code):
            place = f" ({file.name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


def _identity(inputs: RunInputs, config: TrainConfig) -> str:
    """Of a trial: over its inputs and its code alone, since no final objects say more."""
    return "sha256:" + hashlib.sha256(f"trial\n{inputs.model_dump_json()}\n{config.codeDigest}".encode()).hexdigest()


def _digest(artifact: Path) -> str:
    from mlgitops.registry.folders import local_entries

    return folder_digest(local_entries(artifact))
