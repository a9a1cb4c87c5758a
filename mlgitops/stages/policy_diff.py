"""What a change does to verdicts: four answers to each question, and what follows from them.

Both sides come built and decided, each by its own policies and by the other's (`pipeline`); where policies are the
same on both sides, nothing more is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlgitops.findings import Finding
from mlgitops.plan.policy_diff import Lapse, PolicyDiff, Renewal, VerdictFlip, flips_of, is_verdict
from mlgitops.plan.verdict import denied_by_base
from mlgitops.policy.changed import changed_rules
from mlgitops.policy.waivers import Waiver
from mlgitops.report.contents import plural
from mlgitops.source import Location
from mlgitops.stages.revise import OWNERS, Affected, Revisions, Side, decided_otherwise, own_decisions
from mlgitops.stages.witness import Opened, Searched, search

if TYPE_CHECKING:
    from datetime import date


def policy_diff_of(before: Side, after: Side, as_of: date, opened: Opened | None = None) -> PolicyDiff:
    """Which verdicts flip and what each is put down to; what a changed rule would let pass; which waivers run out.

    Without engines to be `opened`, no document is sought that a changed rule would let pass.
    """
    if unknown := _unknown(before, after):
        return PolicyDiff(unknown=unknown)
    assert after.prepared is not None
    flips = flips_of(own_decisions(before), decided_otherwise(after), decided_otherwise(before), own_decisions(after))
    said = own_decisions(after).findings
    lapses = lapses_of(said, after.prepared.waivers, as_of)
    if before.prepared is None or after.cross is None:
        return PolicyDiff(flips, lapses=lapses)
    told = {(flip.rule, flip.subject) for flip in flips if flip.waives}
    renewals = tuple(
        one
        for one in renewals_of(said, before.prepared.waivers, after.prepared.waivers, as_of)
        if (one.rule, one.subject) not in told
    )
    changed = tuple(change.rule for change in changed_rules(before.prepared.rules, after.prepared.rules))
    found = search(before, after, flips, opened) if opened else Searched()
    return PolicyDiff(flips, found.witnesses, found.documents, lapses, changed, found.not_searched, renewals=renewals)


def _unknown(before: Side, after: Side) -> str:
    """Why verdicts cannot be compared; empty where they can."""
    if before.undecided:
        first = before.undecided[0]
        return f"the rules of the base do not compile: {first.location}: {first.message[:200]}"
    for side, name in ((before, "base"), (after, "working tree")):
        if side.prepared is not None and not side.prepared.decidable:
            return f"the rules of the {name} have errors"
    return ""


def lapses_of(findings: Sequence[Finding], waivers: Sequence[Waiver], as_of: date) -> tuple[Lapse, ...]:
    """The waivers that have run out on a day, of those that a rule still needs, and what each then breaks."""
    lapses = []
    for waiver in sorted(waivers, key=lambda one: (one.expires, one.location.path)):
        about = [f for f in findings if is_verdict(f) and waiver.covers(f.code.removeprefix("policy/"), f.subject)]
        broken = [finding for finding in about if finding.fails]
        if waiver.expires < as_of and broken:
            more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
            subject, day = broken[0].subject, waiver.expires.isoformat()
            lapses.append(Lapse(waiver.location.path, waiver.rule, subject, day, broken[0].message + more))
    return tuple(lapses)


def renewals_of(
    findings: Sequence[Finding], old: Sequence[Waiver], new: Sequence[Waiver], as_of: date
) -> tuple[Renewal, ...]:
    """The denials that a waiver sets aside on a later day than any did, today or once it is issued."""
    found = {}
    for finding in findings:
        rule = finding.code.removeprefix("policy/")
        if is_verdict(finding) and finding.severity == "error" and (rule, finding.subject) not in found:
            was, now = (_last(waivers, rule, finding.subject, as_of) for waivers in (old, new))
            if now is not None and (was is None or now.expires > was.expires):
                before, after = was.expires.isoformat() if was else "", now.expires.isoformat()
                one = Renewal(now.location.path, rule, finding.subject, before, after, finding.message)
                found[rule, finding.subject] = one
    return tuple(found[key] for key in sorted(found))


def _last(waivers: Sequence[Waiver], rule: str, subject: str, as_of: date) -> Waiver | None:
    """Of the waivers about a rule and a subject that have not run out, the one that holds longest."""
    about = [one for one in waivers if one.covers(rule, subject) and one.expires >= as_of]
    return max(about, key=lambda one: (one.expires, one.location.path), default=None)


def flagged(revisions: Revisions, before: Side, after: Side, diff: PolicyDiff) -> tuple[str, ...]:
    """What a reviewer must know of a change of what governs: it is never decided by the new policies alone."""
    notes = []
    if diff.unknown:
        notes.append(f"verdicts cannot be compared: {diff.unknown}")
    elif before.prepared is None:
        notes.append("the commit compared with has no models: decided by the policies of this change alone")
    elif after.cross is not None:
        together = any(_is_decided_about(path) for path in revisions.paths)
        who = "policies and specs change together" if together else "policies change"
        refused = len(denials_of_base(diff, revisions.touches))
        by_base = f"; {plural(refused, 'denial')} by the base's alone" if refused else ""
        notes.append(f"{who}: decided by the policies, data, waivers and limits of the base and by these{by_base}")
    notes += [
        f"{path} changes: who has to approve is decided by the base's" for path in OWNERS if path in revisions.paths
    ]
    return tuple(notes)


def denials_of_base(diff: PolicyDiff, touches: Affected) -> list[Finding]:
    """What the base's policies deny of the new specs and the new ones let pass: the change may not allow itself.

    `touches` is what the change touches; what `mlgitops verdict` says of the same change is the same.
    """
    flips = (flip for flip in diff.flips if flip.new_old == "denied" != flip.new_new)
    return denied_by_base(map(_denial, flips), touches.has_subject)


def _denial(flip: VerdictFlip) -> Finding:
    place = flip.location or Location("policies")
    return Finding(place, f"policy/{flip.rule}", "error", flip.message, subject=flip.subject)


def _is_decided_about(path: str) -> bool:
    """Whether a file is a model's: its spec, a release, a run."""
    parts = path.split("/")
    return parts[0] == "specs" or (parts[0] == "environments" and parts[2:3] in (["releases"], ["runs"]))
