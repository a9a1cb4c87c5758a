"""Having Argo CD look at Git now, try again what it has given up on, and wait for no older commit any longer."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from mlgitops.errors import UsageError
from mlgitops.live.application import Application, application_of
from mlgitops.programs.argocd import AT_ONCE
from mlgitops.programs.threads import in_threads
from mlgitops.stages.asked import Asked, Question
from mlgitops.stages.look import Applications, ours, relations_of, root_application


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

    Argo CD starts no sync while one is under way, and one lasts until what it made is healthy, or a person has
    confirmed what it removes: where it is of an older commit with other objects, it is called off.

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
    chosen += [root] if (root := root_application(asked, argocd)) else []
    names = [one.name for one in chosen]
    found = in_threads(lambda name: application_of(argocd.application(name, refresh=True)), names, AT_ONCE)
    given_up = tuple(one.name for one in found if _has_given_up(one))
    in_threads(argocd.sync, given_up, AT_ONCE)
    relations = relations_of(asked, found)
    behind = tuple(one.name for one in found if one.phase == "Running" and relations[one.name].operation == "behind")
    in_threads(argocd.terminate, behind, AT_ONCE)
    return Refreshed(tuple(names), given_up, behind)


def _has_given_up(one: Application) -> bool:
    """Whether nothing would happen by itself: automated sync is off, or it failed on this very commit."""
    if one.sync != "OutOfSync" or one.phase == "Running":
        return False
    return not one.automated or (one.phase in ("Failed", "Error") and one.operation_revision == one.compared)
