"""Whether a change is allowed: by the rules that were there before it, and by its own where it changes those.

A finding of one side alone says so, since its remedy is another: what the base's rules deny and the change's own allow
has to wait until the change of the rules has landed, reviewed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from mlgitops.findings import Finding, in_order
from mlgitops.plan.deciding import KINDS, Kind
from mlgitops.source import Location

LAND_FIRST = "land the change of what decides first, reviewed by itself"
BY_BASE = "by the rules of the base; those of this change do not say it"
BY_CHANGE = "by the rules of this change; those of the base do not say it"

STALE = frozenset({"render/differs", "render/missing", "render/unexpected"})
"""What tells that `rendered/` is not what its sources give."""

NAMED = 5
"""Files that a note names before it counts the others."""


Touched = Callable[[str], bool]
"""Whether a change touches a subject, `model@environment` or `@environment`, by more than what decides about it."""


class Ways(NamedTuple):
    """What is found of one change, by two sets of rules."""

    by_base: Sequence[Finding]
    by_change: Sequence[Finding]


def both_ways(found: Ways, touched: Touched) -> list[Finding]:
    """One list of what either way finds; the same finding of both stands once, another says whose it is.

    Two are the same where code, file, pointer and subject are, and both fail or neither does: numbers in a message and
    lines of an environment may differ. What `rendered/` is found to be is no matter of rules. What both deny of a
    subject that the change does not touch is a warning, as in `forgiven`.
    """
    old, new = {_key(one): one for one in found.by_base}, {_key(one): one for one in found.by_change}
    merged = denied_by_base((one for key, one in old.items() if key not in new), touched)
    merged += forgiven((one for key, one in new.items() if key in old), touched)
    merged += [
        one if one.code in STALE else _said(one, BY_CHANGE, one.hint) for key, one in new.items() if key not in old
    ]
    return in_order(merged)


def denied_by_base(findings: Iterable[Finding], touched: Touched) -> list[Finding]:
    """What the base's rules alone find, of what a change touches: it may not bring the rule that allows it.

    What they deny of anything else they denied before: that is what a change of the rules alone is to mend.
    """
    return [_said(one, BY_BASE, LAND_FIRST) for one in findings if not _is_denial(one) or touched(one.subject)]


def _key(finding: Finding) -> tuple[str, str, str, str, bool]:
    place = finding.pointer or finding.message
    return finding.code, finding.location.path, finding.subject, place, finding.fails


def _said(finding: Finding, whose: str, hint: str) -> Finding:
    return finding._replace(message=f"{finding.message[:3000]} ({whose})", hint=hint if finding.fails else finding.hint)


def forgiven(findings: Iterable[Finding], touched: Touched) -> list[Finding]:
    """Findings of policy about models that a change does not touch, as warnings: it did not bring them.

    What a fleet is denied stays, and what preflight or a document's check finds, which cannot come and go by a date.
    """
    return [
        one._replace(severity="warning", message=f"{one.message[:3000]} (not of this change)")
        if _is_denial(one) and not one.subject.startswith("@") and not touched(one.subject)
        else one
        for one in findings
    ]


def _is_denial(finding: Finding) -> bool:
    """Whether policy denies a subject."""
    return finding.fails and finding.code.startswith("policy/") and bool(finding.subject)


def by_another_tool(findings: Iterable[Finding]) -> list[Finding]:
    """Where a change edits the tool, what `rendered/` is cannot be told by this one: a warning, and no denial."""
    return [
        one._replace(severity="warning", hint="the job that renders with the change's own tool tells whether it is")
        if one.code in STALE
        else one
        for one in findings
    ]


def failing_targets(findings: Iterable[Finding]) -> set[str]:
    """The targets, `model@environment`, that something fails in."""
    return {one.subject for one in findings if one.fails and not one.subject.startswith(("@", "_"))} - {""}


def notes(changed: Mapping[Kind, Sequence[str]]) -> list[Finding]:
    """A note for each kind of deciding file that a change touches."""
    return [_note(kind, files) for kind, files in changed.items()]


def _note(kind: Kind, files: Sequence[str]) -> Finding:
    code = "verdict/tool-changed" if kind in ("tool", "workflows") else "verdict/rules-changed"
    how = "decided by the base's" if code == "verdict/tool-changed" else "decided by the base's and by its own"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    message = f"{KINDS[kind]}: this change edits {files[0][:200]}{more}; it is {how}"
    related = tuple((Location(path), "changes too") for path in files[1:NAMED])
    return Finding(Location(files[0]), code, "note", message, "review it before all else", related=related)
