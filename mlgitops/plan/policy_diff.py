"""What becomes denied, allowed or warned, and whether the specs, the policies or both together did it.

Four answers to each question, {old, new specs} × {old, new policies, data and waivers}:

                   old policies    new policies
    old specs        old_old         old_new
    new specs        new_old         new_new

    spec     the new specs alone change the verdict, whatever the policies
    policy   the new policies alone change it, whatever the specs
    both     neither alone does, or each alone does, or one undoes what the other does

`limits`, `approvals` and what else governs in an environment count as policies: the platform team writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from mlgitops.findings import Finding
from mlgitops.plan.changes import Decided, Verdict
from mlgitops.source import Location

Cause = Literal["spec", "policy", "both"]

_WORST: dict[Verdict, int] = {"denied": 3, "waived": 2, "warned": 1, "allowed": 0, "undecided": 0}
_DENIED: Verdict = "denied"
_WARNED: Verdict = "warned"


class VerdictFlip(NamedTuple):
    """One rule and one subject whose verdict is not what it was, or would not be without the other half of a change."""

    rule: str
    subject: str
    """`churn@prod`, `@prod`."""
    cause: Cause
    old_old: Verdict
    """Old specs under old policies: what was."""
    new_old: Verdict
    """New specs under old policies."""
    old_new: Verdict
    """Old specs under new policies."""
    new_new: Verdict
    """New specs under new policies: what will be."""
    message: str
    location: Location | None = None
    aside: Verdict = "denied"
    """What `waived` sets aside: a denial or a warning."""
    waiver: str = ""
    """The file of the waiver that the new policies have for it."""

    @property
    def hidden(self) -> bool:
        """Whether nothing changes in the end only since specs and policies change together."""
        return self.old_old == self.new_new

    @property
    def loosened(self) -> bool:
        """Whether the new policies let pass what the old ones deny, with the same specs."""
        return any(loosens(old, new, self.aside) for old, new in self._by_policies)

    @property
    def waives(self) -> bool:
        """Whether a waiver alone does so, and the rule stands."""
        found = [new for old, new in self._by_policies if loosens(old, new, self.aside)]
        return bool(found) and all(new == "waived" for new in found)

    @property
    def _by_policies(self) -> tuple[tuple[Verdict, Verdict], ...]:
        """What old and new policies say of the same specs."""
        return (self.old_old, self.old_new), (self.new_old, self.new_new)

    @property
    def refused(self) -> bool:
        """Whether the new specs are denied where the old ones are not, by the old policies or by the new ones.

        The base's policies have a say, or a pull request could bring the rule that allows it.
        """
        by_old = self.new_old == "denied" != self.old_old
        return by_old or (self.new_new == "denied" != self.old_new)


class Witness(NamedTuple):
    """The smallest document found whose verdict a changed rule flips, though nothing in the repository has it."""

    rule: str
    environment: str
    before: Verdict
    after: Verdict
    says: str
    """`16 T4 in staging becomes allowed`."""
    document: dict[str, Any]
    """What differs from the document that the search began with, as a person would write it."""
    start: str = ""
    """That document: `the smallest model`, or a model's name."""
    still: tuple[str, ...] = ()
    """Other rules that deny it all the same, and do not deny what the search began with."""

    @property
    def loosened(self) -> bool:
        """Whether the new rule lets it pass."""
        return loosens(self.before, self.after)


class Lapse(NamedTuple):
    """A waiver that runs out, and what it will break."""

    waiver: str
    """Its file."""
    rule: str
    subject: str
    expires: str
    """A date: the last day on which it holds."""
    message: str
    """What the rule will say."""


class Renewal(NamedTuple):
    """A denial that is set aside for longer than it was, though no verdict changes today."""

    waiver: str
    """The file of the waiver that holds longest."""
    rule: str
    subject: str
    before: str
    """A date: the last day on which a waiver of the base holds; empty where none does."""
    after: str
    message: str
    """What the rule says."""


