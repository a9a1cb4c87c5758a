"""GPUs and money of an environment, before and after a change: steadily, and at the worst moment in between.

Steady is what runs when nothing changes and nobody asks much: serving at its lowest replicas. Peak is serving at its
ceiling, and after a change with all that it starts beside that: second RayClusters during upgrades, replicas that
Serve makes before it takes old ones away, training runs, and those that may still be finishing.
"""

from __future__ import annotations

from typing import NamedTuple


class Gpus(NamedTuple):
    """Of one accelerator type in one environment."""

    accelerator: str
    steady_before: int
    steady_after: int
    peak_before: int
    peak_after: int
    limit: int | None
    """What the environment allows in all; None where it says nothing."""

    @property
    def over(self) -> bool:
        """Whether the peak does not fit: pods would wait, and an upgrade with them."""
        return self.limit is not None and self.peak_after > self.limit


class Cost(NamedTuple):
    """A number of the environment's currency."""

    before: float
    after: float


class RunCost(NamedTuple):
    """One training run that a change starts, at most: it may end before its deadline."""

    model: str
    gpu_hours: float
    cost: float


class CapacityChange(NamedTuple):
    """What a change means for one environment."""

    environment: str
    currency: str
    gpus: tuple[Gpus, ...]
    """By accelerator type; those that are not used on either side are left out."""
    per_month: Cost
    """Of what serves at its lowest replicas, with 730 hours in a month."""
    peak_per_hour: Cost
    runs: tuple[RunCost, ...] = ()
    cost_limit: float | None = None
    """Per month, of what serves at its ceiling; None where the environment says nothing."""
    ceiling_per_month: Cost = Cost(0.0, 0.0)
    """Of what serves at its ceiling: what `cost_limit` is held against."""
