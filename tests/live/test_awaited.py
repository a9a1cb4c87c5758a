"""When waiting ends: what is live, what has failed for good, and what may pass by itself."""

from __future__ import annotations

import pytest

from mlgitops.live.awaited import GRACE, Awaited, awaited
from mlgitops.live.row import Row
from mlgitops.live.runs import Run
from mlgitops.live.states import STATES, State

BASE = Row("prod", "churn", "live", "", "", ("v2",), ("v2",), "b" * 40, "b" * 40, "", "Synced", "Healthy", Run("none"))

OUTCOMES: dict[State, tuple[str, str]] = {
    "live": ("live", "live"),
    "ignoredEdit": ("failed", "failed"),
    "upgrading": ("under way", "under way"),
    "deploying": ("under way", "under way"),
    "waiting": ("under way", "under way"),
    "suspended": ("under way", "under way"),
    "removing": ("under way", "under way"),
    "notReleased": ("live", "live"),
    "notDeployed": ("under way", "under way"),
    "outOfSync": ("under way", "failed"),
    "degraded": ("under way", "failed"),
    "refused": ("failed", "failed"),
    "rejected": ("failed", "failed"),
    "unknown": ("under way", "failed"),
}


def test_every_state_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(STATES)


@pytest.mark.parametrize("state", OUTCOMES)
def test_outcome_at_once_and_after_a_while(state: State) -> None:
    row = BASE._replace(state=state, reason="because")
    at_once, later = OUTCOMES[state]
    assert awaited(row).outcome == at_once
    assert awaited(row, failing_for=GRACE).outcome == later


def test_a_release_that_is_not_merged() -> None:
    assert awaited(BASE, ("v1",)) == Awaited(
        BASE, "under way", "Git releases v2 here, and v1 is not merged yet", unmerged=True
    )
    assert awaited(BASE, ("v2",)) == Awaited(BASE, "live", "")


def test_a_commit_that_another_replaced() -> None:
    row = BASE._replace(superseded="Argo CD follows bbbbbbbbbb")
    assert awaited(row) == Awaited(row, "failed", "superseded: Argo CD follows bbbbbbbbbb")
    assert awaited(row, pinned=False).outcome == "under way"


def test_a_commit_that_this_clone_lacks() -> None:
    row = BASE._replace(strange=True)
    assert awaited(row) == Awaited(row, "under way", "Argo CD is at bbbbbbbbbb, which this clone does not have")


RUNS = {"none": "live", "succeeded": "live", "running": "under way", "queued": "under way", "failed": "failed"}


@pytest.mark.parametrize("state", RUNS)
def test_runs(state: str) -> None:
    row = BASE._replace(run=Run(state, "churn-1a2b3c4d", "why"))  # type: ignore[arg-type]
    assert awaited(row).outcome == "live"
    assert awaited(row, runs=True).outcome == RUNS[state]
