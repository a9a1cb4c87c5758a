"""Everything that a reviewer must know of a change: one value, which each form of the report shows.

plan       which objects and fields differ            plan.changes
effects    what that does on a cluster                plan.effect
capacity   GPUs and money, steady and at the peak     plan.capacity
risks      how risky, which strategy, who approves    plan.risk
policy     which verdicts flip, and why               plan.policy_diff
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.plan.capacity import CapacityChange
from mlgitops.plan.changes import Plan
from mlgitops.plan.effect import Effect
from mlgitops.plan.policy_diff import PolicyDiff
from mlgitops.plan.risk import Risk


class Story(NamedTuple):
    """A change, told."""

    plan: Plan
    effects: tuple[Effect, ...] = ()
    """The gravest first, then by target and file."""
    capacity: tuple[CapacityChange, ...] = ()
    risks: tuple[Risk, ...] = ()
    policy: PolicyDiff = PolicyDiff()
    notes: tuple[str, ...] = ()
    """What a reviewer must know besides: `policies and specs change together: decided both ways`."""
