"""What Git asks for, and what Argo CD and KubeRay said of it → one state, and why.

    judged = judge(Case(wanted, application, Compared("same", "same"), detail))
    judged.state, judged.reason       # "refused", "model.ubj must be sha256:…, got sha256:…; v1 answers meanwhile"

Rules are asked in an order in which the first that says something is right: what keeps Argo CD from comparing comes
before what it compared, and what a person must do something about before what only takes time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from mlgitops.live.application import COMPARISON_ERRORS, Application, Refusal, Resource
from mlgitops.live.edits import Edit
from mlgitops.live.ray_service import Failure, RayService, one_line
from mlgitops.live.states import State

Relation = Literal["same", "behind", "ahead", "stranger"]
"""How a commit that Argo CD knows stands to the one asked for, where one Application's folder is concerned: it has the
same objects there; it comes before; it comes after; or this clone does not have it."""


class Wanted(NamedTuple):
    """A model in an environment, as Git has it rendered."""

    environment: str
    model: str
    versions: tuple[str, ...] = ()
    """Of its RayServices; empty where nothing is released."""
    run: str = ""
    """The name of the newest run's RayJob."""
    scores: bool = False

    def application(self, part: str) -> str:
        """The name of its Application for a part."""
        return f"{self.environment}.{self.model}.{part}"


class Compared(NamedTuple):
    """What Argo CD looked at, against what is asked for."""

    compared: Relation = "same"
    operation: Relation = "same"
    doubtful: bool = False
    """Whether Argo CD says Synced of a commit that it never synced and that has other objects than the last one which
    it did: they may mean the same to the cluster, or its cache of differences is of the commit before."""


class Detail(NamedTuple):
    """What an Application's objects say, where the list did not say enough."""

    application: Application
    services: tuple[RayService, ...] = ()
    edits: tuple[Edit, ...] = ()
    troubles: tuple[str, ...] = ()
    """What keeps pods from running."""


class Case(NamedTuple):
    """Everything that is known of one release."""

    wanted: Wanted
    application: Application | None
    revisions: Compared = Compared()
    detail: Detail | None = None

    @property
    def services(self) -> tuple[RayService, ...]:
        return self.detail.services if self.detail else ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """With their health, where it was asked for."""
        if self.application is None:
            return ()
        return self.detail.application.resources if self.detail else self.application.resources

    @property
    def former(self) -> tuple[str, ...]:
        """Versions that answer and that Git no longer asks for."""
        found = {one.version for one in self.services if one.ready}
        if not self.services:
            names = (one.name for one in self.resources if one.kind == "RayService" and one.superfluous)
            found = {name.removeprefix(f"{self.wanted.model}-") for name in names}
        return tuple(sorted(found - set(self.wanted.versions)))


class Judged(NamedTuple):
    """What became of a release."""

    state: State
    reason: str = ""
    next: str = ""
    """What to do, where somebody must."""
    refusal: Refusal | None = None
    """The object that was not accepted, for whoever looks up the line that a person wrote."""


REFUSED_IN_COMPARING = re.compile(
    r"for resource (?P<kind>[A-Za-z]+)/(?P<name>[a-z0-9][a-z0-9.-]*): (?P<why>.*)", re.DOTALL
)
"""Argo CD compares by a dry run of applying: an object that the API does not accept ends the comparison of all."""

Rule = Callable[[Case, Application], Judged | None]


def judge(case: Case) -> Judged:
    """The state of a release."""
    application = case.application
    if application is None:
        return _absent(case)
    return next(found for rule in RULES if (found := rule(case, application)))


def cluster_versions(case: Case) -> tuple[str, ...]:
    """The versions whose RayService is in the cluster, as far as that is known."""
    if case.detail is not None:
        return tuple(sorted({one.version or _version(case, one.name) for one in case.services}))
    if case.application is None:
        return ()
    services = case.application.of_kind("RayService")
    return tuple(sorted({_version(case, one.name) for one in services if one.superfluous or one.sync == "Synced"}))


