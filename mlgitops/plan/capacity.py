"""GPUs and money of an environment, before and after a change: steadily, and at the worst moment in between.

Steady is what runs when nothing changes: serving at its lowest replicas. Peak adds what a change starts beside it: a
second RayCluster during an upgrade, the surge of a Serve deployment, training runs.
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
    """Of what serves, with 730 hours in a month."""
    peak_per_hour: Cost
    runs: tuple[RunCost, ...] = ()
    cost_limit: float | None = None
    """Per month; None where the environment says nothing."""