class PolicyDiff(NamedTuple):
    """All that a change does to verdicts."""

    flips: tuple[VerdictFlip, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    """A search and no proof: that none was found does not say that there is none."""
    searched: int = 0
    """Documents that were asked about, by the old rules and by the new ones."""
    lapses: tuple[Lapse, ...] = ()
    changed_rules: tuple[str, ...] = ()
    """Rules that may decide otherwise: their text changed, or a library, data or limit that they read."""
    not_searched: tuple[str, ...] = ()
    """What no document was sought for, and why."""
    unknown: str = ""
    """Why verdicts cannot be compared at all; empty where they can."""
    renewals: tuple[Renewal, ...] = ()
    """Waivers that hold longer than those of the base, of those that a rule needs."""

    @property
    def loosened(self) -> tuple[VerdictFlip | Witness | Renewal, ...]:
        """What the new policies let pass that the old ones deny, now, of what nobody has yet, or later."""
        flips = tuple(flip for flip in self.flips if flip.loosened)
        return (*flips, *(witness for witness in self.witnesses if witness.loosened), *self.renewals)

    @property
    def refused(self) -> tuple[VerdictFlip, ...]:
        """What the specs of this change are denied, by the base's policies or by the new ones."""
        return tuple(flip for flip in self.flips if flip.refused)


def loosens(before: Verdict, after: Verdict, aside: Verdict = "denied") -> bool:
    """Whether what was denied passes; `aside` is what a waiver sets aside.

    A denial that was waived passes by rule from then on; one that a waiver is brought for, as long as that holds.
    """
    if before == "waived":
        return aside == "denied" and after in ("allowed", "warned")
    return before == "denied" and after in ("allowed", "warned", "waived")


def cause_of(old_old: Verdict, new_old: Verdict, old_new: Verdict, new_new: Verdict) -> Cause:
    """What a verdict is put down to on which the four do not all agree; see the module."""
    if (new_old, old_new) == (new_new, old_old):
        return "spec"
    if (new_old, old_new) == (old_old, new_new):
        return "policy"
    return "both"


Key = tuple[str, str]


def flips_of(old_old: Decided, new_old: Decided, old_new: Decided, new_new: Decided) -> tuple[VerdictFlip, ...]:
    """The rules and subjects on which the four do not all agree, those that become denied first."""
    cells = (old_old, new_old, old_new, new_new)
    found = tuple(_worst(cell.findings) for cell in cells)
    flips = []
    for key in set().union(*found):
        subject, rule = key
        verdicts = [
            verdict_of(worst[key]) if key in worst else cell.silence(subject)[0]
            for worst, cell in zip(found, cells, strict=True)
        ]
        if len(set(verdicts)) > 1:
            said = next(worst[key] for worst in reversed(found) if key in worst)
            denied = any(key in worst and worst[key].severity == "error" for worst in found)
            o, s, p, n = verdicts
            cause, aside = cause_of(o, s, p, n), _DENIED if denied else _WARNED
            waiver = next((w[key].waived for w in (found[3], found[2]) if key in w and w[key].waived), "")
            flips.append(VerdictFlip(rule, subject, cause, o, s, p, n, said.message, said.location, aside, waiver))
    return tuple(sorted(flips, key=_gravest))


def _gravest(flip: VerdictFlip) -> tuple[bool, bool, bool, str, str]:
    denied = flip.new_new == "denied" != flip.old_old
    return (not denied, not flip.refused, not flip.loosened, flip.rule, flip.subject)


def is_verdict(finding: Finding) -> bool:
    """Whether it is what a rule says, and not what is said of rules and waivers themselves."""
    return finding.code.startswith("policy/") and "." in finding.code


def verdict_of(finding: Finding) -> Verdict:
    """What a rule's finding means for its subject."""
    return "waived" if finding.waived else "denied" if finding.severity == "error" else "warned"


def _worst(findings: Iterable[Finding]) -> dict[Key, Finding]:
    """(subject, rule) → the finding that counts most, of rules that found something."""
    found: dict[Key, Finding] = {}
    for finding in findings:
        if is_verdict(finding):
            key = finding.subject, finding.code.removeprefix("policy/")
            if key not in found or _WORST[verdict_of(finding)] > _WORST[verdict_of(found[key])]:
                found[key] = finding
    return found