def _version(case: Case, name: str) -> str:
    return name.removeprefix(f"{case.wanted.model}-")


def _absent(case: Case) -> Judged:
    if not case.wanted.versions:
        return Judged("notReleased", "", "")
    name = case.wanted.application("serve")
    hint = "wait: it looks for new folders every three minutes; then look at mlgitops-root in Argo CD"
    return Judged("notDeployed", f"Argo CD has no Application {name} yet", hint)


def _going(case: Case, application: Application) -> Judged | None:
    if application.deleting and (asked := [one.name for one in case.resources if one.to_confirm]):
        return Judged("removing", *_to_confirm(asked, application))
    if application.deleting:
        return Judged("removing", "Argo CD is deleting the Application and what it made")
    if not case.wanted.versions and case.revisions.compared in ("same", "behind"):
        hint = f"argocd app delete {application.name}"
        return Judged("removing", "Git no longer has it, and what runs stays until a person removes it", hint)
    return None


def _to_confirm(names: list[str], application: Application) -> tuple[str, str]:
    """Why objects stay, and what to do."""
    reason = f"{names[0]} stays until a person confirms that it goes"
    return reason, f"argocd app confirm-deletion {application.name}"


def _incomparable(case: Case, application: Application) -> Judged | None:
    condition = application.condition(*COMPARISON_ERRORS)
    if application.sync != "Unknown" and not condition:
        return None
    refused = REFUSED_IN_COMPARING.search(condition)
    if refused is not None:
        return _not_accepted(case, Refusal(refused["kind"], "", refused["name"], refused["why"]))
    if not condition and not application.compared:
        return Judged("waiting", "Argo CD has not looked at it yet")
    message = one_line(condition) or "Argo CD cannot compare Git with the cluster"
    return Judged("unknown", message, f"argocd app get {application.name} --refresh")


def _rejected(case: Case, application: Application) -> Judged | None:
    refused = application.refusals[:1]
    if not refused or application.phase == "Succeeded" or case.revisions.operation == "behind":
        return None
    return _not_accepted(case, refused[0])


def _not_accepted(case: Case, one: Refusal) -> Judged:
    said = one_line(one.message).rstrip(".")
    words = said if one.name in said else f"{one.kind} {one.name}: {said}"
    return Judged("rejected", f"{words}{_meanwhile(case)}", "correct it and merge, or revert", one)


def _invalid(case: Case, _: Application) -> Judged | None:
    for one in case.services:
        if one.reason == "ValidationFailed" and one.version in case.wanted.versions:
            reason = f"KubeRay refuses RayService {one.name}: {one.message}{_meanwhile(case)}"
            refusal = Refusal("RayService", one.namespace, one.name, one.message)
            return Judged("rejected", reason, "correct it and merge, or revert", refusal)
    return None


def _behind(case: Case, application: Application) -> Judged | None:
    if case.revisions.compared != "behind":
        return None
    known = f"Argo CD is at {application.compared[:10]}, which does not have it yet"
    return Judged("waiting", known, "`mlgitops sync` lets it look now")


def _refused(case: Case, _: Application) -> Judged | None:
    for failure in _failures(case):
        problem = failure.problem
        if problem is not None and problem.refuses:
            return Judged("refused", f"[{problem.code}] {problem.message}{_meanwhile(case)}", problem.hint)
    return None


def _degraded(case: Case, application: Application) -> Judged | None:
    if application.health != "Degraded":
        return None
    words = [*([_failure(one) for one in _failures(case)] or _said(case, "Degraded")), *_troubles(case)]
    hint = next((one.problem.hint for one in _failures(case) if one.problem), "")
    reason = f"{'; '.join(words) or 'an object is Degraded'}{_meanwhile(case)}"
    back = "rollout abort" if len(case.wanted.versions) > 1 else "rollback"
    return Judged("degraded", reason, hint or f"argocd app get {application.name}; or `mlgitops {back}`")


