"""Having Argo CD look at Git now, and try again what it has given up on."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from mlgitops.errors import UsageError
from mlgitops.live.application import Application, application_of
from mlgitops.programs.argocd import AT_ONCE
from mlgitops.programs.threads import in_threads
from mlgitops.stages.asked import Asked, Question
from mlgitops.stages.look import Applications, ours


class Syncing(Applications, Protocol):
    """What looks, and can ask for a sync."""

    def sync(self, name: str, *, prune: bool = True) -> None: ...


class Refreshed(NamedTuple):
    """What was done."""

    names: tuple[str, ...]
    """Applications that have looked at Git."""
    synced: tuple[str, ...]
    """Those that would not have synced by themselves."""


def refresh(asked: Asked, question: Question, argocd: Syncing) -> Refreshed:
    """Refresh all Applications that are asked about, and sync those that Argo CD has given up on.

    Raises UsageError where there is none, MlgitopsError where Argo CD fails or forbids.
    """
    environments = {one.environment for one in asked.wanted}
    chosen = [
        one
        for one in ours(asked, argocd)
        if (one.environment in environments and not one.model)
        or (one.model and question.includes(one.environment, one.model))
    ]
    if not chosen:
        raise UsageError("Argo CD has no Application for this", "`mlgitops status` says why")
    names = [one.name for one in chosen]
    found = in_threads(lambda name: application_of(argocd.application(name, refresh=True)), names, AT_ONCE)
    given_up = tuple(one.name for one in found if _has_given_up(one))
    in_threads(argocd.sync, given_up, AT_ONCE)
    return Refreshed(tuple(names), given_up)


def _has_given_up(one: Application) -> bool:
    """Whether nothing would happen by itself: automated sync is off, or it failed on this very commit."""
    if one.sync != "OutOfSync" or one.phase == "Running":
        return False
    return not one.automated or (one.phase in ("Failed", "Error") and one.operation_revision == one.compared)
