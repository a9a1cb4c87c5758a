"""Waiting for a run to end, by its record in the staging area, which a training pod wrote."""

from __future__ import annotations

import time
from collections.abc import Callable

from mlgitops.contract.outcome import RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.stores import Store
from mlgitops.runtime.waiting import Seen, waited_for


def ended_run(
    staging: Store,
    model: str,
    run: str,
    sleep: Callable[[float], None] = time.sleep,
    limit: float | None = None,
) -> RunRecord:
    """The record of a run that has ended, waited for, for at most `limit` seconds.

    A store that does not answer is asked again. Raises RunProblem: `evaluation/other-run`, `evaluation/trial`,
    `evaluation/no-run`, `contract/…`.
    """
    state = "no record"

    def look() -> Seen[RunRecord] | None:
        nonlocal state
        record = _look(staging, model, run)
        state = record.state if record is not None else "no record"
        return None if record is None or record.state == "running" else Seen(record, record.state == "succeeded")

    def late() -> RunProblem:
        message = f"{model} {run} must have ended within {limit:g} s, got {state}"
        return RunProblem("evaluation/no-run", message, "look at the log of the run", exit_code=WORLD)

    return waited_for(look, late, sleep, limit)


def _look(staging: Store, model: str, run: str) -> RunRecord | None:
    text = staging.read(f"{run_folder(model, run)}/{RUN_FILE}")
    if text is None:
        return None
    record = read_config(RunRecord, text, RUN_FILE)
    if (record.model, record.run) != (model, run):
        message = f"{RUN_FILE} must be of {model} and {run}, got another model or run"
        raise RunProblem("evaluation/other-run", message, "look at who writes to the staging area")
    if record.trial:
        message = "a run must be a pull request's to be evaluated here, got a trial's"
        raise RunProblem("evaluation/trial", message, "trials are scored with `mlgitops score`")
    return record
