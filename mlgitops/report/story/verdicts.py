"""Verdicts that change and what stands in the way: each denial once, with the finding, its place and its cause.

A verdict flips where the policy diff says why, or where the plan alone saw it. What is denied comes with the finding
of the rule; a denial that the working tree's rules do not find (a rule of the base alone denies) is told by its flip.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final, NamedTuple

from mlgitops.findings import Finding
from mlgitops.plan.changes import Verdict, VerdictChange
from mlgitops.plan.policy_diff import Cause, VerdictFlip
from mlgitops.plan.story import Story
from mlgitops.report.contents import Report
from mlgitops.report.story.likeness import OwnNames, alike, neutral, own_names
from mlgitops.source import Location

CAUSES: Final[dict[Cause, str]] = {
    "spec": "by the spec",
    "policy": "by the policy",
    "both": "by spec and policy together",
}

SEVERITY: Final[dict[Verdict, int]] = {"denied": 0, "undecided": 1, "warned": 2, "waived": 3, "allowed": 4}
"""Which verdicts come first."""


class Flip(NamedTuple):
    """One way in which one rule's verdict changes, and all subjects that it does so on."""

    rule: str
    before: Verdict
    after: Verdict
    cause: Cause | None
    """None where nobody looked for it."""
    by_old: Verdict | None
    """What the old policies say of the new specs."""
    by_new: Verdict | None
    """What the new policies say of the old specs."""
    refused: bool
    """Whether the new specs are denied where the old ones were not, by the old policies or by the new ones."""
    loosened: bool
    """Whether the new policies let pass what the old ones deny."""
    message: str
    """With the names of the subjects' models put aside, where there are several."""
    subjects: tuple[str, ...]
    locations: tuple[Location, ...] = ()
    waives: bool = False
    """Whether what loosens is a waiver, and the rule stands."""
    waivers: tuple[str, ...] = ()
    """The files of the waivers that the new policies have for it."""

    @property
    def change(self) -> str:
        """`allowed → denied by the policy`; what each half alone comes to where that is not the same."""
        if self.before == self.after:
            return f"stays {self.after}, {self.halves}"
        halves = f" ({self.halves})" if self.cause == "both" else ""
        return f"{self.before} → {self.after}" + (f" {CAUSES[self.cause]}" if self.cause else "") + halves

    @property
    def halves(self) -> str:
        """What each half of the change alone comes to."""
        return f"new specs under old policies {self.by_old}, old specs under new policies {self.by_new}"


class Wrong(NamedTuple):
    """One thing that stands in the way of a change, and everything that it is wrong with."""

    finding: Finding
    """Of the first subject; one of a rule without a place has no line."""
    subjects: tuple[str, ...]
    change: str
    """`allowed → denied by the spec`; empty where no verdict changed."""
    placed: bool = True
    """Whether the finding's location is one."""


def flips(story: Story) -> list[Flip]:
    """Every verdict that changes; those that deny first, then by rule."""
    found = [_together(same) for same in alike(_flips(story), _exactly, _but_for_names)]
    return sorted(found, key=lambda one: (not one.refused, SEVERITY[one.after], one.rule, one.before, one.message))


def _own(subject: str) -> OwnNames:
    model, _, environment = subject.partition("@")
    return own_names(f"{environment}/{model}")


def _exactly(one: Flip) -> Hashable:
    return one._replace(subjects=(), locations=(), waivers=())


def _but_for_names(one: Flip) -> Hashable:
    return _exactly(one._replace(message=neutral(one.message, _own(one.subjects[0]))))


def _together(members: list[Flip]) -> Flip:
    first = members[0]
    same = all(one.message == first.message for one in members)
    return first._replace(
        message=first.message if same else neutral(first.message, _own(first.subjects[0])),
        subjects=tuple(dict.fromkeys(subject for one in members for subject in one.subjects)),
        locations=tuple(dict.fromkeys(place for one in members for place in one.locations)),
        waivers=tuple(dict.fromkeys(path for one in members for path in one.waivers)),
    )


def _flips(story: Story) -> list[Flip]:
    found = [_of_flip(flip) for flip in story.policy.flips]
    known = {(flip.rule, flip.subject) for flip in story.policy.flips}
    found += [_of_change(one) for one in story.plan.verdicts if (one.rule, one.subject) not in known]
    return found


def _of_change(one: VerdictChange) -> Flip:
    denied, freed = one.after == "denied", one.before == "denied" and one.after in ("allowed", "warned")
    return Flip(one.rule, one.before, one.after, None, None, None, denied, freed, one.message, (one.subject,))


def _of_flip(flip: VerdictFlip) -> Flip:
    places = () if flip.location is None else (flip.location,)
    cells = (flip.old_old, flip.new_new, flip.cause, flip.new_old, flip.old_new)
    found = Flip(flip.rule, *cells, flip.refused, flip.loosened, flip.message, (flip.subject,), places)
    return found._replace(waives=flip.waives, waivers=(flip.waiver,) if flip.waiver else ())


def wrongs(story: Story, report: Report) -> list[Wrong]:
    """All that stands in the way: denials first, then errors, each once; in the order of the report otherwise."""
    changes = {(flip.rule, subject): flip.change for flip in flips(story) for subject in flip.subjects}
    together: dict[tuple[Finding, str], list[str]] = {}
    told = set()
    for finding in report.findings:
        if finding.fails:
            key = (finding.code.removeprefix("policy/"), finding.subject)
            told.add(key)
            subjects = together.setdefault((finding._replace(subject=""), changes.get(key, "")), [])
            if finding.subject:
                subjects.append(finding.subject)
    found = [Wrong(one, tuple(dict.fromkeys(names)), change) for (one, change), names in together.items()]
    found += [wrong for flip in flips(story) if denies(flip) and (wrong := _untold(flip, told))]
    return sorted(found, key=lambda wrong: (not is_denial(wrong), not wrong.change))


def _untold(flip: Flip, told: set[tuple[str, str]]) -> Wrong | None:
    subjects = tuple(subject for subject in flip.subjects if (flip.rule, subject) not in told)
    if not subjects:
        return None
    place = flip.locations[0] if flip.locations else Location("", 0, 0)
    finding = Finding(place, f"policy/{flip.rule}", "error", flip.message)
    return Wrong(finding, subjects, flip.change, bool(flip.locations))


def denies(flip: Flip) -> bool:
    """Whether the change as it is has a denial: by its own policies, or by those of the base alone."""
    return flip.after == "denied" or flip.refused


def is_denial(wrong: Wrong) -> bool:
    """Whether a rule denies it."""
    return wrong.finding.code.startswith("policy/") and "." in wrong.finding.code


def other_flips(story: Story) -> list[Flip]:
    """The verdicts that change to anything but a denial."""
    return [flip for flip in flips(story) if not denies(flip)]


def others(report: Report) -> list[Finding]:
    """The findings that stand in nobody's way: warnings, notes, waived ones."""
    return [finding for finding in report.findings if not finding.fails]
