"""What is live: one list of Applications, more about those for which a reason is needed, and the state of each release.

picture = look(asked, argocd)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from mlgitops.errors import MlgitopsError
from mlgitops.live.application import ENVIRONMENT, Application, application_of, same_repository
from mlgitops.live.edits import ignored_edits
from mlgitops.live.judge import Case, Compared, Detail, Relation, Wanted, judge
from mlgitops.live.picture import Picture, troubled
from mlgitops.live.pods import troubles
from mlgitops.live.ray_service import ray_service_of
from mlgitops.live.row import Parts, Row, row_of
from mlgitops.live.runs import newest_run
from mlgitops.programs.argocd import AT_ONCE, ArgoCDForbids, NoApplication
from mlgitops.programs.git_branches import is_ancestor
from mlgitops.programs.git_objects import folder_trees
from mlgitops.programs.threads import in_threads
from mlgitops.stages.asked import Asked, Question
from mlgitops.stages.blame_refusal import blamed

Json = Any

READ_LIVE = 24
"""Live releases whose clusters are compared without being asked for by name: two short calls each."""


class Applications(Protocol):
    """The part of `programs.argocd.ArgoCD` that looking needs."""

    def applications(self, selector: str) -> list[Json]: ...

    def application(self, name: str, *, refresh: bool = False) -> Json: ...

    def live(self, name: str, kind: str) -> list[Json]: ...

    def may(self, action: str, subject: str) -> bool: ...


class Place(NamedTuple):
    """A model in an environment, and what Argo CD has for it."""

    wanted: Wanted
    parts: Parts
    revisions: Compared


def look(asked: Asked, question: Question, argocd: Applications) -> Picture:
    """Everything that is asked about, as it is now. Raises MlgitopsError where Argo CD does not answer or forbids."""
    every = ours(asked, argocd)
    places = _places(asked, question, every)
    _must_be_visible(places, every, argocd)
    places = in_threads(lambda place: _looked_at_again(asked, place, argocd), places, AT_ONCE)
    candidates = [place for place in places if _state(place) == "live"]
    compared = candidates if question.models or len(candidates) <= READ_LIVE else []
    tasks = [*_tasks(places), *((place, "edits") for place in compared)]
    details = dict(zip(tasks, in_threads(lambda task: _detail(argocd, *task), tasks, AT_ONCE), strict=True))
    rows = []
    for place in places:
        serving = details.get((place, "serve")) or details.get((place, "edits"))
        row = row_of(place.wanted, place.parts, place.revisions, serving, details.get((place, "train")))
        rows.append(row._replace(blamed=blamed(asked, row)))
    return Picture(
        revision=asked.revision,
        commit=asked.commit,
        rows=tuple(rows),
        shared=troubled(_shared(asked, question, every, rows, argocd)),
        unread=len(candidates) - len(compared),
    )


def root_application(asked: Asked, argocd: Applications) -> Application | None:
    """The Application that brings the others, where we may see it and it is of this repository."""
    with suppress(MlgitopsError, ValueError):
        root = application_of(argocd.application("mlgitops-root"))
        if same_repository(root.repository, asked.repository.repoURL):
            return root
    return None


def ours(asked: Asked, argocd: Applications) -> list[Application]:
    """The Applications of this repository that Argo CD shows us."""
    found = []
    for document in argocd.applications(ENVIRONMENT):
        with suppress(ValueError):
            one = application_of(document)
            if same_repository(one.repository, asked.repository.repoURL):
                found.append(one)
    return [one for one in found if one.namespace in ("", asked.repository.argocd.namespace)]


def _places(asked: Asked, question: Question, every: Iterable[Application]) -> list[Place]:
    by_place: dict[tuple[str, str], dict[str, Application]] = {}
    for one in every:
        if one.model and question.includes(one.environment, one.model):
            by_place.setdefault((one.environment, one.model), {})[one.part] = one
    wanted = {(one.environment, one.model): one for one in asked.wanted}
    gone = sorted(by_place.keys() - wanted.keys(), key=lambda place: (place[1], place[0]))
    wanted |= {place: Wanted(*place) for place in gone}
    parts = {place: Parts(**_known(by_place.get(place, {}))) for place in wanted}
    relations = relations_of(asked, [known.serve for known in parts.values() if known.serve is not None])
    return [_place(one, parts[place], relations) for place, one in wanted.items()]


def _place(wanted: Wanted, parts: Parts, relations: Mapping[str, Compared]) -> Place:
    return Place(wanted, parts, Compared() if parts.serve is None else relations[parts.serve.name])


def _known(parts: dict[str, Application]) -> dict[str, Application]:
    return {part: one for part, one in parts.items() if part in Parts._fields}


def _looked_at_again(asked: Asked, place: Place, argocd: Applications) -> Place:
    """A place of which Argo CD says what may be wrong, once it has compared anew.

    Argo CD 3.5 keeps the differences that it found for a while. Where an object of a new commit is not accepted, it
    says so once, and from then on, out of that cache, that the commit is Synced.
    """
    serve = place.parts.serve
    if serve is None or not place.revisions.doubtful or serve.sync != "Synced":
        return place
    try:
        again = application_of(argocd.application(serve.name, refresh=True))
    except (NoApplication, ValueError):
        return place
    parts = place.parts._replace(serve=again)
    return Place(place.wanted, parts, relations_of(asked, [again])[again.name])


def relations_of(asked: Asked, applications: Sequence[Application]) -> dict[str, Compared]:
    """How the commits that Argo CD knows stand to the one asked for, each where its Application's folder is."""
    known = ((one.compared, one.operation_revision, one.applied) for one in applications)
    commits = [(commit, one.path) for one, three in zip(applications, known, strict=True) for commit in three]
    trees = folder_trees(asked.root, [*commits, *((asked.commit, one.path) for one in applications)])
    before: dict[str, Relation] = {}

    def relation(commit: str, path: str) -> Relation:
        if not commit:
            return "behind"
        tree = trees.get((commit, path))
        if tree is None:
            return "stranger"
        if tree == trees[asked.commit, path]:
            return "same"
        if commit not in before:
            before[commit] = "ahead" if is_ancestor(asked.root, asked.commit, commit) else "behind"
        return before[commit]

    return {
        one.name: Compared(
            relation(one.compared, one.path),
            relation(one.operation_revision, one.path),
            trees.get((one.applied, one.path)) != trees.get((one.compared, one.path)),
        )
        for one in applications
    }


