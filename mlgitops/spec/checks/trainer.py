"""Whether a trainer is there that can do what the spec asks of it: before a cluster has scheduled and paid for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.documents.model import ModelSpec, Training, WorkerRange
from mlgitops.spec.nearest import nearest_word
from mlgitops.spec.training.boosters import OBJECTIVES
from mlgitops.spec.training.estimators import ESTIMATORS, KNOWN_UNFIT


def check_trainer(spec: ModelSpec) -> Iterator[Problem]:
    """What no trainer can do. With an `entrypoint` the trainer is the contributors' own, who know what it does."""
    training = spec.training
    yield from _missing(training)
    yield from _workers(training)
    if training.entrypoint is not None:
        return
    if training.framework == "sklearn" and training.estimator is not None:
        yield from _estimator(spec, training.estimator)
        yield from _one_task(training)
    known = OBJECTIVES.get(training.framework)
    if known is not None and spec.task not in known:
        message = f"the built-in trainer of {training.framework} needs one of the tasks {', '.join(known)}"
        hint = "take `framework: sklearn` and an estimator for the task, or write an `entrypoint`"
        yield ("training", "framework"), "spec/task-unfit", f"{message}; got {spec.task}", hint


def _missing(training: Training) -> Iterator[Problem]:
    if training.framework in ("torch", "custom") and training.entrypoint is None:
        message = f"framework {training.framework} needs `entrypoint`, got none"
        yield ("training", "framework"), "spec/entrypoint-missing", message, "add `entrypoint: train:train_loop`"
    if training.framework == "sklearn" and training.estimator is None and training.entrypoint is None:
        message = "framework sklearn needs `estimator` (or `entrypoint`), got neither"
        yield ("training", "framework"), "spec/estimator-missing", message, "add `estimator: linear_model.Ridge`"
    if training.estimator is not None and training.framework != "sklearn":
        message = f"`estimator` is for framework sklearn, got framework {training.framework}"
        yield ("training", "estimator"), "spec/estimator-unexpected", message, "remove it"


def _workers(training: Training) -> Iterator[Problem]:
    if isinstance(training.workers, WorkerRange) and training.maxFailures == 0:
        message = "an elastic range of workers needs maxFailures of at least 1: a resize counts as a failure, got 0"
        yield ("training", "workers"), "spec/elastic-without-retries", message, "set `maxFailures: 3`"


def _estimator(spec: ModelSpec, estimator: str) -> Iterator[Problem]:
    place = ("training", "estimator")
    tasks = ESTIMATORS.get(estimator)
    if tasks is not None:
        if spec.task not in tasks:
            fitting = [name for name, its in ESTIMATORS.items() if spec.task in its]
            message = f"{estimator} is for {' and '.join(tasks)}, got task {spec.task}"
            yield place, "spec/estimator-unfit", message, f"take one for the task, such as {_like(estimator, fitting)}"
        return
    reason, instead = KNOWN_UNFIT.get(estimator, ("", ""))
    if reason:
        message = f"an estimator must leave a model that can be served, got {estimator}: {reason}"
        yield place, "spec/estimator-unknown", message, f"take {instead}, or write an `entrypoint`"
        return
    near = nearest_word(estimator, ESTIMATORS)
    hint = f"did you mean {near}?" if near else "`mlgitops explain spec/estimator-unknown` lists them"
    message = f"an estimator must be one of the {len(ESTIMATORS)} that can be exported, got {estimator}"
    yield place, "spec/estimator-unknown", message, hint


def _like(estimator: str, fitting: list[str]) -> str:
    """The counterpart of an estimator for another task where it has one: RandomForestRegressor for …Classifier."""
    return nearest_word(estimator, fitting) or fitting[0]


def _one_task(training: Training) -> Iterator[Problem]:
    """scikit-learn fits in one process: more of them, or a GPU, would wait and be paid for."""
    place = ("training", "workers")
    if training.workers != 1:
        got = "a range" if isinstance(training.workers, WorkerRange) else str(training.workers)
        message = f"an estimator of scikit-learn is fitted by 1 worker, got {got}"
        yield place, "spec/workers-unfit", message, "remove `workers`, or give the one worker more `resources.cpu`"
    if training.accelerators is not None:
        message = "an estimator of scikit-learn uses no accelerator, got some"
        yield ("training", "accelerators"), "spec/workers-unfit", message, "remove `accelerators`"


def check_predictor(spec: ModelSpec, code: Mapping[str, str]) -> Iterator[Problem]:
    """Whether what training leaves can answer: bare weights need a predictor, an ONNX model brings its own."""
    serving, training = spec.serving, spec.training
    if serving is None or serving.entrypoint is not None or training.framework not in ("torch", "custom"):
        return
    text = "\n".join(code.values())
    if "safetensors" in text and "onnx" not in text:
        message = "weights in safetensors need `serving.entrypoint`, got none: nobody would know what to do with them"
        hint = "add `entrypoint: serve:Predictor` and the class in serve.py, or export ONNX"
        yield ("serving",), "spec/predictor-missing", message, hint
