"""The evaluation of a run, waited for; or why there is nothing to register."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mlgitops.contract.evaluation import EVALUATION_FILE, Evaluation
from mlgitops.contract.outcome import RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.contract.registered import version_name
from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.protocol import Registry
from mlgitops.registry.stores import Store
from mlgitops.runtime.waiting import Seen, waited_for


class Nothing(NamedTuple):
    """There is nothing to register, and never will be."""

    why: str


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
    """What `waited_for` finds. Raises RunProblem: `sign/no-evaluation`, and `contract/…` for a record that is none."""
    return waited_for(lambda: _look(run), lambda: _unevaluated(run, limit), sleep, limit)


def run_record(run: Run) -> RunRecord | None:
    """What the training pod says of the run. Raises RunProblem `contract/…`."""
    text = run.staging.read(f"{run.folder}/{RUN_FILE}")
    return None if text is None else read_config(RunRecord, text, RUN_FILE)


def _look(run: Run) -> Seen[Evaluated | Nothing] | None:
    version = version_name(run.identity)
    if run.registry.find(run.model, version) is not None:
        return Seen(Nothing(f"it is registered as {version}"))
    text = run.evaluations.read(f"{run.folder}/{EVALUATION_FILE}")
    if text is not None:
        return Seen(Evaluated(read_config(Evaluation, text, EVALUATION_FILE), text))
    record = run_record(run)
    if record is not None and record.state == "failed":
        why = f": {record.problem.message}" if record.problem is not None else ""
        return Seen(Nothing(f"the run failed, so there is nothing to register{why}"), final=False)
    return None


def _unevaluated(run: Run, limit: float | None) -> RunProblem:
    message = f"{run.model} {run.identity} must be evaluated within {limit:g} s, got no {EVALUATION_FILE}"
    hint = "look at the log of the run and of its evaluate Job"
    return RunProblem("sign/no-evaluation", message, hint, exit_code=WORLD)
