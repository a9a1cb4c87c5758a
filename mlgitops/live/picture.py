"""Everything that `mlgitops status` shows: a row for each model and environment, and what else stands in their way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mlgitops.live.application import COMPARISON_ERRORS, Application
from mlgitops.live.ray_service import one_line
from mlgitops.live.row import Row


class Shared(NamedTuple):
    """An Application that is of no model, and is not as it should be: an environment's namespaces, or the root."""

    name: str
    sync: str
    health: str
    reason: str


class Picture(NamedTuple):
    """What is live at one moment, against one commit."""

    revision: str
    """As it was asked for: `origin/main`."""
    commit: str
    rows: tuple[Row, ...]
    shared: tuple[Shared, ...] = ()
    unread: int = 0
    """Live releases whose cluster was not compared with what it was asked to be."""


def troubled(applications: Iterable[Application]) -> tuple[Shared, ...]:
    """Those that have failed, and why; what is on its way is no trouble."""
    found = []
    for one in applications:
        condition = one.condition(*COMPARISON_ERRORS, "SyncError")
        failed = one.phase in ("Failed", "Error") and one.sync != "Synced"
        if not (condition or failed or (one.refusals and one.phase != "Succeeded") or one.health == "Degraded"):
            continue
        refusal = next((f"{each.kind} {each.name}: {each.message}" for each in one.refusals), "")
        words = condition or refusal or one.operation
        found.append(Shared(one.name, one.sync, one.health, one_line(words)))
    return tuple(sorted(found))
