"""The newest run in a word, from the health of the RayJob and of the Jobs behind it."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.live.application import application_of
from mlgitops.live.judge import Compared, Detail, Wanted
from mlgitops.live.row import Parts, row_of
from mlgitops.live.runs import RUN_STATES, Run, newest_run
from tests.live.said import application, operation, refused, resource

NAME = "churn-1a2b3c4d"
WANTED = Wanted("dev", "churn", (), NAME)
JOB = resource("RayJob", NAME)
OLDER = resource("RayJob", "churn-00000000", health="Degraded", message="the run failed")


def run(health: str, message: str = "") -> Any:
    return resource("RayJob", NAME, health=health, message=message)


def job(name: str, health: str, message: str = "") -> Any:
    return resource("Job", f"{NAME}-{name}-94eb2", health=health, message=message)


LISTED: dict[str, tuple[Any, Run]] = {
    "succeeded": (application("train", resources=[JOB]), Run("succeeded", NAME)),
    "running": (application("train", health="Progressing", resources=[JOB]), Run("running", NAME)),
    "queued": (application("train", health="Suspended", resources=[JOB]), Run("queued", NAME)),
    "failed": (application("train", health="Degraded", resources=[JOB]), Run("failed", NAME)),
    "not there yet": (
        application("train", resources=[OLDER]),
        Run("waiting", NAME, "Argo CD has not taken up this run yet"),
    ),
    "made, and not applied yet": (
        application("train", sync="OutOfSync", resources=[resource("RayJob", NAME, "OutOfSync")]),
        Run("waiting", NAME),
    ),
    "not applied yet": (application("train", health="Missing", resources=[JOB]), Run("waiting", NAME)),
    "not known": (
        application("train", health="Strange", resources=[JOB]),
        Run("unknown", NAME, "Argo CD says Strange"),
    ),
    "rejected": (
        application("train", operation=operation("Failed", refused=[refused("RayJob", NAME, "a bad name")])),
        Run("failed", NAME, f"RayJob {NAME} is rejected: a bad name"),
    ),
    "not compared": (
        application("train", conditions=[{"type": "ComparisonError", "message": "no such repository"}]),
        Run("unknown", NAME, "no such repository"),
    ),
}


@pytest.mark.parametrize("name", LISTED)
def test_as_listed(name: str) -> None:
    said, expected = LISTED[name]
    assert newest_run(WANTED, application_of(said)) == expected


DETAILED: dict[str, tuple[list[Any], Run]] = {
    "its own words": ([run("Progressing", "the run is RUNNING"), OLDER], Run("running", NAME, "the run is RUNNING")),
    "an older one failed": ([run("Healthy", "the run succeeded"), OLDER], Run("succeeded", NAME)),
    "an older one's evaluation failed": (
        [run("Healthy"), resource("Job", "churn-00000000-evaluate-1a2b3", health="Degraded")],
        Run("succeeded", NAME),
    ),
    "its evaluation goes on": (
        [run("Healthy", "the run succeeded"), job("evaluate", "Progressing")],
        Run("running", NAME),
    ),
    "its evaluation failed": (
        [run("Healthy", "the run succeeded"), job("evaluate", "Degraded", "Job has reached the backoff limit")],
        Run("failed", NAME, "Job: Job has reached the backoff limit"),
    ),
    "our own problem": (
        [
            run(
                "Degraded",
                "the run failed (AppFailed): x\nerror[data/digest]: customers must be a, got b\nhint: pin it",
            )
        ],
        Run("failed", NAME, "[data/digest] customers must be a, got b"),
    ),
    "in a queue": (
        [run("Suspended", "the run waits in the queue ml")],
        Run("queued", NAME, "the run waits in the queue ml"),
    ),
}


@pytest.mark.parametrize("name", DETAILED)
def test_in_detail(name: str) -> None:
    resources, expected = DETAILED[name]
    listed = application_of(application("train", health="Degraded", resources=[JOB]))
    detail = Detail(application_of(application("train", health="Degraded", resources=resources)))
    assert newest_run(WANTED, listed, detail) == expected


def test_without_a_run_or_an_application() -> None:
    assert newest_run(Wanted("prod", "churn"), None) == Run("none")
    assert newest_run(WANTED, None) == Run("waiting", NAME, "Argo CD has no Application dev.churn.train yet")


def left(name: str, health: str = "Degraded", kind: str = "RayJob") -> Any:
    """What a newer run has replaced: in the cluster and no longer in Git."""
    return resource(kind, name, health=health, message="the run failed", requiresPruning=True)


NOTES = {
    "none failed": ([run("Healthy"), left("churn-00000000", "Healthy"), left("churn-11111111", "Progressing")], ()),
    "the newest failed": ([run("Degraded", "the run failed")], ()),
    "one failed": (
        [run("Healthy"), left("churn-00000000")],
        (
            "RayJob churn-00000000 failed, is no longer in Git, and keeps dev.churn.train Degraded: "
            "argocd app delete-resource dev.churn.train --kind RayJob --resource-name churn-00000000",
        ),
    ),
    "two and what is not of a run": (
        [left("churn-train", kind="ConfigMap"), left("churn-0-evaluate-1", kind="Job"), left("churn-1")],
        (
            "RayJob churn-1 (and 1 more) failed, is no longer in Git, and keeps dev.churn.train Degraded: "
            "argocd app delete-resource dev.churn.train --kind RayJob --resource-name churn-1",
        ),
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_a_failed_run_leaves_behind(name: str) -> None:
    """Argo CD counts the health of everything that lives; a run that was superseded stays where it may finish."""
    resources, notes = NOTES[name]
    train = application_of(application("train", health="Degraded", environment="dev", resources=resources))
    row = row_of(WANTED, Parts(train=train), Compared(), training=Detail(train))
    assert row.notes == notes


def test_every_state_is_reached() -> None:
    states = {one.state for table in (LISTED, DETAILED) for _, one in table.values()} | {"none"}
    assert states == set(RUN_STATES)
