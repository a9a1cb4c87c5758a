"""Waiting for a run to end, by its record in the staging area."""

from __future__ import annotations

import time
from collections.abc import Callable

from mlgitops.contract.outcome import RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.problem import RunProblem
from mlgitops.registry.stores import Store

POLL_SECONDS = 15.0
"""Between two looks; the Job's deadline ends the waiting."""


def ended_run(staging: Store, model: str, run: str, sleep: Callable[[float], None] = time.sleep) -> RunRecord:
    """The record of a run that has ended, waited for. A training pod wrote it.

    Raises RunProblem: `evaluation/other-run`, `evaluation/trial`, `contract/…`.
    """
    name = f"{run_folder(model, run)}/{RUN_FILE}"
    while True:
        text = staging.read(name)
        if text is not None:
            record = read_config(RunRecord, text, RUN_FILE)
            if (record.model, record.run) != (model, run):
                message = f"{RUN_FILE} must be of {model} and {run}, got another model or run"
                raise RunProblem("evaluation/other-run", message, "look at who writes to the staging area")
            if record.trial:
                message = "a run must be a pull request's to be evaluated here, got a trial's"
                raise RunProblem("evaluation/trial", message, "trials are scored with `mlgitops score`")
            if record.state != "running":
                return record
        sleep(POLL_SECONDS)
