"""`Row`: a model in an environment, everything that is known of it, and the state that it is in."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.live.application import Application, Refusal
from mlgitops.live.judge import Case, Compared, Detail, Wanted, cluster_versions, judge
from mlgitops.live.runs import Run, failed_earlier, newest_run
from mlgitops.live.states import State
from mlgitops.source import Location


class Row(NamedTuple):
    """A model in an environment."""

    environment: str
    model: str
    state: State
    reason: str
    next: str
    versions: tuple[str, ...]
    """That Git releases."""
    cluster: tuple[str, ...]
    """That are in the cluster."""
    compared: str
    """The commit that Argo CD compared with, and, where it is Synced, that the cluster is at."""
    applied: str
    """The commit of the last sync that succeeded."""
    applied_at: str
    sync: str
    health: str
    run: Run
    notes: tuple[str, ...] = ()
    """What else goes wrong here, and does not keep the release from answering."""
    strange: bool = False
    """Whether Argo CD follows a commit that this clone does not have."""
    superseded: str = ""
    """Why the commit asked for will never be live here: Argo CD follows a newer one with other objects."""
    refusal: Refusal | None = None
    blamed: tuple[Location, str] | None = None
    """The line that a person wrote, and its layer."""


class Parts(NamedTuple):
    """What is known of the Applications of a model in an environment."""

    serve: Application | None = None
    train: Application | None = None
    score: Application | None = None


def row_of(
    wanted: Wanted,
    parts: Parts,
    revisions: Compared,
    serving: Detail | None = None,
    training: Detail | None = None,
) -> Row:
    """The row of a model in an environment."""
    case = Case(wanted, parts.serve, revisions, serving)
    judged = judge(case)
    application = parts.serve
    newer = revisions.compared == "ahead" and application is not None
    return Row(
        environment=wanted.environment,
        model=wanted.model,
        state=judged.state,
        reason=judged.reason,
        next=judged.next,
        versions=wanted.versions,
        cluster=cluster_versions(case),
        compared=application.compared if application else "",
        applied=application.applied if application else "",
        applied_at=application.applied_at if application else "",
        sync=application.sync if application else "",
        health=application.health if application else "",
        run=newest_run(wanted, parts.train, training),
        notes=(*_notes(parts, revisions), *_left_behind(training)),
        strange=application is not None and revisions.compared == "stranger",
        superseded=f"Argo CD follows {application.compared[:10]}" if newer and application else "",
        refusal=judged.refusal,
    )


def _notes(parts: Parts, revisions: Compared) -> list[str]:
    notes = []
    if parts.score is not None and parts.score.health == "Degraded":
        notes.append(f"batch scoring failed: argocd app get {parts.score.name}")
    if parts.serve is not None and revisions.compared in ("ahead", "stranger"):
        commit = parts.serve.compared[:10]
        notes.append(f"Argo CD follows {commit}, which is newer than what this clone was asked about: git fetch")
    return notes


def _left_behind(training: Detail | None) -> list[str]:
    """What keeps Argo CD from calling the training part healthy, though the newest run may be."""
    if training is None or not (left := failed_earlier(training.application)):
        return []
    one, name = left[0], training.application.name
    others = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
    command = f"argocd app delete-resource {name} --kind {one.kind} --resource-name {one.name}"
    return [f"{one.kind} {one.name}{others} failed, is no longer in Git, and keeps {name} Degraded: {command}"]
