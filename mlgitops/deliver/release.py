"""Releases as values: who asks for one, what serves now, and the file that a change of it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlgitops.deliver.document_text import document_text, leading_comments
from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.spec.checks.release import check_release, check_versions
from mlgitops.spec.checks.rollout import ONE_ROUTE
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, read_document
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.model import API_VERSION
from mlgitops.spec.documents.release import Release
from mlgitops.spec.resolve import Written
from mlgitops.spec.risk.factor import RiskFactor, RiskLevel, highest, level_of
from mlgitops.spec.risk.versions import version_factors

Json = Any


class Asked(NamedTuple):
    """Who asks for a change, when and why."""

    by: str
    at: str
    """A time in UTC, as documents write it."""
    reason: str | None = None


class Place(NamedTuple):
    """An environment, and what is released there of one model."""

    environment: DeclaredEnvironment
    release: Written[Release] | None

    @property
    def name(self) -> str:
        return self.environment.name

    @property
    def version(self) -> str | None:
        """The version that serves."""
        return self.release.value.spec.version if self.release else None


class NewRelease(NamedTuple):
    """A release that is to be written in place of what is there."""

    path: str
    text: str
    release: Release
    former: str | None
    """The version that serves until then."""
    approvals: tuple[str, ...]
    """The roles that the environment asks to approve a release of its risk. The file names nobody yet."""
    older: bool
    """Whether the version was made before the one that it supersedes."""
    factors: tuple[RiskFactor, ...] = ()
    """What differs between the two versions; the risk is computed from it."""

    @property
    def computed(self) -> RiskLevel:
        """The risk, by what differs; a person may have asked for another."""
        return level_of(self.factors)


class Unchanged(NamedTuple):
    """There is nothing to do, and why."""

    why: str
    version: str
    """The version that is there already."""


class Terms(NamedTuple):
    """What a release says besides its version and who asked."""

    promoted_from: str | None
    risk: RiskLevel | None = None
    """What a person asks for; None for what is computed."""
    least: RiskLevel = "low"
    """What the risk is not computed below: it was raised before."""
    at_once: bool = False
    """Whether it takes the place of what serves at once, whatever the environment's strategy: a return does."""
    rollout: Mapping[str, Json] | None = None
    """Where it is in a rollout, for one that ends; None for the first step of the environment's strategy."""


def release_path(environment: str, model: str) -> str:
    """The file of a model's release."""
    return f"environments/{environment}/releases/{model}.yaml"


def new_release(model: DeclaredModel, version: str, place: Place, terms: Terms, asked: Asked) -> NewRelease:
    """The release of a version that the model has, superseding what serves. Approvals are for others to give.

    Its risk is computed from what differs between the two versions. Where the environment asks for a strategy with
    steps at that risk, and something serves, the first step is written: both run, and the old one answers. Raises
    MlgitopsError for a reason that cannot be written.
    """
    name, former = model.spec.value.metadata.name, place.version
    factors = version_factors(model.versions.get(former or ""), model.versions[version])
    risk = terms.risk or highest((level_of(factors), terms.least))
    rollout = terms.rollout or (None if terms.at_once else first_step(model, version, place, risk))
    path = release_path(place.name, name)
    said: Mapping[str, Json] = {
        "version": version,
        "recordDigest": record_digest(model.versions[version].files),
        "supersedes": former,
        "promotedFrom": terms.promoted_from,
        "riskLevel": risk,
        "requestedBy": asked.by,
        "requestedAt": asked.at,
        "reason": asked.reason,
        "rollout": rollout,
    }
    data = {
        "apiVersion": API_VERSION,
        "kind": "Release",
        "metadata": {"name": name, "environment": place.name},
        "spec": {key: value for key, value in said.items() if value is not None},
    }
    text = document_text(data, path, leading_comments(place.release.document.text) if place.release else "")
    written = read_document(text.encode(), path, Release, name)
    if isinstance(written, list):
        raise MlgitopsError(f"{path} would not be a valid release: {written[0].message}", "please report this")
    roles = getattr(place.environment.spec.value.spec.approvals, risk)
    older = former is not None and made_before(model, version, former)
    return NewRelease(path, text, written.value, former, tuple(roles), older, factors)


