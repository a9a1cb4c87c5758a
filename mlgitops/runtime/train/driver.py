"""The order of a run: registry, staging, data, training, artifact.

A run that is registered or has succeeded is not trained again: a revert, a self-heal or a cluster made anew from Git
start the same RayJob. One that was interrupted goes on at its last checkpoint, since Ray Train's run has the identity's
name.
"""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from mlgitops.contract import places
from mlgitops.contract.artifact import Format
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.registered import version_name
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import WORLD, RunProblem
from mlgitops.runtime.clock import timestamp
from mlgitops.runtime.configuration import config_file, config_variable, run_identity
from mlgitops.runtime.frameworks.artifact import Left, of_model, write_artifact
from mlgitops.runtime.train.records import begun, check_finite, failed, last_metrics
from mlgitops.runtime.train.staging import Staging


class Outcome(NamedTuple):
    """What training came to, before it is an artifact."""

    left: Left
    facts: Any
    metrics: dict[str, float]
    resumed_at: int
    workers: int


def main() -> None:
    """Train the run that the configuration describes. Raises RunProblem."""
    config = config_variable(TrainConfig)
    inputs = config_file(RunInputs, places.RUN_INPUTS)
    run = run_identity()
    staging = _staging(config, inputs, run)
    if is_over(config, inputs, run, staging):
        return
    record = _begun(inputs, config, run, staging)
    staging.write_record(record)
    with _told(staging, record):
        ended = _train(inputs, config, run, staging, record)
        staging.write_record(ended)
    _say(f"{inputs.model}: trained as {version_name(run)}, artifact {ended.artifactDigest}")


def is_over(config: TrainConfig, inputs: RunInputs, run: str, staging: Staging) -> bool:
    """Whether the run is registered, or has succeeded. Raises RunProblem where registry or store do not answer."""
    from mlgitops.registry.opened import open_registry

    registry = open_registry(config.stores.registryKind, config.stores.registry)
    found = registry.find(inputs.model, version_name(run))
    if found is not None and found.run == run:
        _say(f"{inputs.model}: this run is registered as {found.version}: nothing to train")
        return True
    record = staging.record()
    if record is not None and (record.run, record.state) == (run, "succeeded"):
        _say(f"{inputs.model}: this run has succeeded at {record.finishedAt}: nothing to train")
        return True
    return False


def _begun(inputs: RunInputs, config: TrainConfig, run: str, staging: Staging) -> RunRecord:
    """The record of this attempt; a run began with its first one."""
    record, earlier = begun(inputs, config, run), staging.record()
    if earlier is None or earlier.run != run:
        return record
    return record.model_copy(update={"startedAt": earlier.startedAt})


def _staging(config: TrainConfig, inputs: RunInputs, run: str) -> Staging:
    from mlgitops.registry.stores import Store

    return Staging(Store(config.stores.staging), inputs.model, run)


def _train(inputs: RunInputs, config: TrainConfig, run: str, staging: Staging, record: RunRecord) -> RunRecord:
    from mlgitops.registry.folders import local_entries

    with tempfile.TemporaryDirectory(prefix="mlgitops-run-") as folder:
        reports = Path(folder, "metrics.jsonl")
        reports.write_text(staging.metrics())
        with staging.following(reports):
            outcome = trained_in_cluster(inputs, config, run, reports)
        artifact = Path(folder, "artifact")
        write_artifact(artifact, inputs, outcome.facts.features, outcome.facts.classes, outcome.left)
        digest = folder_digest(local_entries(artifact))
        staging.write_artifact(artifact)
    return record.model_copy(
        update={
            "state": "succeeded",
            "finishedAt": timestamp(),
            "workers": outcome.workers,
            "resumedAt": outcome.resumed_at or None,
            "metrics": outcome.metrics,
            "artifactDigest": digest,
        }
    )


