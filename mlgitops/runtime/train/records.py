"""The contents of what a run leaves: its record, and a line for each report.

{"step": 40, "seconds": 12.5, "metrics": {"logLoss": 0.41}}
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.contract.outcome import Problem, RunRecord
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import TrainConfig
from mlgitops.problem import RunProblem
from mlgitops.runtime.clock import timestamp

STEP_NAMES = ("step", "epoch", "iteration")
"""What loops call how far they are, the first found counts; without one it is the report's number."""
HISTORY = "history"
"""Of a booster's report: what was measured between reports, as [step, seconds, metrics]."""
LONGEST_NAME = 63


class Line(NamedTuple):
    """A report, or what a booster measured between two."""

    step: int
    seconds: float
    metrics: dict[str, float]


def begun(inputs: RunInputs, config: TrainConfig, run: str, *, trial: bool = False) -> RunRecord:
    """The record of a run that begins."""
    return RunRecord(
        contract=1,
        model=inputs.model,
        run=run,
        environment=config.environment,
        state="running",
        inputs=inputs,
        request=config.request,
        image=config.image,
        codeDigest=config.codeDigest,
        trial=trial,
        workers=inputs.workers if isinstance(inputs.workers, int) else inputs.workers.min,
        startedAt=timestamp(),
    )


def failed(record: RunRecord, problem: RunProblem) -> RunRecord:
    """The record of a run that ended with a problem."""
    told = Problem(code=problem.code, message=problem.message or "no message", hint=problem.hint[:2000] or None)
    return record.model_copy(update={"state": "failed", "finishedAt": timestamp(), "problem": told})


def numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The finite numbers among a report's metrics, under names that a record may have."""
    found = {}
    for name, value in metrics.items():
        plain = name.isidentifier() and name.isascii() and len(name) <= LONGEST_NAME
        if plain and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            found[name] = float(value)
    return found


def last_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """What a record says of the last report: its numbers, without how far it was."""
    return {name: value for name, value in numbers(metrics).items() if name not in STEP_NAMES}


def check_finite(metrics: Mapping[str, Any]) -> None:
    """Raises RunProblem `train/diverged` for a metric that is NaN or infinite."""
    for name, value in metrics.items():
        if isinstance(value, float) and not math.isfinite(value):
            message = f"metrics must be finite, got {name[:80]} {value} in the last report"
            raise RunProblem("train/diverged", message, "lower the learning rate, clip gradients, or look at the data")


def step_of(metrics: Mapping[str, Any], count: int) -> int:
    """How far a report says that training is; `count` reports came before it."""
    for name in STEP_NAMES:
        value = metrics.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return count + 1


def lines_of(metrics: Mapping[str, Any], count: int, seconds: float) -> list[Line]:
    """The lines of a report: what was measured since the one before, and itself."""
    history = metrics.get(HISTORY)
    if isinstance(history, list):
        return [Line(int(step), float(at), numbers(measured)) for step, at, measured in history]
    return [Line(step_of(metrics, count), seconds, last_metrics(metrics))]


def text_of(lines: Iterable[Line]) -> str:
    """Lines as the file has them."""
    return "".join(
        json.dumps({"step": line.step, "seconds": round(line.seconds, 3), "metrics": line.metrics}) + "\n"
        for line in lines
    )


def each_step_once(text: str) -> str:
    """A file of several attempts: of each step the last attempt's line, in the order of steps."""
    steps: dict[int, str] = {}
    for line in text.splitlines(keepends=True):
        try:
            steps[int(json.loads(line)["step"])] = line
        except (ValueError, KeyError, TypeError):
            continue  # cut off by a kill
    return "".join(steps[step] for step in sorted(steps))
