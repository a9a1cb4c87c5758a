"""Having Argo CD look at Git now, try again what it has given up on, and wait for no older commit any longer."""

from __future__ import annotations

import time
from typing import Final, NamedTuple, Protocol

from mlgitops.errors import UsageError
from mlgitops.live.application import Application, application_of
from mlgitops.programs.argocd import AT_ONCE
from mlgitops.programs.threads import in_threads
from mlgitops.stages.asked import Asked, Question
from mlgitops.stages.look import Applications, ours, relations_of, root_application

ENDING: Final = 30.0
"""Seconds for which a sync that was called off may go on."""
PAUSE: Final = 0.5
"""Seconds between two looks at it."""


class Syncing(Applications, Protocol):
    """What looks, and can ask for a sync."""

    def sync(self, name: str, *, prune: bool = True) -> None: ...

    def terminate(self, name: str) -> None: ...


class Refreshed(NamedTuple):
    """What was done."""

    names: tuple[str, ...]
    """Applications that have looked at Git."""
    synced: tuple[str, ...]
    """Those that would not have synced by themselves."""
    called_off: tuple[str, ...]
    """Those whose sync of an older commit waited for what may never come."""


def refresh(asked: Asked, question: Question, argocd: Syncing) -> Refreshed:
    """Refresh all Applications that are asked about; sync those that Argo CD has given up on.

    Raises UsageError where there is none, MlgitopsError where Argo CD fails or forbids.
    """
    found = _looked(asked, question, argocd)
    behind = _call_off_all(asked, found, argocd)
    given_up = tuple(one.name for one in found if _has_given_up(one))
    in_threads(argocd.sync, given_up, AT_ONCE)
    return Refreshed(tuple(one.name for one in found), (*behind, *given_up), behind)


def call_off(asked: Asked, question: Question, argocd: Syncing) -> tuple[str, ...]:
    """The Applications whose sync of an older commit was called off, and that were asked for the new one.

    Argo CD starts no sync while one is under way, and one lasts until what it made is healthy, or a person has
    confirmed what it removes. Raises as `refresh` does.
    """
    return _call_off_all(asked, _looked(asked, question, argocd), argocd)


def _looked(asked: Asked, question: Question, argocd: Syncing) -> list[Application]:
    """The Applications that are asked about, after they have looked at Git."""
    environments = {one.environment for one in asked.wanted}
    chosen = [
        one
        for one in ours(asked, argocd)
        if (one.environment in environments and not one.model)
        or (one.model and question.includes(one.environment, one.model))
    ]
    if not chosen:
        raise UsageError("Argo CD has no Application for this", "`mlgitops status` says why")
    # Who asks for one model need not be allowed to sync what brings all of them.
    chosen += [root] if not question.models and (root := root_application(asked, argocd)) else []
    names = [one.name for one in chosen]
    return in_threads(lambda name: application_of(argocd.application(name, refresh=True)), names, AT_ONCE)


def _call_off_all(asked: Asked, found: list[Application], argocd: Syncing) -> tuple[str, ...]:
    relations = relations_of(asked, found)
    behind = tuple(one.name for one in found if _waits(one) and relations[one.name].operation == "behind")
    in_threads(lambda name: _call_off(argocd, name), behind, AT_ONCE)
    in_threads(argocd.sync, behind, AT_ONCE)
    return behind


def _waits(one: Application) -> bool:
    """Whether a sync is under way that has begun to apply something."""
    return one.phase == "Running" and bool(one.operation_revision)


def _has_given_up(one: Application) -> bool:
    """Whether nothing may happen by itself: automated sync is off, or the last sync failed.

    Argo CD would not try the same commit again, nor, with `manifest-generate-paths`, a newer one that has the same
    folder as the last commit that it synced: the revert of what failed (seen with 3.5.7).
    """
    idle = not one.automated or one.phase in ("Failed", "Error")
    return one.sync == "OutOfSync" and one.phase != "Running" and idle


def _call_off(argocd: Syncing, name: str) -> None:
    """End the sync that is under way, and wait until it has ended."""
    argocd.terminate(name)
    until = time.monotonic() + ENDING
    while time.monotonic() < until:
        if application_of(argocd.application(name)).phase not in ("Running", "Terminating"):
            return
        time.sleep(PAUSE)
