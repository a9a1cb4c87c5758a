"""Ray: where tasks and workers run, and what becomes of their failures.

Traps that this is built around: Ray's booster callbacks report every round, at up to two seconds each, and checkpoint
nothing; `fit()` under the name of a finished run goes on at its end; a report waits for the controller to look, which
by default it does every two seconds.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlgitops.contract.parts import DataLocation
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import DATA_CPUS, TrainConfig
from mlgitops.problem import WORLD, RunProblem
from mlgitops.runtime.configuration import code_folder
from mlgitops.runtime.frameworks.prepared import Prepared, prepared
from mlgitops.runtime.train.data import joined, training_data
from mlgitops.spec.documents.model import Feature
from mlgitops.spec.documents.types import seconds

if TYPE_CHECKING:
    import ray
    from ray.train import Result, ScalingConfig

CHECKPOINT_SECONDS = 60.0
"""Where a spec does not say `checkpoint.every`: a checkpoint takes some 0.3 s, which is half a percent."""
LOOK_SECONDS = "0.2"
"""Between two looks of Ray Train's controller at its workers: what a report waits for."""
_QUIET = {"RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": LOOK_SECONDS, "RAY_TRAIN_ENABLE_STATE_TRACKING": "0"}


class Facts(NamedTuple):
    """What a run's data says of the model."""

    features: list[Feature]
    classes: list[str | int | bool]
    rows: int


class Trained(NamedTuple):
    """What Ray Train came to."""

    checkpoint: Any
    metrics: dict[str, Any]
    resumed_at: int
    workers: int


@contextmanager
def connected(inputs: RunInputs, config: TrainConfig) -> Iterator[None]:
    """The cluster that RAY_ADDRESS names, or one of this machine alone. Raises RunProblem `train/cluster`."""
    import ray

    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    # Alone, this machine says that it has what the run asks for: its workers wait for nobody. "local": another Ray that
    # happens to run here is somebody else's. Ray Train looks after its controller through the dashboard: without one it
    # waits for it in vain, and says so at length.
    alone = {"address": "local", "num_cpus": _cpus(inputs, config), "include_dashboard": True}
    try:
        ray.init(log_to_driver=True, configure_logging=False, **({} if os.environ.get("RAY_ADDRESS") else alone))
    except Exception as error:
        # Ray raises what it likes, plain Exception where a node does not come up in time.
        message = f"a Ray cluster must answer, got: {str(error)[:300]}"
        raise RunProblem("train/cluster", message, "look at the head pod", exit_code=WORLD) from None
    try:
        yield
    finally:
        ray.shutdown()


def matrix_in_cluster(inputs: RunInputs, config: TrainConfig) -> tuple[Facts, ray.ObjectRef[Prepared]]:
    """The data as a built-in trainer takes it, read and kept where a worker would be. Raises RunProblem."""
    import ray

    task = ray.remote(_matrix).options(num_cpus=config.cpusPerWorker, num_returns=2)
    facts, data = task.remote(inputs.model_dump_json(), _texts(config))
    _trainer_of(inputs)  # imported meanwhile
    return _got(facts), data


def tables_in_cluster(inputs: RunInputs, config: TrainConfig) -> tuple[Facts, dict[str, ray.ObjectRef[Any]]]:
    """The data as a loop takes it: a table for each set, by name. Raises RunProblem."""
    import ray

    task = ray.remote(_tables).options(num_cpus=config.cpusPerWorker, num_returns=1 + len(inputs.data))
    facts, *tables = task.remote(inputs.model_dump_json(), _texts(config))
    _trainer_of(inputs)  # imported meanwhile
    return _got(facts), dict(zip((data.name for data in inputs.data), tables, strict=True))


def estimator_in_cluster(inputs: RunInputs, config: TrainConfig) -> tuple[Facts, bytes, dict[str, float]]:
    """scikit-learn's model, trained as one task, and its metrics. Raises RunProblem."""
    import ray

    task = ray.remote(_estimator).options(num_cpus=config.cpusPerWorker, max_retries=config.maxFailures)
    found: tuple[Facts, bytes, dict[str, float]] = _got(
        task.remote(inputs.model_dump_json(), _texts(config), threads_of(config))
    )
    return found


