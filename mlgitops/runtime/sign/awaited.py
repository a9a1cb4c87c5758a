"""The evaluation of a run, waited for; or why there is nothing to register."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from mlgitops.contract.evaluation import EVALUATION_FILE, Evaluation
from mlgitops.contract.outcome import RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.contract.registered import version_name
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.protocol import Registry
from mlgitops.registry.stores import Store

POLL_SECONDS = 15.0
"""Between two looks."""
GRACE_SECONDS = 600.0
"""How long a run must have been a failed one: its driver is started again where a node went down under it."""


class Nothing(NamedTuple):
    """There is nothing to register, and never will be."""

    why: str
    final: bool = True
    """Not of a run that failed a moment ago."""


class Evaluated(NamedTuple):
    """An evaluation, and the bytes that say so."""

    evaluation: Evaluation
    text: bytes


class Run(NamedTuple):
    """A run and where to look for it."""

    model: str
    identity: str
    staging: Store
    evaluations: Store
    registry: Registry

    @property
    def folder(self) -> str:
        """Of the run, in both stores."""
        return run_folder(self.model, self.identity)


def awaited(run: Run, sleep: Callable[[float], None], limit: float | None) -> Evaluated | Nothing:
    """Look until there is something to say, for at most `limit` seconds; None waits until the Job's deadline ends it.

    A store that does not answer is asked again: a run takes hours, and its Job starts six times at most. Raises
    RunProblem: `sign/no-evaluation`, and `contract/…` for a record that is none.
    """
    waited, failed_at = 0.0, None
    told = ""
    while True:
        over = limit is not None and waited >= limit
        try:
            found = _look(run)
        except RunProblem as problem:
            if problem.exit_code != WORLD or over:
                raise
            found = None
            if str(problem) != told:
                told = str(problem)
                sys.stderr.write(f"{told}\nwaiting for it\n")
        if isinstance(found, Nothing) and not found.final:
            failed_at = waited if failed_at is None else failed_at
            if over or waited - failed_at >= GRACE_SECONDS:
                return found
        elif found is not None:
            return found
        else:
            failed_at = None
        if over:
            raise _unevaluated(run, limit)
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS


def run_record(run: Run) -> RunRecord | None:
    """What the training pod says of the run. Raises RunProblem `contract/…`."""
    text = run.staging.read(f"{run.folder}/{RUN_FILE}")
    return None if text is None else read_config(RunRecord, text, RUN_FILE)


def _look(run: Run) -> Evaluated | Nothing | None:
    version = version_name(run.identity)
    if run.registry.find(run.model, version) is not None:
        return Nothing(f"it is registered as {version}")
    text = run.evaluations.read(f"{run.folder}/{EVALUATION_FILE}")
    if text is not None:
        return Evaluated(read_config(Evaluation, text, EVALUATION_FILE), text)
    record = run_record(run)
    if record is not None and record.state == "failed":
        why = f": {record.problem.message}" if record.problem is not None else ""
        return Nothing(f"the run failed, so there is nothing to register{why}", final=False)
    return None


def _unevaluated(run: Run, limit: float | None) -> RunProblem:
    message = f"{run.model} {run.identity} must be evaluated within {limit:g} s, got no {EVALUATION_FILE}"
    hint = "look at the log of the run and of its evaluate Job"
    return RunProblem("sign/no-evaluation", message, hint, exit_code=WORLD)
