"""Rollback: an earlier version becomes the release of an environment again.

    change = rollback(model, Place(prod, its_release), None, asked)      # to what the present release supersedes

A rollback is a release like any other: it supersedes what serves, and is approved as its risk asks, which is computed
from what differs between the two versions. But it takes the place of what serves at once, whatever the environment's
strategy: what comes back has served before. Where a rollout is under way the way back is to abort it.

Asked twice, the second one finds a version that supersedes a younger one, which a rollback leaves behind, and does
nothing: else it would undo the first.
"""

from __future__ import annotations

from mlgitops.deliver.release import (
    Asked,
    NewRelease,
    Place,
    Terms,
    Unchanged,
    cannot_serve,
    made_before,
    new_release,
    nothing_released,
    under_way,
)
from mlgitops.findings import Finding
from mlgitops.source import pointer_text
from mlgitops.spec.checks.release import check_versions
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.documents.release import Release
from mlgitops.spec.resolve import Written
from mlgitops.spec.risk.factor import RiskLevel


def rollback(
    model: DeclaredModel, place: Place, to: str | None, asked: Asked, risk: RiskLevel | None = None
) -> NewRelease | Unchanged | list[Finding]:
    """The release to write, that there is nothing to do, or what speaks against it.

    `to` is a version; without it, the one that the present release supersedes. Codes `release/…`: nothing serves,
    there is nothing to return to, the version has no record, it is younger than what serves and was never there, or a
    rollout is under way.
    """
    name, present = model.spec.value.metadata.name, place.release
    if present is None:
        return [nothing_released(place.name, name, "release a version there first: there is nothing to return from")]
    version = to or present.value.spec.supersedes
    if version is None:
        message = f"the release must say what it supersedes to be rolled back, got {present.value.spec.version} alone"
        return [_at(present, "version", "release/no-predecessor", message, "name an earlier version with --to")]
    if version == present.value.spec.version:
        return Unchanged(f"{name} in {place.name} is {version} already", version)
    refused = [*cannot_serve(place, model), *check_versions(model), *_no_record(model, present, version, to)]
    if refused:
        return refused
    if not made_before(model, version, present.value.spec.version):
        if to is None:
            return Unchanged(_rolled_back(name, place.name, present, version), present.value.spec.version)
        if to != present.value.spec.supersedes:
            return [_younger(present, version, place.name)]
    if refused := under_way(place):
        return refused
    terms = Terms(place.environment.spec.value.spec.promotesFrom, risk, at_once=True)
    return new_release(model, version, place, terms, asked)


def _rolled_back(model: str, environment: str, present: Written[Release], superseded: str) -> str:
    version = present.value.spec.version
    return (
        f"{model} in {environment} is {version}, which supersedes {superseded}, not made before it: "
        f"it is rolled back already; name {superseded} with --to to return to it"
    )


def _no_record(model: DeclaredModel, present: Written[Release], version: str, to: str | None) -> list[Finding]:
    if version in model.versions:
        return []
    known = ", ".join(sorted(model.versions)) or "none"
    message = f"a version to return to must have its record in versions/ ({known}), got '{version[:80]}'"
    hint = "restore its folder from Git" if to is None else "name one of these"
    return [_at(present, "supersedes" if to is None else "version", "release/unknown-version", message, hint)]


def _younger(present: Written[Release], version: str, environment: str) -> Finding:
    serves = present.value.spec.version
    message = f"a rollback must go to a version made before {serves} or superseded by it, got {version}, made later"
    hint = f"go forward with `mlgitops promote`, so that {environment} gets what was tried before it"
    return _at(present, "version", "release/not-earlier", message, hint)


def _at(present: Written[Release], key: str, code: str, message: str, hint: str) -> Finding:
    pointer = ("spec", key)
    return Finding(present.document.locate(pointer), code, "error", message, hint, pointer_text(pointer))