def fit_booster(
    inputs: RunInputs, config: TrainConfig, data: ray.ObjectRef[Prepared], run_name: str, reports: Path
) -> Trained:
    """Train a booster on the run's workers. Raises RunProblem."""
    from mlgitops.runtime.train.boosting import boost

    trainer = _trainer_of(inputs)(
        boost,
        train_loop_config={
            "inputs": inputs.model_dump_json(),
            "data": data,
            "threads": threads_of(config),
            "every": seconds(config.checkpoint.every) if config.checkpoint.every else CHECKPOINT_SECONDS,
        },
        scaling_config=_scaling(inputs, config),
        run_config=_run_config(config, run_name, reports),
    )
    return _fitted(trainer, inputs)


def fit_loop(
    inputs: RunInputs, config: TrainConfig, tables: Mapping[str, ray.ObjectRef[Any]], run_name: str, reports: Path
) -> Trained:
    """Run a loop with code on the run's workers. Raises RunProblem."""
    import ray.data

    from mlgitops.runtime.train.loop import run_loop
    from mlgitops.runtime.train.quiet import quiet_data
    from mlgitops.runtime.train.shards import shards_by_rank

    quiet_data()
    trainer = _trainer_of(inputs)(
        run_loop,
        train_loop_config={"inputs": inputs.model_dump_json(), "code": str(code_folder())},
        scaling_config=_scaling(inputs, config),
        run_config=_run_config(config, run_name, reports),
        datasets={name: ray.data.from_arrow_refs([table]) for name, table in tables.items()},
        dataset_config=shards_by_rank(),
    )
    return _fitted(trainer, inputs)


def _cpus(inputs: RunInputs, config: TrainConfig) -> int:
    fewest = inputs.workers if isinstance(inputs.workers, int) else inputs.workers.min
    return math.ceil(fewest * config.cpusPerWorker) + (fewest * DATA_CPUS if inputs.entrypoint is not None else 0)


def threads_of(config: TrainConfig) -> int:
    """Of a worker: a number that the spec gives, since sums over threads depend on it."""
    return max(1, int(config.cpusPerWorker))


def _trainer_of(inputs: RunInputs) -> Any:
    """The class that sets up what a framework's workers talk with."""
    if inputs.framework == "torch":
        from ray.train.torch import TorchTrainer

        return TorchTrainer
    if inputs.framework == "xgboost":
        from ray.train.xgboost import XGBoostTrainer

        return XGBoostTrainer
    if inputs.framework == "lightgbm":
        from ray.train.lightgbm import LightGBMTrainer

        return LightGBMTrainer
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

    return DataParallelTrainer


def _scaling(inputs: RunInputs, config: TrainConfig) -> ScalingConfig:
    from ray.train import ScalingConfig

    workers = inputs.workers
    resources: dict[str, float] = {"CPU": config.cpusPerWorker}
    if inputs.accelerators is not None:
        resources["GPU"] = inputs.accelerators.perWorker
    return ScalingConfig(
        num_workers=workers if isinstance(workers, int) else (workers.min, workers.max),
        use_gpu=inputs.accelerators is not None,
        resources_per_worker=resources,
    )


def _run_config(config: TrainConfig, run_name: str, reports: Path) -> Any:
    from ray.train import CheckpointConfig, FailureConfig, RunConfig

    from mlgitops.runtime.train.reports import Reports

    return RunConfig(
        name=run_name,
        storage_path=config.checkpoints,
        failure_config=FailureConfig(max_failures=config.maxFailures),
        checkpoint_config=CheckpointConfig(num_to_keep=config.checkpoint.keep),
        callbacks=[Reports(str(reports), time.time())],
    )


def _fitted(trainer: Any, inputs: RunInputs) -> Trained:
    from ray.train import TrainingFailedError

    try:
        result: Result = trainer.fit()
    except TrainingFailedError as error:
        raise _problem(error, inputs) from None
    returned = result.return_value or {}
    fewest = inputs.workers if isinstance(inputs.workers, int) else inputs.workers.min
    return Trained(
        result.checkpoint, dict(result.metrics or {}), returned.get("resumedAt", 0), returned.get("workers", fewest)
    )


