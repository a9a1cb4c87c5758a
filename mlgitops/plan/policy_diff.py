"""What becomes denied, allowed or warned, and whether the specs, the policies or both together did it.

Four answers to each question, {old, new specs} × {old, new policies, data and waivers}:

    spec     the new spec alone changes the verdict
    policy   the new policy alone does
    both     neither alone does, or each alone does
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from mlgitops.plan.changes import Verdict
from mlgitops.source import Location

Cause = Literal["spec", "policy", "both"]


class VerdictFlip(NamedTuple):
    """One rule and one subject whose verdict is not what it was."""

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


class Witness(NamedTuple):
    """The smallest document found whose verdict a changed rule flips, though nothing in the repository has it."""

    rule: str
    environment: str
    before: Verdict
    after: Verdict
    says: str
    """`16 T4 in staging becomes allowed`."""
    document: dict[str, Any]
    """What differs from the default document, as a person would write it."""


class Lapse(NamedTuple):
    """A waiver that runs out, and what it will break."""

    waiver: str
    """Its file."""
    rule: str
    subject: str
    expires: str
    """A date."""
    message: str
    """What the rule will say."""


class PolicyDiff(NamedTuple):
    """All that a change does to verdicts."""

    flips: tuple[VerdictFlip, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    """A search and no proof: that none was found does not say that there is none."""
    searched: int = 0
    """Documents that were asked about."""
    lapses: tuple[Lapse, ...] = ()
    changed_rules: tuple[str, ...] = ()
