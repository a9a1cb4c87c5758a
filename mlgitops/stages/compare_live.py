"""What differs between `rendered/` at a commit and the clusters, Application by Application."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from mlgitops.errors import UsageError
from mlgitops.live.application import Application
from mlgitops.live.differing import Differing, differing
from mlgitops.live.edits import Edit, ignored_edits
from mlgitops.programs.argocd import AT_ONCE
from mlgitops.programs.threads import in_threads
from mlgitops.stages.asked import Asked, Question, document_at
from mlgitops.stages.look import Applications, ours

Json = Any


class Manifests(Applications, Protocol):
    """What looks, and knows the live objects."""

    def manifests(self, name: str) -> list[Json]: ...


class Compared(NamedTuple):
    """One Application."""

    application: str
    path: str
    """The folder below the repository's root."""
    objects: tuple[Differing, ...]
    edits: tuple[Edit, ...]
    """What its RayClusters have otherwise than their RayServices."""


def compare_live(asked: Asked, question: Question, argocd: Manifests) -> list[Compared]:
    """Every Application that was asked about; those that differ nowhere have no objects and no edits.

    Raises UsageError where there is none.
    """
    environments = {one.environment for one in asked.wanted}
    chosen = [
        one
        for one in ours(asked, argocd)
        if (one.model and question.includes(one.environment, one.model))
        or (not one.model and not question.models and one.environment in environments)
    ]
    if not chosen:
        raise UsageError("Argo CD has no Application for this", "`mlgitops status` says why")
    chosen.sort(key=lambda one: one.name)
    return in_threads(lambda one: _compared(asked, one, argocd), chosen, AT_ONCE)


def _compared(asked: Asked, application: Application, argocd: Manifests) -> Compared:
    live = argocd.manifests(application.name)
    services = [one for one in live if one.get("kind") == "RayService"]
    clusters = argocd.live(application.name, "RayCluster") if services else []
    edits = tuple(edit for one in services for edit in ignored_edits(one, clusters))
    files = {path: document for path in asked.tree.blobs if (document := _object_at(asked, application.path, path))}
    return Compared(application.name, application.path, tuple(differing(files, live)), edits)


def _object_at(asked: Asked, folder: str, path: str) -> dict[str, Json] | None:
    """The object of a file that Argo CD syncs: it takes `*.yaml` of the folder itself."""
    if not path.endswith(".yaml") or path.rpartition("/")[0] != folder:
        return None
    return document_at(asked.tree, path)
