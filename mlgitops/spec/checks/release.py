"""Checks of releases, runs and versions against what they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.spec.checks.rollout import check_rollout
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.invalid import shown
from mlgitops.spec.resolve import Written


def _finding(document: Written[Any], pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    return Finding(document.document.locate(pointer), code, "error", message, hint, pointer_text(pointer))


def check_versions(model: DeclaredModel) -> list[Finding]:
    """What is wrong among one model's version records."""
    findings = []
    name = model.spec.value.metadata.name
    for version in model.versions.values():
        record = version.record.value
        if record.metadata.model != name:
            message = f"metadata.model must be '{name}', as the folder says, got '{record.metadata.model}'"
            at: Pointer = ("metadata", "model")
            findings.append(_finding(version.record, at, "release/version-model", message, "move the record"))
        shared = record.spec.artifactOf
        if shared is None:
            continue
        if shared in model.broken_versions:
            continue
        if shared not in model.versions or shared == record.metadata.name:
            message = f"artifactOf must name another version of this model, got '{shared}'"
            at = ("spec", "artifactOf")
            findings.append(_finding(version.record, at, "release/unknown-version", message, "correct the name"))
        elif model.versions[shared].record.value.spec.artifact.digest != record.spec.artifact.digest:
            message = f"artifact.digest must be that of version '{shared}', whose artifact this is; got another"
            at = ("spec", "artifact", "digest")
            findings.append(_finding(version.record, at, "release/artifact-differs", message, "copy its artifact"))
    return findings


def check_unknown(environment: DeclaredEnvironment, models: frozenset[str]) -> list[Finding]:
    """Releases and runs of models that specs/ does not have; `models` are its folders."""
    findings = []
    for category, names in (("release", environment.releases), ("run", environment.runs)):
        for name in sorted(names - models):
            place = Location(f"environments/{environment.name}/{category}s/{name}.yaml")
            message = f"a {category} must name a model of specs/, got {shown(name)}"
            hint = "remove the file, or restore the model"
            findings.append(Finding(place, f"{category}/unknown-model", "error", message, hint))
    return findings


def check_release(environment: DeclaredEnvironment, model: DeclaredModel, release: Written[Release]) -> list[Finding]:
    """What is wrong with a model's release in one environment."""
    findings = [*_place(environment, release), *_version(release, model), *check_rollout(release, model)]
    if not environment.spec.value.spec.serves:
        message = f"environment '{environment.name}' does not serve, got a release"
        hint = "release it where models serve, or set `serves: true` in environment.yaml"
        findings.append(_finding(release, ("kind",), "release/no-serving", message, hint))
    source, expected = release.value.spec.promotedFrom, environment.spec.value.spec.promotesFrom
    if source is not None and source != expected:
        wanted = f"'{expected}', this environment's promotesFrom" if expected else "absent, as promotesFrom is"
        message = f"promotedFrom must be {wanted}, got '{source}'"
        place = ("spec", "promotedFrom")
        findings.append(_finding(release, place, "release/promotion-path", message, "promote through the chain"))
    if not environment.selects(model.spec.value):
        message = f"environment '{environment.name}' does not have this model, got a release"
        hint = "widen the environment's `models`, or remove the release"
        findings.append(_finding(release, ("metadata", "name"), "release/not-selected", message, hint))
    return findings


def _place(environment: DeclaredEnvironment, document: Written[Any]) -> Iterator[Finding]:
    if document.value.metadata.environment != environment.name:
        message = (
            f"metadata.environment must be '{environment.name}', as the folder says, "
            f"got '{document.value.metadata.environment}'"
        )
        pointer = ("metadata", "environment")
        yield _finding(document, pointer, "release/environment-mismatch", message, "move the file or correct the name")


def _version(release: Written[Any], model: DeclaredModel) -> Iterator[Finding]:
    name = release.value.spec.version
    version = model.versions.get(name)
    if name in model.broken_versions:
        return
    if version is None:
        known = ", ".join(sorted(model.versions)) or "none"
        message = f"version must be one of the model's versions ({known}), got '{name}'"
        yield _finding(
            release, ("spec", "version"), "release/unknown-version", message, "release a version that exists"
        )
        return
    digest = record_digest(version.files)
    if digest != release.value.spec.recordDigest:
        message = f"recordDigest must be {digest}, that of versions/{name}; got {release.value.spec.recordDigest}"
        hint = "a version never changes: restore its folder, or release a new version"
        yield _finding(release, ("spec", "recordDigest"), "release/record-digest", message, hint)
    superseded = release.value.spec.supersedes
    if superseded is not None and superseded not in (*model.versions, *model.broken_versions):
        message = f"supersedes must be one of the model's versions, got '{superseded}'"
        yield _finding(release, ("spec", "supersedes"), "release/unknown-version", message, "keep the former version")


def check_run(environment: DeclaredEnvironment, model: DeclaredModel, run: Written[Run]) -> list[Finding]:
    """What is wrong with a model's run in one environment."""
    findings = list(_place(environment, run))
    if not environment.spec.value.spec.trains:
        message = f"environment '{environment.name}' does not train, got a run"
        findings.append(_finding(run, ("kind",), "run/no-training", message, "ask for it where models are trained"))
    if not environment.selects(model.spec.value):
        message = f"environment '{environment.name}' does not have this model, got a run"
        hint = "widen the environment's `models`, or remove the run"
        findings.append(_finding(run, ("metadata", "name"), "run/not-selected", message, hint))
    known = {item.name for item in model.spec.value.spec.data}
    for index, item in enumerate(run.value.spec.data):
        if item.name not in known:
            message = f"data must name a data set of the model ({', '.join(sorted(known))}), got '{item.name}'"
            pointer = ("spec", "data", index, "name")
            findings.append(_finding(run, pointer, "run/unknown-dataset", message, "correct the name"))
    return findings
