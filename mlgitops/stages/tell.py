"""A comparison told whole: what it does on a cluster, what that takes, how risky it is, and which verdicts flip.

Each part is made by a stage of its own from the two sides that were built; this is where they come together.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlgitops.plan.policy_diff import VerdictFlip
from mlgitops.plan.story import Story
from mlgitops.spec.reviews import Evidence
from mlgitops.stages.capacity import all_capacity, capacity_notes
from mlgitops.stages.compared import compared
from mlgitops.stages.effects import all_effects, trained_runs
from mlgitops.stages.revise import Revisions, Side
from mlgitops.stages.risks import risks_of
from mlgitops.stages.standing import standing_notes


def story_of(
    revisions: Revisions,
    before: Side,
    after: Side,
    *,
    whole: bool = True,
    evidence: Evidence | None = None,
    flips: Iterable[VerdictFlip] = (),
) -> Story:
    """The story of a change, but for the verdicts that flip; both sides are built and decided.

    `whole` says whether all models and environments were asked for, `evidence` what a Git host knows of approvals;
    `flips` are those verdicts, which count as risks.
    """
    comparison = compared(revisions, before, after)
    trained = trained_runs(before, after)
    effects = all_effects(revisions, before, after, comparison, trained)
    capacity = all_capacity(before, after, comparison, effects, trained)
    notes = standing_notes(revisions, before, after, comparison)
    if capacity:
        notes += capacity_notes(after, whole=whole)
    risks = risks_of(revisions, before, after, comparison.plan, evidence, flips)
    return Story(comparison.plan, effects, capacity, risks, notes=tuple(notes))
