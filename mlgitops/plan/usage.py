"""What a target takes of its environment: accelerators, cores and memory of what serves and of what trains.

A service is measured at its lowest, at its ceiling, and at its ceiling while Serve replaces every replica with a new
one beside it; a run at all the workers that it may have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mlgitops.spec.documents.environment import Prices

HOURS_IN_MONTH = 730.0


class Amount(NamedTuple):
    """Of pods, together."""

    accelerators: Mapping[str, int] = {}
    """Type → number."""
    cpu: float = 0.0
    memory_gib: float = 0.0


NOTHING = Amount()


class Service(NamedTuple):
    """A RayService."""

    name: str
    lowest: Amount
    """With as many replicas as there are at least."""
    ceiling: Amount
    surge: Amount
    """At the ceiling, with a second replica beside each as far as the worker group has room."""


class TrainingRun(NamedTuple):
    """A RayJob."""

    name: str
    identity: str
    ceiling: Amount
    hours: float
    """Until its deadline."""


class Usage(NamedTuple):
    """Of one target."""

    services: tuple[Service, ...] = ()
    runs: tuple[TrainingRun, ...] = ()


def plus(amounts: Iterable[Amount]) -> Amount:
    """All together."""
    accelerators: dict[str, int] = {}
    cpu = memory = 0.0
    for amount in amounts:
        cpu += amount.cpu
        memory += amount.memory_gib
        for kind, number in amount.accelerators.items():
            accelerators[kind] = accelerators.get(kind, 0) + number
    return Amount(accelerators, cpu, memory)


def times(amount: Amount, number: int) -> Amount:
    """So many of it."""
    accelerators = {kind: each * number for kind, each in amount.accelerators.items() if each * number}
    return Amount(accelerators, amount.cpu * number, amount.memory_gib * number)


def per_hour(amount: Amount, prices: Prices) -> float:
    """What it costs in an hour; an accelerator without a price costs nothing."""
    chips = sum(prices.accelerators.get(kind, 0.0) * number for kind, number in amount.accelerators.items())
    return amount.cpu * prices.cpu + amount.memory_gib * prices.memoryGiB + chips