def _problem(error: Exception, inputs: RunInputs) -> RunProblem:
    """What made training fail, in a person's words; Ray's log has the traceback."""
    from ray.exceptions import OutOfMemoryError, RayActorError

    failures = getattr(error, "worker_failures", None) or {}
    causes = [_cause(failures[rank]) for rank in sorted(failures)] or [_cause(error)]
    for cause in causes:
        if isinstance(cause, RunProblem):
            return cause
    first = next((cause for cause in causes if not isinstance(cause, RayActorError)), causes[0])
    if isinstance(first, OutOfMemoryError):
        return RunProblem("train/memory", "a worker ran out of memory", "raise training.resources.memory")
    if isinstance(first, RayActorError):
        message = "every worker must live to the end, got one that ended: killed, or its node was lost"
        return RunProblem("train/worker-lost", message, "set training.maxFailures, or raise resources.memory")
    what = inputs.entrypoint or inputs.framework
    if isinstance(first, OSError) and first.errno in (28, 122):
        return RunProblem(
            "train/disk", f"{what} must be able to write, got: {first.strerror}", "make room", exit_code=3
        )
    message = f"{what} must run to its end, got {type(first).__name__}: {str(first)[:800]}"
    return RunProblem("train/failed", message, "the log above has the traceback")


def _cause(error: BaseException) -> BaseException:
    """What Ray wrapped."""
    seen = 0
    while seen < 10:
        inner = getattr(error, "cause", None) or getattr(error, "_base_exc", None) or error.__cause__
        if not isinstance(inner, BaseException):
            break
        error, seen = inner, seen + 1
    return error


def _got(reference: Any) -> Any:
    """A task's result. Raises RunProblem: its own, `train/worker-lost`, `train/memory`."""
    import ray
    from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError

    try:
        return ray.get(reference)
    except RayTaskError as error:
        cause = _cause(error)
        if isinstance(cause, RunProblem):
            raise cause from None
        message = f"preparing must end well, got {type(cause).__name__}: {str(cause)[:800]}"
        raise RunProblem("train/failed", message, "the log above has the traceback") from None
    except OutOfMemoryError:
        message = "a worker ran out of memory"
        raise RunProblem("train/memory", message, "raise training.resources.memory") from None
    except (WorkerCrashedError, RayError) as error:
        message = f"every task must live to its end, got: {str(error)[:300]}"
        raise RunProblem("train/worker-lost", message, "set training.maxFailures, or raise resources.memory") from None


def _texts(config: TrainConfig) -> list[str]:
    return [location.model_dump_json() for location in config.data]


def _read(inputs: str, locations: list[str]) -> tuple[RunInputs, Any]:
    read = RunInputs.model_validate_json(inputs)
    return read, training_data(read, [DataLocation.model_validate_json(text) for text in locations])


def _matrix(inputs: str, locations: list[str]) -> tuple[Facts, Prepared]:
    read, data = _read(inputs, locations)
    whole = data.whole()
    made = prepared(read, whole, data.features)
    fewest = read.workers if isinstance(read.workers, int) else read.workers.max
    if whole.num_rows < fewest:
        message = f"each of {fewest} workers must have a row, got {whole.num_rows} in all"
        raise RunProblem("train/too-few-rows", message, "set fewer training.workers")
    return Facts(list(data.features), list(data.classes), whole.num_rows), made


def _tables(inputs: str, locations: list[str]) -> tuple[Any, ...]:
    _, data = _read(inputs, locations)
    rows = joined(data.tables).num_rows
    return (Facts(list(data.features), list(data.classes), rows), *data.tables.values())


def _estimator(inputs: str, locations: list[str], threads: int) -> tuple[Facts, bytes, dict[str, float]]:
    from mlgitops.runtime.frameworks.sklearn import exported, trained, training_scores

    read, (facts, data) = RunInputs.model_validate_json(inputs), _matrix(inputs, locations)
    pipeline = trained(read, data, threads)
    return facts, exported(pipeline, read, data), training_scores(pipeline, read, data)
