"""Checks of a rollout in a release: whether its state is one that `mlgitops rollout` can have written.

environments/prod/releases/churn.yaml:14:13: error[release/rollout-state]: weight must be 100 where …
"""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.release import Release, Rollout
from mlgitops.spec.resolve import Written

ROLLOUT: Pointer = ("spec", "rollout")
ONE_ROUTE = ("canary", "abTest", "shadow")
"""Strategies under which both releases answer at the same time, and so at the same path."""


def check_rollout(release: Written[Release], model: DeclaredModel) -> Iterator[Finding]:
    """What is wrong with the rollout of a release."""
    rollout = release.value.spec.rollout
    if rollout is None:
        return
    for key, message in _contradictions(rollout, release.value.spec.version):
        hint = "take the step back, and let `mlgitops rollout` write it"
        yield _at(release, (*ROLLOUT, key), "release/rollout-state", message, hint)
    if rollout.previous is not None:
        yield from _previous(release, rollout, model)


def _contradictions(rollout: Rollout, version: str) -> Iterator[tuple[str, str]]:
    """The key that is wrong, and how."""
    strategy, weight, under_way = rollout.strategy, rollout.weight, rollout.previous is not None
    if not under_way and weight != 100:
        yield "weight", f"weight must be 100 where no previous release serves, got {weight}"
    if not under_way and (rollout.mirror or rollout.aborted or rollout.cohort is not None):
        key = "mirror" if rollout.mirror else "aborted" if rollout.aborted else "cohort"
        yield key, f"{key} must be absent where no previous release serves: the rollout is over"
    if rollout.previous is not None and rollout.previous.version == version:
        yield "previous", f"previous must be another version than the one that is released, got {version} twice"
    if rollout.aborted and under_way and (weight or rollout.mirror or rollout.cohort is not None):
        yield "aborted", f"an aborted rollout must send nothing to {version}, got weight {weight}"
    if weight not in (0, 100) and strategy in ("blueGreen", "shadow"):
        yield "weight", f"weight must be 0 or 100 for {strategy}, which sends requests to one release, got {weight}"
    if rollout.mirror and (strategy != "shadow" or weight):
        yield "mirror", f"mirror must be of a shadow with weight 0, got {strategy} with weight {weight}"
    if rollout.cohort is not None and strategy != "abTest":
        yield "cohort", f"cohort must be of an abTest, got {strategy}"


def _previous(release: Written[Release], rollout: Rollout, model: DeclaredModel) -> Iterator[Finding]:
    assert rollout.previous is not None
    name, place = rollout.previous.version, (*ROLLOUT, "previous")
    if name in model.broken_versions:
        return
    version = model.versions.get(name)
    if version is None:
        known = ", ".join(sorted(model.versions)) or "none"
        message = f"previous must be one of the model's versions ({known}), got '{name}'"
        hint = "restore its folder from Git: it serves until the rollout is over"
        yield _at(release, (*place, "version"), "release/unknown-version", message, hint)
        return
    digest = record_digest(version.files)
    if digest != rollout.previous.recordDigest:
        message = f"recordDigest must be {digest}, that of versions/{name}; got {rollout.previous.recordDigest}"
        hint = "a version never changes: restore its folder"
        yield _at(release, (*place, "recordDigest"), "release/record-digest", message, hint)
    released = model.versions.get(release.value.spec.version)
    if released is not None and rollout.strategy in ONE_ROUTE:
        routes = [one.record.value.spec.snapshot.serving.route for one in (version, released)]
        if routes[0] != routes[1]:
            message = f"both releases of a rollout must have one route for {rollout.strategy}, got {routes[0]} "
            message += f"of {name} and {routes[1]} of {release.value.spec.version}"
            hint = "shift with blueGreen, which never mixes the two"
            yield _at(release, (*ROLLOUT, "strategy"), "release/rollout-route", message, hint)


def _at(release: Written[Release], pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    place = release.document.locate(pointer)
    return Finding(place, code, "error", message, hint, pointer_text(pointer))
