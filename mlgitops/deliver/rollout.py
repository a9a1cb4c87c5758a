"""Rollouts: the steps by which requests move from the release before to the one that is asked for.

    step = next_step(model, place, asked)       # weight 5 → 25, the end of the rollout, or the end of an aborted one
    step = abort(place)                         # all requests back to the release before

    strategy    steps of the new version's weight
    canary      0, 5, 25, 100                   the environment's `rollouts.canary.weights` in between
    blueGreen   0, 100
    abTest      0, 50, 100                      or a cohort that always gets it
    shadow      0, 0 and a copy of each request, 100

At weight 0 both run and the old one answers: the new one starts, without a request that could fail. After 100, and
after an abort, one more step takes away the release that answers nothing. Which version is asked for changes at the
first step and, after an abort, at the last: in between nothing but the HTTPRoute does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlgitops.deliver.document_text import with_entry
from mlgitops.deliver.release import Asked, NewRelease, Place, Terms, Unchanged, new_release, sound_release
from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.spec.declared import DeclaredModel, read_document
from mlgitops.spec.documents.environment import Cohort, Rollouts
from mlgitops.spec.documents.release import Release, Rollout

Json = Any


class Position(NamedTuple):
    """How far requests have moved."""

    weight: int
    """Of 100 requests, those that the new version answers."""
    mirror: bool = False
    cohort: Cohort | None = None


class Step(NamedTuple):
    """A release's file with the next step of its rollout."""

    path: str
    text: str
    release: Release
    before: Rollout


def positions(rollout: Rollout, settings: Rollouts) -> tuple[Position, ...]:
    """The positions of a rollout from its first to its last, as the environment has them now."""
    between: list[Position] = []
    if rollout.strategy == "canary":
        between = [Position(weight) for weight in sorted(set(settings.canary.weights))]
    elif rollout.strategy == "shadow":
        between = [Position(0, mirror=True)]
    elif rollout.strategy == "abTest":
        cohort = settings.abTest.cohort
        between = [Position(settings.abTest.weight) if cohort is None else Position(0, cohort=cohort)]
    return (Position(0), *between, Position(100))


def position_of(rollout: Rollout) -> Position:
    """Where a rollout is."""
    return Position(rollout.weight, rollout.mirror, rollout.cohort)


def following(rollout: Rollout, settings: Rollouts) -> Position | None:
    """Where it goes next; None after the last. One that no step is like any more goes on by its weight."""
    every, now = positions(rollout, settings), position_of(rollout)
    rest = every[every.index(now) + 1 :] if now in every else [one for one in every if one.weight > now.weight]
    return next(iter(rest), None)


def next_step(model: DeclaredModel, place: Place, asked: Asked) -> Step | NewRelease | Unchanged | list[Finding]:
    """The next step, the release of the version before where the rollout was aborted, or what speaks against it.

    Codes: `release/nothing-released`, and those of `check_release` and `check_versions`.
    """
    found = _under_way(model, place)
    if not isinstance(found, Rollout):
        return found
    assert place.release is not None
    if found.aborted:
        return _returned(model, place, found, asked)
    then = following(found, place.environment.spec.value.spec.rollouts)
    if then is None:
        return _step(place, found, {"strategy": found.strategy, "weight": 100})
    return _step(place, found, _document(found, then))


def abort(model: DeclaredModel, place: Place) -> Step | Unchanged | list[Finding]:
    """All requests back to the release before, or what speaks against it. Both go on running."""
    found = _under_way(model, place)
    if not isinstance(found, Rollout):
        return found
    if found.aborted and found.previous is not None:
        name, version = model.spec.value.metadata.name, found.previous.version
        why = f"the rollout of {name} in {place.name} is aborted: {version} answers; `mlgitops rollout next` ends it"
        return Unchanged(why, version)
    return _step(place, found, _document(found, Position(0), aborted=True))


def _under_way(model: DeclaredModel, place: Place) -> Rollout | Unchanged | list[Finding]:
    """The rollout that is under way, that there is none, or what is wrong with it."""
    serving = sound_release(model, place)
    if isinstance(serving, list):
        return serving
    name, spec = model.spec.value.metadata.name, serving.value.spec
    if spec.rollout is None or spec.rollout.previous is None:
        return Unchanged(
            f"no rollout of {name} is under way in {place.name}: {spec.version} serves alone", spec.version
        )
    return spec.rollout


def _document(rollout: Rollout, then: Position, *, aborted: bool = False) -> dict[str, Json]:
    """A rollout at a position, as it is written."""
    said: Mapping[str, Json] = {
        "strategy": rollout.strategy,
        "weight": then.weight,
        "mirror": then.mirror or None,
        "cohort": then.cohort.model_dump() if then.cohort else None,
        "aborted": aborted or None,
        "previous": rollout.previous.model_dump() if rollout.previous else None,
    }
    return {key: value for key, value in said.items() if value is not None}


def _step(place: Place, before: Rollout, rollout: dict[str, Json]) -> Step:
    assert place.release is not None
    written = place.release
    text = with_entry(written.document, ("spec", "rollout"), rollout)
    path, name = written.document.path, written.value.metadata.name
    again = read_document(text.encode(), path, Release, name)
    if isinstance(again, list):
        raise MlgitopsError(f"{path} would not be a valid release: {again[0].message}", "please report this")
    return Step(path, text, again.value, before)


def _returned(model: DeclaredModel, place: Place, rollout: Rollout, asked: Asked) -> NewRelease:
    """The release of the version before, alone: its route stays where it is, so that nothing else answers."""
    assert place.release is not None
    assert rollout.previous is not None
    spec = place.release.value.spec
    over = {"strategy": rollout.strategy, "weight": 100}
    reason = asked.reason or f"The rollout of {spec.version} was aborted."
    source = place.environment.spec.value.spec.promotesFrom
    terms = Terms(source, rollout=over)
    return new_release(model, rollout.previous.version, place, terms, asked._replace(reason=reason))
