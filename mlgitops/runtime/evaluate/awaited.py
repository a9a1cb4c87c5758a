"""Waiting for a run to end, by its record in the staging area, which a training pod wrote."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from mlgitops.contract.outcome import RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.stores import Store

POLL_SECONDS = 15.0
"""Between two looks; without a limit the Job's deadline ends the waiting."""
GRACE_SECONDS = 600.0
"""How long a run must have been a failed one: its driver is started again where a node went down under it."""


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
    waited, failed_at = 0.0, None
    told = ""
    while True:
        over = limit is not None and waited >= limit
        record = None
        try:
            record = _look(staging, model, run)
        except RunProblem as problem:
            if problem.exit_code != WORLD or over:
                raise
            if str(problem) != told:
                told = str(problem)
                sys.stderr.write(f"{told}\nwaiting for it\n")
        if record is not None and record.state == "succeeded":
            return record
        if record is not None and record.state == "failed":
            failed_at = waited if failed_at is None else failed_at
            if over or waited - failed_at >= GRACE_SECONDS:
                return record
        else:
            failed_at = None
        if over:
            message = f"{model} {run} must have ended within {limit:g} s, got {record.state if record else 'no record'}"
            hint = "look at the log of the run"
            raise RunProblem("evaluation/no-run", message, hint, exit_code=WORLD)
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS


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