def _suspended(case: Case, application: Application) -> Judged | None:
    if application.health != "Suspended":
        return None
    return Judged("suspended", "; ".join(_said(case, "Suspended")).removeprefix("suspended: "))


def _out_of_sync(case: Case, application: Application) -> Judged | None:
    if application.sync == "Synced" or application.phase == "Running":
        return None
    if application.phase in ("Failed", "Error") and case.revisions.operation != "behind":
        reason = f"the last sync failed: {one_line(application.operation)}{_meanwhile(case)}"
        return Judged("outOfSync", reason, "`mlgitops sync` tries again")
    if not application.automated:
        return Judged("outOfSync", "automated sync is off for this Application", "`mlgitops sync`, or turn it on")
    differing = sorted(
        (one for one in case.resources if one.sync == "OutOfSync"), key=lambda one: one.kind != "RayService"
    )
    objects = [f"{one.kind} {one.name}" for one in differing]
    return Judged("waiting", f"Argo CD is about to sync {', '.join(objects[:3]) or 'it'}")


def _under_way(case: Case, application: Application) -> Judged | None:
    moving = application.sync != "Synced" or application.health in ("Progressing", "Missing", "Unknown")
    if not moving and application.phase != "Running":
        return None
    confirm = [one.name for one in case.resources if one.to_confirm and one.superfluous]
    if confirm and application.health == "Healthy":
        return Judged("upgrading", *_to_confirm(confirm, application))
    words = _said(case, "Progressing") or _said(case, "Missing") or [one_line(application.operation)]
    reason = "; ".join(word for word in (*words, *_troubles(case)) if word) or "Argo CD is syncing"
    answers = [one for one in case.services if one.ready and one.version in case.wanted.versions]
    if case.former or any(one.pending or one.unfinished for one in answers):
        return Judged("upgrading", f"{reason}{_meanwhile(case)}")
    return Judged("upgrading" if answers and application.applied else "deploying", reason)


def _edited(case: Case, _: Application) -> Judged | None:
    edits = case.detail.edits if case.detail else ()
    if not edits:
        return None
    hint = "only a new cluster brings it about: change what its pods are made of, or delete the RayCluster"
    return Judged("ignoredEdit", "; ".join(str(edit) for edit in edits[:3]), hint)


def _live(_: Case, __: Application) -> Judged:
    return Judged("live")


RULES: tuple[Rule, ...] = (
    _going,
    _incomparable,
    _rejected,
    _invalid,
    _behind,
    _refused,
    _degraded,
    _suspended,
    _out_of_sync,
    _under_way,
    _edited,
    _live,
)


def _troubles(case: Case) -> tuple[str, ...]:
    return tuple(one_line(trouble) for trouble in case.detail.troubles[:2]) if case.detail else ()


def _failures(case: Case) -> list[Failure]:
    """Of what Git asks for; what went wrong with a former release is no longer of interest."""
    return [failure for one in case.services if one.version in case.wanted.versions for failure in one.failures]


def _failure(one: Failure) -> str:
    words = f"[{one.problem.code}] {one.problem.message}" if one.problem else one.message
    return f"application {one.application} is {one.status}{f': {words}' if words else ''}"


def _said(case: Case, health: str) -> list[str]:
    """What the health checks say of the objects in a state; of those that have no words, that they are in it."""
    found = [one for one in case.resources if one.health == health]
    told = [one_line(one.message) for one in found if one.message]
    return told or [f"{one.kind} {one.name} is {health}" for one in found[:3]]


def _meanwhile(case: Case) -> str:
    """Who answers while what was asked for does not."""
    if case.former:
        return f"; {', '.join(case.former)} answers meanwhile"
    mine = [one for one in case.services if one.ready and one.version in case.wanted.versions]
    if mine and not any(failure.status == "UNHEALTHY" for one in mine for failure in one.failures):
        return "; the pods of before answer meanwhile"
    return ""