def trained_in_cluster(inputs: RunInputs, config: TrainConfig, run: str, reports: Path) -> Outcome:
    """Train on the cluster, and take what training left. Raises RunProblem."""
    from mlgitops.runtime.train import cluster

    if inputs.entrypoint is None:
        _check_options(inputs)
    # A run of this name that is finished would go on at its end and train nothing: another attempt is another name.
    run_name = f"{run.removeprefix('sha256:')}-{inputs.attempt}"
    with cluster.connected(inputs, config):
        if inputs.entrypoint is not None:
            facts, tables = cluster.tables_in_cluster(inputs, config)
            trained = cluster.fit_loop(inputs, config, tables, run_name, reports)
        elif inputs.framework == "sklearn":
            return _of_estimator(inputs, config, reports)
        else:
            facts, data = cluster.matrix_in_cluster(inputs, config)
            trained = cluster.fit_booster(inputs, config, data, run_name, reports)
        left = _left(inputs, trained)
    check_finite(trained.metrics)
    return Outcome(left, facts, last_metrics(trained.metrics), trained.resumed_at, trained.workers)


def _check_options(inputs: RunInputs) -> None:
    """Before a cluster is asked for anything."""
    from mlgitops.runtime.frameworks.options import checked_options

    if inputs.framework in ("torch", "custom"):
        message = f"framework {inputs.framework} must have an entrypoint, got none"
        raise RunProblem("train/option", message, "add `entrypoint: train:train_loop`")
    checked_options(inputs)


def _of_estimator(inputs: RunInputs, config: TrainConfig, reports: Path) -> Outcome:
    from mlgitops.runtime.train import cluster
    from mlgitops.runtime.train.records import Line, text_of

    facts, model, scores = cluster.estimator_in_cluster(inputs, config)
    reports.write_text(text_of([Line(1, 0.0, scores)]))
    return Outcome(of_model("onnx", model), facts, scores, 0, 1)


def _left(inputs: RunInputs, trained: Any) -> Left:
    from mlgitops.contract.artifact import MODEL_FILES
    from mlgitops.runtime.frameworks.left import left_in

    if trained.checkpoint is None:
        message = "the last report of rank 0 must have a checkpoint with the model, got none"
        raise RunProblem("train/no-checkpoint", message, "ray.train.report(metrics, checkpoint=…) at the end")
    with trained.checkpoint.as_directory() as folder:
        if inputs.entrypoint is not None:
            return left_in(Path(folder))
        kind: Format = "xgboost" if inputs.framework == "xgboost" else "lightgbm"
        return of_model(kind, Path(folder, MODEL_FILES[kind]).read_bytes())


@contextmanager
def _told(staging: Staging, record: RunRecord) -> Iterator[None]:
    """Whatever ends a run is in its record, where the store takes it."""

    former = signal.signal(signal.SIGTERM, _raise_stopped)
    try:
        yield
    except RunProblem as problem:
        _write(staging, failed(record, problem))
        raise
    except SystemExit as ending:
        # Connecting, Ray puts a handler of its own in the place of ours, which exits with the signal's number.
        if ending.code != signal.SIGTERM:
            raise
        told = _stopped()
        _write(staging, failed(record, told))
        raise told from None
    except OSError as error:
        told = RunProblem("train/disk", f"files must be written, got: {error.strerror}", "make room", exit_code=WORLD)
        _write(staging, failed(record, told))
        raise told from error
    except Exception as error:
        told = RunProblem("train/failed", f"the driver must not fail, got {type(error).__name__}", "see the log")
        _write(staging, failed(record, told))
        raise
    finally:
        signal.signal(signal.SIGTERM, former)


def _stopped() -> RunProblem:
    message = "the run must end by itself, got stopped: its deadline, a newer run, or the cluster going down"
    return RunProblem("train/stopped", message, "it goes on at its last checkpoint when it is started again")


def _raise_stopped(_number: int, _frame: FrameType | None) -> None:
    raise _stopped()


def _write(staging: Staging, record: RunRecord) -> None:
    try:
        staging.write_record(record)
    except RunProblem as problem:
        sys.stderr.write(f"{problem}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
