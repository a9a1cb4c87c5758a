"""The text of a release's pull request: what is proposed, on what evidence, and how to verify it.

All of it is data of a commit and of a registry: it is shown, and none of it becomes markup, a mention or a link. The
same commit and registry give the same text, so that nobody is told of a change where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mlgitops.deliver.hand_off import HandOver, short
from mlgitops.deliver.release import Place
from mlgitops.findings import Finding
from mlgitops.report.markdown import LIMIT, code, prose
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.spec.documents.version import VersionSpec

TRAILER = "Mlgitops-Release"
"""Ends the message of our commits, so that a branch of ours is told from one that somebody else committed to."""

CARD_SHARE = 24_000
"""Characters of a comment that the model card may take."""
FINDINGS = 20


def branch_of(environment: str, model: str) -> str:
    """The one branch of a model's releases in an environment."""
    return f"mlgitops/release/{environment}/{model}"


def title_of(change: HandOver, place: Place) -> str:
    """`Release churn r3f2a91bc4d in dev`."""
    return f"Release {change.release.release.metadata.name} {change.name} in {place.name}"


def commit_message(change: HandOver, place: Place) -> str:
    """The message of the branch's one commit."""
    model, spec = change.release.release.metadata.name, change.release.release.spec
    before = f"It supersedes {spec.supersedes}." if spec.supersedes else "It is the first version there."
    return (
        f"{title_of(change, place)}\n\n"
        f"The version that run {short(change.run)} of the present spec left in the registry. {before}\n\n"
        f"{trailer(place.name, model)} {change.name}\n"
    )


def trailer(environment: str, model: str) -> str:
    """How the last line of our commits for a model begins."""
    return f"{TRAILER}: {environment}/{model}"


def body_of(change: HandOver, place: Place, record: VersionSpec, findings: Sequence[Finding]) -> str:
    """The pull request's text, within what a Git host takes; `findings` are what rendering and policy say of it."""
    model = change.release.release.metadata.name
    evidence = ((what, code(said)) for what, said in _evidence(change, record))
    parts = [
        "\n".join(_summary(change, place)),
        "### Evidence\n\n" + _table(("what", "value"), evidence),
        "### Metrics\n\n" + _table(("metric", "data", "value", "in service"), _metrics(record)),
        "### Policy\n\n" + "\n".join(_policy(findings)),
        "### Verify\n\n" + _fenced(_commands(place, model), "sh"),
    ]
    card = change.version.files.get("card.md") if change.version else None
    if card:
        shown = card if len(card) <= CARD_SHARE else card[:CARD_SHARE] + "\n… all of it is in the record's card.md\n"
        block = _fenced("\n".join(visible(redacted_shapes(line)) for line in shown.split("\n")), "text")
        parts.append(f"<details><summary>Model card</summary>\n\n{block}\n\n</details>")
    text = "\n\n".join(parts) + "\n"
    return text if len(text) <= LIMIT else "\n\n".join(parts[:-1])[: LIMIT - 1] + "\n"


def _summary(change: HandOver, place: Place) -> Iterator[str]:
    release = change.release
    spec = release.release.spec
    before = f"supersedes {code(spec.supersedes)}" if spec.supersedes else "is the first version there"
    what = (
        "Its signature and digests were verified before this was written" if change.version else "Its record is there"
    )
    yield f"{code(change.name)} of {code(release.release.metadata.name)} in {code(place.name)} {before}."
    yield f"It was trained of the spec as it is on the base. {what}."
    if spec.reason:
        yield f"\nReason: {prose(' '.join(spec.reason.split()))}"
    if release.approvals:
        roles = ", ".join(code(role) for role in release.approvals)
        yield f"\nAsks for the approval of {roles}; the file names nobody yet."
    if release.older:
        yield f"\n{code(change.name)} was made before {code(str(release.former))}: this goes back."


def _evidence(change: HandOver, record: VersionSpec) -> Iterator[tuple[str, str]]:
    run = record.run
    yield "run", f"{run.identity}, {run.trigger}, attempt {run.attempt}"
    yield "trained", f"{run.startedAt} to {run.finishedAt}"
    yield "artifact", f"{record.artifact.digest} ({record.artifact.format})"
    yield "signed by", record.signature.signer
    yield "image", record.image
    yield "code", f"tree {record.code.tree}" + (f" of {record.code.revision}" if record.code.revision else "")
    for data in record.data:
        yield f"{data.role} data", f"{data.name} {data.version or ''} {data.digest or 'not pinned'}".replace("  ", " ")
    yield "record", change.release.release.spec.recordDigest


def _metrics(record: VersionSpec) -> Iterator[tuple[str, ...]]:
    for metric in record.metrics:
        before = "–" if metric.baseline is None else f"{metric.baseline:g}"
        yield code(metric.name), code(metric.dataset), f"{metric.value:g}", before


def _policy(findings: Sequence[Finding]) -> Iterator[str]:
    """What speaks against it, errors first."""
    if not findings:
        yield "Nothing speaks against it."
    ordered = sorted(findings, key=lambda finding: not finding.fails)
    for one in ordered[:FINDINGS]:
        yield f"- {one.severity} {code(one.code)} at {code(str(one.location))}: {prose(one.message[:500])}"
    if len(ordered) > FINDINGS:
        yield f"- and {len(ordered) - FINDINGS} more"


def _commands(place: Place, model: str) -> str:
    return (
        f"mlgitops release show {model} --env {place.name}   # the record's digest is that of its files\n"
        "mlgitops plan --base origin/HEAD    # what changes, and that it supersedes what serves\n"
        f"mlgitops release --new --env {place.name} {model}    # on the base: makes the same files, to the byte\n"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A bar ends a cell even in code, unless a backslash is before it."""
    lines = [" | ".join(heads), "|".join("---" for _ in heads)]
    lines += [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _fenced(text: str, language: str) -> str:
    """A block that ends where we end it, whatever backticks the text has."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
