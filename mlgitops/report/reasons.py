"""Why a target is as it is, for people in 80 columns and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mlgitops.deliver.reasons import Leaf, Reasons, Score
from mlgitops.findings import Finding
from mlgitops.report.releases import release_document, standing_words
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.spec.layers import Layer

if TYPE_CHECKING:
    from mlgitops.policy.waivers import Waiver

Json = Any

WIDTH = 80
LABEL = 13
"""Columns of the labels on the left."""


def reasons_text(
    reasons: Reasons, findings: Sequence[Finding], waivers: Sequence[Waiver], as_of: date, asked: str
) -> str:
    """The whole answer; `asked` says what decided, such as `26 rules, by opa 1.21.4`."""
    resolved = reasons.resolved
    sections = [
        ("release", _release(reasons)),
        ("approvals", _approvals(reasons)),
        ("version", _version(reasons)),
        ("data", [f"{one.role} {one.name} {one.version or ''} {_digest(one.digest)}" for one in _data(reasons)]),
        ("metrics", _scores(reasons.scores)),
        ("waivers", [_waiver(one, as_of) for one in waivers]),
        ("policy", _policy(findings, asked)),
        ("layers", _layers(reasons)),
        ("to change it", list(reasons.would_change)),
    ]
    lines = [f"{resolved.subject}: {_title(reasons)}"]
    for label, texts in sections:
        lines += _section(label, [text for text in texts if text] or ["none"])
    return "".join(f"{visible(redacted_shapes(line))}\n" for line in lines)


def _section(label: str, texts: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for text in texts:
        rest = " " * (LABEL + 2)
        kept = textwrap.wrap(
            text, WIDTH - LABEL, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
        )
        lines += [f"{'':{LABEL}}{line}" for line in kept or [rest]]
    return [f"{label:<{LABEL}}{lines[0][LABEL:]}".rstrip(), *lines[1:]]


def _title(reasons: Reasons) -> str:
    standing = reasons.standing
    if standing is None:
        return "trains here" if reasons.resolved.trains else "nothing of it runs here"
    words = standing_words(standing)
    return f"{standing.version or 'nothing'} serves" + (f", {words}" if words else "")


def _release(reasons: Reasons) -> list[str]:
    if reasons.place.release is None:
        return []
    spec = reasons.place.release.value.spec
    facts = [
        f"asked for by {spec.requestedBy}" + (f" at {spec.requestedAt}" if spec.requestedAt else ""),
        f"supersedes {spec.supersedes}" if spec.supersedes else "",
        f"promoted from {spec.promotedFrom}" if spec.promotedFrom else "",
        f"{spec.riskLevel} risk",
    ]
    return [reasons.place.release.document.path, "; ".join(filter(None, facts)), spec.reason or ""]


def _approvals(reasons: Reasons) -> list[str]:
    if reasons.place.release is None:
        return []
    spec = reasons.place.release.value.spec
    wanted = getattr(reasons.place.environment.spec.value.spec.approvals, spec.riskLevel)
    given = {one.role: one for one in spec.approvals}
    said = [f"{role}: {given[role].by} at {given[role].at}" if role in given else f"{role}: missing" for role in wanted]
    extra = [f"{one.role}: {one.by} at {one.at} (not asked for)" for one in spec.approvals if one.role not in wanted]
    return said + extra or [f"none asked for {spec.riskLevel} risk"]


def _version(reasons: Reasons) -> list[str]:
    if reasons.version is None:
        return []
    record = reasons.version.record.value.spec
    weights = f", the weights of {record.artifactOf}" if record.artifactOf else ""
    return [
        f"{reasons.version.record.value.metadata.name}, made {record.createdAt} by {record.createdBy}",
        f"{record.artifact.format} {_digest(record.artifact.digest)}{weights}, signed by {record.signature.signer}",
        f"trained by {record.run.trigger}, attempt {record.run.attempt}; run {_digest(record.run.identity)}",
        f"code {record.code.tree[:12]}" + (f" of commit {record.code.revision[:12]}" if record.code.revision else ""),
    ]


def _data(reasons: Reasons) -> Sequence[Any]:
    if reasons.version is not None:
        return reasons.version.record.value.spec.data
    return reasons.resolved.spec.data


def _digest(digest: str | None) -> str:
    return "not pinned" if digest is None else digest[: len("sha256:") + 12]


def _scores(scores: Sequence[Score]) -> list[str]:
    width = max((len(score.measured.name) for score in scores), default=0)
    return [_score(score, width) for score in scores]


def _score(score: Score, width: int) -> str:
    measured, limit = score.measured, score.limit
    text = f"{measured.name:<{width}}  {measured.value:<8.4g}"
    if limit is None:
        return f"{text} no limit now"
    bounds = [
        f"at least {limit.min:g}" if limit.min is not None else "",
        f"at most {limit.max:g}" if limit.max is not None else "",
    ]
    words = " and ".join(filter(None, bounds)) or "no limit now"
    if limit.maxRegression is not None:
        before = f" (was {measured.baseline:.4g})" if measured.baseline is not None else ""
        words += f", at most {limit.maxRegression:g} worse than before{before}"
    return f"{text} {'' if score.keeps else 'NOT '}{words}"


def _waiver(waiver: Waiver, as_of: date) -> str:
    left = (waiver.expires - as_of).days
    when = f"{left} days left" if waiver.holds(as_of) else "ran out" if left < 0 else "not valid yet"
    return f"{waiver.rule} until {waiver.expires} ({when}), {waiver.owner}, {waiver.ticket}: {waiver.reason}"


def _policy(findings: Sequence[Finding], asked: str) -> list[str]:
    failing = [one for one in findings if one.fails]
    waived = [one for one in findings if one.waived]
    others = [one for one in findings if not one.fails and not one.waived]
    head = f"{'denied' if failing else 'allowed'} ({asked})"
    said = [f"{one.severity} {one.code}: {one.message} ({one.location})" for one in (*failing, *others)]
    return [head, *said, *(f"waived {one.code}: {one.message}" for one in waived)]


def _layers(reasons: Reasons) -> list[str]:
    """The layers from high to low, with the values that each has the last word on."""
    order: list[Layer] = list(reversed(reasons.resolved.layers))
    by_layer: dict[str, list[Leaf]] = {layer.name: [] for layer in order}
    for leaf in reasons.leaves:
        by_layer.setdefault(leaf.layer, []).append(leaf)
    said = []
    for name, leaves in by_layer.items():
        if leaves:
            said.append(f"{name} ({leaves[0].location.path}): {_tops(leaves)}")
    return [*said, "built-in defaults: the rest"]


def _tops(leaves: Sequence[Leaf]) -> str:
    """`serving.replicas (2), training.workers`: sections of two words, with how many values they hold."""
    counts: dict[str, int] = {}
    for leaf in leaves:
        top = ".".join(leaf.path.split("[")[0].split(".")[:2])
        counts[top] = counts.get(top, 0) + 1
    return ", ".join(f"{top} ({number})" if number > 1 else top for top, number in counts.items())


def reasons_document(
    reasons: Reasons, findings: Sequence[Finding], waivers: Sequence[Waiver], as_of: date, engine: str
) -> dict[str, Json]:
    """The same, for programs: every leaf with its layer and place."""
    released = None if reasons.standing is None else release_document(reasons.standing, reasons.place, reasons.model)
    return {
        "version": 1,
        "target": reasons.resolved.subject,
        "asOf": as_of.isoformat(),
        "released": released,
        "data": [one.model_dump(exclude_none=True) for one in _data(reasons)],
        "metrics": [
            {
                **score.measured.model_dump(),
                "limit": score.limit.model_dump(exclude_none=True) if score.limit else None,
                "limitAt": str(score.place) if score.place else None,
                "keeps": score.keeps,
            }
            for score in reasons.scores
        ],
        "waivers": [
            {"path": one.location.path, "rule": one.rule, "expires": one.expires.isoformat(), "holds": one.holds(as_of),
             "owner": one.owner, "ticket": one.ticket, "reason": one.reason}
            for one in waivers
        ],
        "engine": engine,
        "findings": [
            {"code": one.code, "severity": one.severity, "message": one.message, "at": str(one.location),
             "waivedBy": one.waived or None}
            for one in findings
        ],
        "values": [
            {"path": leaf.path, "value": leaf.value, "layer": leaf.layer, "at": str(leaf.location)}
            for leaf in reasons.leaves
        ],
        "wouldChange": list(reasons.would_change),
    }  # fmt: skip