def first_step(model: DeclaredModel, version: str, place: Place, risk: RiskLevel) -> dict[str, Json] | None:
    """The rollout that a release begins with; None where it is rolling, or nothing serves that it could stand beside.

    Versions with different routes cannot answer at one: where a strategy would mix them, they are swapped (blueGreen).
    """
    strategy = getattr(place.environment.spec.value.spec.strategies, risk)
    former = model.versions.get(place.version or "")
    if strategy == "rolling" or former is None or place.version == version or place.release is None:
        return None
    routes = {one.record.value.spec.snapshot.serving.route for one in (former, model.versions[version])}
    if strategy in ONE_ROUTE and len(routes) > 1:
        strategy = "blueGreen"
    previous = {"version": str(place.version), "recordDigest": record_digest(former.files)}
    return {"strategy": strategy, "weight": 0, "previous": previous}


def under_way(place: Place) -> list[Finding]:
    """Why nothing else can be released while two releases serve."""
    release = place.release
    rollout = release.value.spec.rollout if release is not None else None
    if release is None or rollout is None or rollout.previous is None:
        return []
    name, pointer = release.value.metadata.name, ("spec", "rollout")
    message = f"the rollout of {name} {release.value.spec.version} in {place.name} must be over first, "
    message += f"got weight {rollout.weight} beside {rollout.previous.version}"
    hint = f"`mlgitops rollout next {name} --env {place.name}` until it is over, or `mlgitops rollout abort`"
    at = release.document.locate(pointer)
    return [Finding(at, "release/rollout-under-way", "error", message, hint, pointer_text(pointer))]


def made_before(model: DeclaredModel, version: str, other: str) -> bool:
    """Whether a version was made before another one; of one that has no record that is not known."""
    both = (model.versions.get(version), model.versions.get(other))
    times = [one.record.value.spec.createdAt for one in both if one is not None]
    return len(times) == 2 and times[0] < times[1]


def sound_release(model: DeclaredModel, place: Place) -> Written[Release] | list[Finding]:
    """What serves in an environment, or what is wrong with it: `release/nothing-released`, and what its checks find."""
    if place.release is None:
        return [nothing_released(place.name, model.spec.value.metadata.name, "release a version there first")]
    return [*check_versions(model), *check_release(place.environment, model, place.release)] or place.release


def nothing_released(environment: str, model: str, hint: str) -> Finding:
    """For an environment that has no release of a model, where one is needed."""
    place = Location(release_path(environment, model))
    message = f"a version of {model} must serve in {environment}, got no release"
    return Finding(place, "release/nothing-released", "error", message, hint)


def at_environment(place: Place, pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    """An error at a line of the environment's own document."""
    document = place.environment.spec.document
    return Finding(document.locate(pointer), code, "error", message, hint, pointer_text(pointer))


def cannot_serve(place: Place, model: DeclaredModel) -> list[Finding]:
    """Why an environment can have no release of a model."""
    name, found = model.spec.value.metadata.name, does_not_serve(place)
    if not place.environment.selects(model.spec.value):
        message = f"environment '{place.name}' must have {name} to release it, got another selection"
        hint = "ask the platform team to widen `models`, or to take the tombstone away"
        found.append(at_environment(place, ("spec", "models"), "release/not-selected", message, hint))
    return found


def does_not_serve(place: Place) -> list[Finding]:
    """Why an environment can have no release at all."""
    if place.environment.spec.value.spec.serves:
        return []
    message = f"an environment must serve to have a release, got serves: false of {place.name}"
    hint = "release it where models serve, or set `serves: true`"
    return [at_environment(place, ("spec", "serves"), "release/no-serving", message, hint)]
