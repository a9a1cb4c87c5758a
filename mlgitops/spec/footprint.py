"""What a resolved model takes of an environment: accelerators, cores, memory, and what they cost.

Ceilings, not averages: replicas and elastic workers at their largest with the head of their cluster, a training run
until its deadline. While a rollout is under way both releases take room, and cost as one: costs are of months, and a
rollout of hours. Not counted: the Jobs around a run, and the second cluster while a RayService changes. Prices are the
environment's, for one hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.model import Resources, WorkerRange
from mlgitops.spec.documents.types import mebibytes, seconds
from mlgitops.spec.resolve import ResolvedModel

HOURS_IN_MONTH = 730.0
DEFAULT_CPU = 1.0
DEFAULT_MEMORY = "2Gi"
"""What a worker or replica gets whose resources nobody declared."""
HEAD_CPU = 1.0
HEAD_MEMORY = "4Gi"
"""What a head gets where the environment declares nothing: one that served one application took 1.6 GiB."""
DEFAULT_DEADLINE = "24h"
"""How long a run without a deadline is counted."""


class Part(NamedTuple):
    """What training or serving takes at its ceiling."""

    pods: int
    """Workers and their head."""
    cpu: float
    """Cores of all pods."""
    memory_gib: float
    """Of all pods."""
    accelerators: Mapping[str, int]
    """Type → number, of all pods."""
    cost_per_hour: float


NOTHING = Part(0, 0.0, 0.0, {}, 0.0)


def _twice(part: Part) -> Part:
    """Room for both releases of a rollout. What it costs meanwhile is left out: costs are told for months."""
    accelerators = {name: 2 * count for name, count in part.accelerators.items()}
    return part._replace(
        pods=2 * part.pods, cpu=2 * part.cpu, memory_gib=2 * part.memory_gib, accelerators=accelerators
    )


class Footprint(NamedTuple):
    """What a model takes of its environment."""

    training: Part
    serving: Part

    @property
    def accelerators(self) -> dict[str, int]:
        """Type → number when a run and the ceiling of serving meet."""
        total = dict(self.training.accelerators)
        for name, count in self.serving.accelerators.items():
            total[name] = total.get(name, 0) + count
        return total

    @property
    def cost_per_month(self) -> float:
        """Serving at its ceiling for a month of 730 hours."""
        return self.serving.cost_per_hour * HOURS_IN_MONTH


def _part(workers: int, resources: Resources, accelerator: str | None, each: int, environment: EnvironmentSpec) -> Part:
    head, prices = environment.head, environment.prices
    cpu = workers * (resources.cpu if resources.cpu is not None else DEFAULT_CPU)
    cpu += head.cpu if head.cpu is not None else HEAD_CPU
    memory = workers * mebibytes(resources.memory or DEFAULT_MEMORY) + mebibytes(head.memory or HEAD_MEMORY)
    accelerators = {accelerator: workers * each} if accelerator is not None else {}
    cost = cpu * prices.cpu + memory / 1024 * prices.memoryGiB
    cost += sum(prices.accelerators.get(name, 0.0) * count for name, count in accelerators.items())
    return Part(workers + 1, cpu, memory / 1024, accelerators, cost)


def footprint(model: ResolvedModel) -> Footprint:
    """What the model takes where it is resolved."""
    environment = model.environment
    training = serving = NOTHING
    if model.trains:
        spec = model.spec.training
        workers = spec.workers.max if isinstance(spec.workers, WorkerRange) else spec.workers
        gpus = spec.accelerators
        training = _part(
            workers, spec.resources, gpus.type if gpus else None, gpus.perWorker if gpus else 0, environment
        )
    if model.serves and model.spec.serving is not None:
        section = model.spec.serving
        replicas = section.replicas.max or section.replicas.min
        chips = section.accelerators
        serving = _part(
            replicas, section.resources, chips.type if chips else None, chips.perReplica if chips else 0, environment
        )
    return Footprint(training, _twice(serving) if model.shifting is not None else serving)


def cost_per_run(model: ResolvedModel) -> float:
    """One training run until its deadline."""
    hours = seconds(model.spec.training.deadline or DEFAULT_DEADLINE) / 3600
    return footprint(model).training.cost_per_hour * hours
