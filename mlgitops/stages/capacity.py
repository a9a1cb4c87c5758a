"""What a change means for GPUs and money: the usage of both sides, environment by environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlgitops.plan.capacities import EnvironmentUsage, TargetUsage, capacity_changes
from mlgitops.plan.capacity import CapacityChange
from mlgitops.plan.effect import Effect
from mlgitops.plan.measure import usage_of_objects
from mlgitops.plan.usage import Usage
from mlgitops.report.contents import plural
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.stages.compared import Comparison, read_object
from mlgitops.stages.effects import Trained, environment_of
from mlgitops.stages.revise import Side

Json = Any
MEASURED = ("serve/rayservice", "train/rayjob")
"""How the files of what takes accelerators begin."""


def all_capacity(
    before: Side, after: Side, comparison: Comparison, effects: Sequence[Effect], trained: Trained
) -> tuple[CapacityChange, ...]:
    """The environments whose GPUs or money differ."""
    names = sorted({*before.environments, *after.environments})
    return capacity_changes((_environment(before, after, comparison, name, trained) for name in names), effects)


def _environment(before: Side, after: Side, comparison: Comparison, name: str, trained: Trained) -> EnvironmentUsage:
    was, now = environment_of(before, name), environment_of(after, name)
    former, latter = _usages(before, name), _usages(after, name)
    for target in comparison.otherwise:
        environment, _, model = target.partition("/")
        if environment == name and was is not None:
            former[model] = _measured(comparison, target, was)
    targets = []
    for model in sorted(former.keys() | latter.keys()):
        old, new = former.get(model, Usage()), latter.get(model, Usage())
        finished = frozenset(trained(model)) if old.runs != new.runs else frozenset[str]()
        targets.append(TargetUsage(model, old, new, finished))
    others = [t.usage for one in after.others for t in one.targets if t.environment == name and t.usage is not None]
    services = tuple(service for usage in others for service in usage.services)
    return EnvironmentUsage(name, was, now, targets, Usage(services))


def _usages(side: Side, environment: str) -> dict[str, Usage]:
    """Model → usage, of those that were built."""
    found = ((one.name, t) for one in side.built for t in one.targets if t.environment == environment)
    return {name: target.usage for name, target in found if target.usage is not None}


def _measured(comparison: Comparison, target: str, environment: EnvironmentSpec) -> Usage:
    texts = comparison.committed[target]
    objects = (read_object(text) for file, text in texts.items() if file.startswith(MEASURED))
    return usage_of_objects(objects, environment)


def capacity_notes(after: Side, *, whole: bool) -> list[str]:
    """What the numbers leave out."""
    if not whole:
        return ["GPUs and money are of the models and environments asked for alone"]
    broken = sorted(f"{one.name}@{t.environment}" for one in after.built for t in one.targets if t.usage is None)
    if not broken:
        return []
    return [f"GPUs and money leave out {plural(len(broken), 'target')} with errors: {', '.join(broken[:3])}"]
