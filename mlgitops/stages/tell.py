"""A comparison told whole: what it does on a cluster, what that takes, how risky it is, and which verdicts flip.

Each part is made by a stage of its own from the two sides that were built; this is where they come together.
"""

from __future__ import annotations

from mlgitops.plan.story import Story
from mlgitops.stages.compared import compared
from mlgitops.stages.revise import Revisions, Side


def story_of(revisions: Revisions, before: Side, after: Side) -> Story:
    """The whole story of a change; both sides are built and decided."""
    return Story(compared(revisions, before, after).plan)
