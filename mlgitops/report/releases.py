"""Releases as people read them: what a command wrote and what comes next, a table of what serves where, one in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mlgitops.deliver.new_version import NewVersion
from mlgitops.deliver.release import NewRelease, Place
from mlgitops.deliver.standing import Standing
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.documents.version import MetricValue
from mlgitops.spec.risk.factor import above

Json = Any

HEADINGS = ("MODEL", "ENVIRONMENT", "VERSION", "SINCE", "SUPERSEDES", "PROMOTED FROM", "STANDING")


def written_release(change: NewRelease, place: Place) -> str:
    """What a new release does, whose approval it needs, and the next step."""
    spec = change.release.spec
    name = change.release.metadata.name
    before = f"{change.former} → {spec.version}" if change.former else f"{spec.version}, the first version there"
    source = f", promoted from {spec.promotedFrom}" if spec.promotedFrom and not change.older else ""
    lines = [f"wrote {change.path}", f"{name} in {place.name}: {before}{source}; {spec.riskLevel} risk"]
    lines += [f"  {one.level} risk: {one.change}: {one.reason}" for one in change.factors]
    if above(spec.riskLevel, change.computed):
        lines.append(f"{change.computed} risk was computed, and {spec.riskLevel} asked for")
    elif above(change.computed, spec.riskLevel):
        lines.append(f"{change.computed} risk was computed: {spec.riskLevel} needs an approval of that, too")
    if spec.rollout is not None and spec.rollout.previous is not None:
        previous = spec.rollout.previous.version
        lines.append(f"{spec.rollout.strategy}: {spec.version} starts beside {previous}, which answers on")
    if change.older:
        lines.append(f"{spec.version} was made before {change.former}: this goes back")
    if change.approvals:
        asks = place.environment.spec.document.locate(("spec", "approvals", spec.riskLevel))
        lines.append(f"{asks} asks for the approval of {', '.join(change.approvals)}, none of which it has yet")
        lines.append("next: reviewers add theirs under `approvals`, then `mlgitops render`, which is denied without")
    else:
        lines.append(f"{place.name} asks for no approval of {spec.riskLevel} risk")
        lines.append("next: `mlgitops render`, `mlgitops plan`, and a pull request of the two")
    if spec.rollout is not None and spec.rollout.previous is not None:
        lines.append(f"then: `mlgitops rollout next {name} --env {place.name}`, when {spec.version} runs there")
    return "".join(f"{visible(line)}\n" for line in lines)


def written_version(change: NewVersion, of: str) -> str:
    """What a new version is."""
    lines = [f"wrote {change.folder}/{name}" for name in sorted(change.files)]
    lines.append(f"{change.name} has the artifact of {of} and differs in {_some(change.differs)}")
    if change.trained_in:
        lines.append(f"defaults and image are those of {change.trained_in}, as for a version trained there")
    lines.append(f"its metrics are those of {of}: nothing was measured with the new behaviour")
    return "".join(f"{visible(line)}\n" for line in lines)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def standing_words(row: Standing) -> str:
    """How a row stands to the environment before it: `behind dev (v2)`."""
    there = f"{row.source} ({row.source_version or 'nothing'})"
    words = {
        "first": "",
        "nothing": "",
        "same": f"same as {row.source}",
        "behind": f"behind {there}",
        "ahead": f"ahead of {there}",
        "differs": f"differs from {there}",
    }
    return words[row.relation]


def release_table(rows: Sequence[Standing]) -> str:
    """A line for each model and environment, as narrow as its words; then the counts."""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    released = sum(row.version is not None for row in rows)
    behind = sum(row.relation == "behind" for row in rows)
    closing = f"{len(rows)} places, {released} with a release, {behind} behind the environment before"
    return "".join(f"{visible(line)}\n" for line in (*lines, "")) + f"{closing}\n"


def _cells(row: Standing) -> tuple[str, ...]:
    since = row.since[: len("2026-11-21")] if row.since else None
    told = (row.version, since, row.supersedes, row.promoted_from, standing_words(row))
    return (row.model, row.environment, *(word or "-" for word in told))


def standing_document(row: Standing) -> dict[str, Json]:
    """A row of the table, for programs; `since` in full."""
    return {
        "model": row.model,
        "environment": row.environment,
        "version": row.version,
        "since": row.since,
        "supersedes": row.supersedes,
        "promotedFrom": row.promoted_from,
        "before": {"environment": row.source, "version": row.source_version} if row.source else None,
        "standing": row.relation,
    }


def release_text(row: Standing, place: Place, model: DeclaredModel) -> str:
    """One release in full: what it says, what its version is, who approved it."""
    if place.release is None:
        return visible(f"{row.model} in {row.environment}: nothing released {standing_words(row)}".rstrip()) + "\n"
    release, version = place.release.value.spec, model.versions[place.release.value.spec.version]
    record = version.record.value.spec
    weights = f", the weights of {record.artifactOf}" if record.artifactOf else ""
    facts = [
        ("since", f"{release.requestedAt or 'not said'}, asked for by {release.requestedBy}"),
        ("reason", release.reason),
        ("supersedes", release.supersedes),
        ("promoted from", release.promotedFrom),
        ("standing", standing_words(row)),
        ("risk", release.riskLevel),
        ("approvals", _approvals(place)),
        ("record", f"{version.record.document.path} {release.recordDigest}"),
        ("artifact", f"{record.artifact.uri} {record.artifact.digest} ({record.artifact.format}){weights}"),
        ("signed by", record.signature.signer),
        ("run", f"{record.run.trigger}, attempt {record.run.attempt}, finished {record.run.finishedAt}"),
        ("made", f"{record.createdAt} by {record.createdBy}"),
        ("metrics", "; ".join(_metric(metric) for metric in record.metrics)),
    ]
    lines = [f"{row.model} in {row.environment}: {release.version}"]
    lines += [f"  {label:<14}{redacted_shapes(words)}" for label, words in facts if words]
    return "".join(f"{visible(line)}\n" for line in lines)


def _approvals(place: Place) -> str:
    assert place.release is not None
    given = [f"{one.role} by {one.by} at {one.at}" for one in place.release.value.spec.approvals]
    missing = _missing(place)
    return "; ".join([*given, *(["missing: " + ", ".join(missing)] if missing else [])]) or "none asked for"


def _missing(place: Place) -> list[str]:
    """Roles that the environment asks for and the release does not name; whether a name counts is policy's to say."""
    assert place.release is not None
    spec = place.release.value.spec
    asked: Iterable[str] = getattr(place.environment.spec.value.spec.approvals, spec.riskLevel)
    return [role for role in asked if role not in {one.role for one in spec.approvals}]


def _metric(metric: MetricValue) -> str:
    before = f" (before: {metric.baseline:g})" if metric.baseline is not None else ""
    return f"{metric.name} {metric.value:g} on {metric.dataset}{before}"


def release_document(row: Standing, place: Place, model: DeclaredModel) -> dict[str, Json]:
    """As `release_text`, for programs: the two documents' own words."""
    document: dict[str, Json] = {**standing_document(row), "release": None, "record": None, "missingApprovals": []}
    if place.release is not None:
        document["release"] = place.release.value.spec.model_dump()
        document["record"] = model.versions[place.release.value.spec.version].record.value.spec.model_dump()
        document["missingApprovals"] = _missing(place)
    return document
