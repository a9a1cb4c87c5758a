"""A picture with a row in every state, from what Argo CD and KubeRay say (`test_judge.CASES`)."""

from __future__ import annotations

from mlgitops.live.judge import Wanted
from mlgitops.live.picture import Picture, Shared
from mlgitops.live.row import Parts, Row, row_of
from mlgitops.live.runs import Run
from mlgitops.live.states import STATES
from mlgitops.source import Location
from tests.live.said import NEW
from tests.live.test_judge import CASES

RUNS = {
    "live": Run("succeeded", "churn-1a2b3c4d"),
    "upgrading": Run("failed", "churn-1a2b3c4d", "the run failed (AppFailed): exit code 1"),
    "deploying": Run("running", "churn-1a2b3c4d", "the run is RUNNING"),
}


def row(name: str, number: int) -> Row:
    """The row of a case; models are told apart by a number."""
    case = CASES[name][0]
    found = row_of(Wanted("prod", f"model-{number}", case.wanted.versions), Parts(case.application), case.revisions)
    judged = row_of(case.wanted, Parts(case.application), case.revisions, case.detail)
    line = (Location("specs/churn/model.yaml", 31, 15), "model") if judged.refusal else None
    return judged._replace(model=found.model, run=RUNS.get(judged.state, Run("none")), blamed=line)


def every_state() -> Picture:
    """One row for each state, in the order of `STATES`."""
    names = {expected.state: name for name, (_, expected) in reversed(CASES.items())}
    rows = tuple(row(names[state], number) for number, state in enumerate(STATES, 1))
    shared = (Shared("prod.environment", "OutOfSync", "Degraded", "namespaces prod-growth is forbidden"),)
    return Picture("origin/main", NEW, rows, shared, unread=3)
