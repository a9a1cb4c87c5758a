"""The newest training run of a model in an environment, in a word and a reason.

Its Application also has the Jobs that evaluate and sign: a run whose version does not exist yet has not succeeded.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from mlgitops.live.application import COMPARISON_ERRORS, Application, Resource
from mlgitops.live.judge import Detail, Wanted
from mlgitops.live.ray_service import one_line, problem_in

RunState = Literal["none", "waiting", "queued", "running", "succeeded", "failed", "unknown"]
RUN_STATES: Final[dict[RunState, str]] = {
    "none": "Git asks for no run",
    "waiting": "Argo CD has not made it yet",
    "queued": "it waits in a queue, or was suspended",
    "running": "it trains, or is evaluated and signed",
    "succeeded": "it trained, and its evaluation and its signing ended well",
    "failed": "it failed, was stopped or refused; or its evaluation or signing was",
    "unknown": "Argo CD cannot say",
}


class Run(NamedTuple):
    """The newest run."""

    state: RunState
    name: str = ""
    """Of its RayJob."""
    reason: str = ""


def newest_run(wanted: Wanted, application: Application | None, detail: Detail | None = None) -> Run:
    """The run that Git asks for, or none."""
    if not wanted.run:
        return Run("none")
    if application is None:
        return Run("waiting", wanted.run, f"Argo CD has no Application {wanted.application('train')} yet")
    refusal = next((one for one in application.refusals if application.phase != "Succeeded"), None)
    if refusal is not None:
        return Run("failed", wanted.run, f"{refusal.kind} {refusal.name} is rejected: {one_line(refusal.message)}")
    condition = application.condition(*COMPARISON_ERRORS)
    if condition:
        return Run("unknown", wanted.run, one_line(condition))
    known = detail.application if detail else application
    jobs = [one for one in known.of_kind("RayJob") if one.name == wanted.run]
    if not jobs:
        return Run("waiting", wanted.run, "Argo CD has not taken up this run yet")
    run = _by_health(wanted, known)
    if run.state == "running" and detail is not None and detail.troubles:
        return run._replace(reason="; ".join(one_line(one) for one in detail.troubles[:2]))
    return run


def failed_earlier(application: Application) -> tuple[Resource, ...]:
    """What is left of runs that Git no longer asks for, and has failed: Argo CD counts it with the newest run."""
    runs = (*application.of_kind("RayJob"), *application.of_kind("Job"))
    return tuple(one for one in runs if one.superfluous and one.health == "Degraded")


def _by_health(wanted: Wanted, application: Application) -> Run:
    """By the health of what makes the run, where it is known, else of all that the Application has."""
    jobs = f"{wanted.run}-"
    mine = [one for one in application.resources if one.name == wanted.run or _is_job(one, jobs)]
    healths = [one.health for one in mine if one.health]
    if not healths:
        applied = all(one.sync == "Synced" for one in mine)
        healths = [application.health if applied or application.health != "Healthy" else "Missing"]
    told = {one.health: _words(one.kind, one.message) for one in reversed(mine) if one.health}
    for health, state in _WORST:
        if health in healths:
            return Run(state, wanted.run, told.get(health, "") if state != "succeeded" else "")
    return Run("unknown", wanted.run, f"Argo CD says {application.health}")


def _is_job(one: Resource, names: str) -> bool:
    """Whether a resource is a Job whose name begins so; those of former runs stay beside it."""
    return one.kind == "Job" and one.name.startswith(names)


_WORST: tuple[tuple[str, RunState], ...] = (
    ("Degraded", "failed"),
    ("Missing", "waiting"),
    ("Suspended", "queued"),
    ("Progressing", "running"),
    ("Unknown", "unknown"),
    ("Healthy", "succeeded"),
)


def _words(kind: str, message: str) -> str:
    """What a health check says; of our own problems their message alone."""
    problem = problem_in(message)
    words = f"[{problem.code}] {problem.message}" if problem else one_line(message)
    return words if kind != "Job" or not words else f"Job: {words}"
