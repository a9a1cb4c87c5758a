"""Whether what was asked for is live, has failed, or is on its way.

Live counts only when it was seen twice: after a sync that changed an application in place, Argo CD may have compared
the RayService before the operator looked at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from mlgitops.live.row import Row
from mlgitops.live.runs import RunState
from mlgitops.live.states import STATES

Outcome = Literal["live", "failed", "under way"]

LOOKS: Final = 2
"""How often in a row everything must be seen live."""

PATIENT = ("degraded", "outOfSync", "unknown")
"""States that may pass by themselves: a pod that comes back, a sync that is tried again, a server that restarts."""

GRACE = 30.0
"""Seconds for which such a state is waited out."""


class Awaited(NamedTuple):
    """What became of a place so far."""

    row: Row
    outcome: Outcome
    words: str
    """Why it has failed, or what it waits for."""
    unmerged: bool = False
    """Whether Git does not release it yet."""


def awaited(
    row: Row, versions: Sequence[str] = (), *, runs: bool = False, pinned: bool = True, failing_for: float = 0.0
) -> Awaited:
    """What became of a place in which these versions were asked for (none: whatever Git releases there).

    `runs`: the newest run counts too. `pinned`: one commit was asked for, and not what a branch comes to be.
    `failing_for` is for how many seconds the place has been in a failed state.
    """
    if row.superseded:
        outcome: Outcome = "failed" if pinned else "under way"
        return Awaited(row, outcome, f"superseded: {row.superseded}", unmerged=not pinned)
    if versions and tuple(versions) != row.versions:
        words = f"Git releases {', '.join(row.versions) or 'nothing'} here, and {', '.join(versions)} is not merged yet"
        return Awaited(row, "under way", words, unmerged=True)
    if row.strange:
        return Awaited(row, "under way", f"Argo CD is at {row.compared[:10]}, which this clone does not have")
    standing = STATES[row.state].standing
    if standing in ("failed", "unknown"):
        if row.state in PATIENT and failing_for < GRACE:
            return Awaited(row, "under way", row.reason)
        return Awaited(row, "failed", row.reason)
    if standing == "under way":
        return Awaited(row, "under way", row.reason or STATES[row.state].meaning)
    if runs and row.run.state not in ("none", "succeeded"):
        return Awaited(row, _RUNS.get(row.run.state, "under way"), f"run {row.run.name}: {row.run.reason}")
    return Awaited(row, "live", "")


_RUNS: dict[RunState, Outcome] = {"failed": "failed"}