def _state(place: Place) -> str:
    """The state as far as the list tells it."""
    return judge(Case(place.wanted, place.parts.serve, place.revisions)).state


def _tasks(places: Iterable[Place]) -> list[tuple[Place, str]]:
    """Where a reason is needed."""
    tasks = []
    for place in places:
        if place.parts.serve is not None and _state(place) not in ("live", "notReleased", "unknown"):
            tasks.append((place, "serve"))
        if place.parts.train is not None and newest_run(place.wanted, place.parts.train).state not in (
            *("none", "succeeded", "unknown"),
        ):
            tasks.append((place, "train"))
    return tasks


def _detail(argocd: Applications, place: Place, what: str) -> Detail | None:
    """More about one Application; None where it is gone by now."""
    application = place.parts.train if what == "train" else place.parts.serve
    assert application is not None
    try:
        if what == "train":
            waiting = _troubles(argocd, application, [place.wanted.run])
            return Detail(application_of(argocd.application(application.name)), troubles=waiting)
        services = argocd.live(application.name, "RayService")
        found = tuple(ray_service_of(one) for one in services if one.get("kind") == "RayService")
        if what == "edits":
            clusters = argocd.live(application.name, "RayCluster")
            edits = tuple(edit for one in services for edit in ignored_edits(one, clusters))
            return Detail(application, found, edits)
        waiting = _troubles(argocd, application, [f"{place.wanted.model}-{one}" for one in place.wanted.versions])
        return Detail(application_of(argocd.application(application.name)), found, troubles=waiting)
    except (NoApplication, ValueError):
        return None


def _troubles(argocd: Applications, application: Application, owners: Iterable[str]) -> tuple[str, ...]:
    """What keeps pods from running, where something is on its way or has failed."""
    if application.health not in ("Progressing", "Degraded"):
        return ()
    pods = argocd.live(application.name, "Pod")
    return tuple(trouble for owner in owners for trouble in troubles(pods, owner))


def _must_be_visible(places: Sequence[Place], every: Sequence[Application], argocd: Applications) -> None:
    """Raises ArgoCDForbids where nothing is shown since we may not see it: Argo CD leaves out what one may not."""
    absent = [one.wanted for one in places if one.parts == Parts() and (one.wanted.versions or one.wanted.run)]
    if not absent or every:
        return
    wanted = absent[0]
    subject = f"mlgitops-env-{wanted.environment}/{wanted.application('serve' if wanted.versions else 'train')}"
    if not argocd.may("get", subject):
        message = f"Argo CD shows none of {len(absent)} places, and forbids `get` on {subject}"
        hint = "a role of the AppProject, or policy.csv, must grant it; `argocd account get-user-info` says who you are"
        raise ArgoCDForbids(message, hint)


def _shared(
    asked: Asked, question: Question, every: Sequence[Application], rows: Sequence[Row], argocd: Applications
) -> list[Application]:
    """What stands in the way of all: environments' own Applications, and the root where something is not deployed."""
    found = [one for one in every if not one.model and question.includes(one.environment, "")]
    if question.models:
        environments = {row.environment for row in rows}
        found = [one for one in every if not one.model and one.environment in environments]
    if any(row.state == "notDeployed" for row in rows) and (root := root_application(asked, argocd)):
        found.append(root)
    return found
