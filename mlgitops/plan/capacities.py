"""What a change means for the GPUs and the money of each environment: usage before and after, and in between.

At the worst moment there are at once: everything that serves, at its ceiling; the old cluster of each service that
gets a new one; a second replica beside each that Serve replaces; runs that start, and those that may be finishing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.plan.capacity import CapacityChange, Cost, Gpus, RunCost
from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.rules import serve_update
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.plan.usage import HOURS_IN_MONTH, Amount, TrainingRun, Usage, per_hour, plus

if TYPE_CHECKING:
    from mlgitops.spec.documents.environment import EnvironmentSpec

SERVE = "spec.serveConfigV2."


class TargetUsage(NamedTuple):
    """One target that differs, on both sides."""

    model: str
    before: Usage
    after: Usage
    trained: frozenset[str] = frozenset()
    """Identities of runs that have a version: they end at once."""


class EnvironmentUsage(NamedTuple):
    """One environment on both sides; None where it is not there."""

    name: str
    before: EnvironmentSpec | None
    after: EnvironmentSpec | None
    targets: Sequence[TargetUsage]
    """Those that differ."""
    others: Usage = Usage()
    """Of all the targets that are the same."""


def capacity_changes(environments: Iterable[EnvironmentUsage], effects: Sequence[Effect]) -> tuple[CapacityChange, ...]:
    """The environments for which something differs, by name."""
    changes = (_change(one, effects) for one in sorted(environments, key=lambda one: one.name))
    return tuple(change for change in changes if change is not None)


def _change(one: EnvironmentUsage, effects: Sequence[Effect]) -> CapacityChange | None:
    spec = one.after or one.before
    if spec is None:
        return None
    old, new = one.before or spec, one.after or spec
    by_name = _effects_of(one.name, effects)
    targets = [_as_it_runs(target, by_name) for target in one.targets]
    sides = [[one.others, *(getattr(target, side) for target in targets)] for side in ("before", "after")]
    low = [plus(service.lowest for usage in side for service in usage.services) for side in sides]
    top = [plus(service.ceiling for usage in side for service in usage.services) for side in sides]
    beside = plus(amount for target in targets for amount in _beside(target, by_name))
    peak = [top[0], plus([top[1], beside])]
    starting = [(target, run) for target in targets for run in _starting(target)]
    change = CapacityChange(
        one.name,
        new.prices.currency,
        _gpus(low, peak, new),
        Cost(_month(low[0], old), _month(low[1], new)),
        Cost(round(per_hour(peak[0], old.prices), 2), round(per_hour(peak[1], new.prices), 2)),
        tuple(_run_cost(target.model, run, new) for target, run in starting),
        new.limits.costPerMonth,
        Cost(_month(top[0], old), _month(top[1], new)),
    )
    return change if _differs(change) else None


def _differs(change: CapacityChange) -> bool:
    costs = (change.per_month, change.peak_per_hour, change.ceiling_per_month)
    moved = any((g.steady_before, g.peak_before) != (g.steady_after, g.peak_after) for g in change.gpus)
    return moved or bool(change.runs) or any(cost.before != cost.after for cost in costs)


def _month(amount: Amount, environment: EnvironmentSpec) -> float:
    return round(per_hour(amount, environment.prices) * HOURS_IN_MONTH, 2)


def _gpus(low: Sequence[Amount], peak: Sequence[Amount], environment: EnvironmentSpec) -> tuple[Gpus, ...]:
    kinds = sorted({kind for amount in (*low, *peak) for kind in amount.accelerators})
    limits = environment.limits.accelerators
    return tuple(
        Gpus(
            kind,
            steady_before=low[0].accelerators.get(kind, 0),
            steady_after=low[1].accelerators.get(kind, 0),
            peak_before=peak[0].accelerators.get(kind, 0),
            peak_after=peak[1].accelerators.get(kind, 0),
            limit=limits[kind].total if kind in limits else None,
        )
        for kind in kinds
    )


def _effects_of(environment: str, effects: Iterable[Effect]) -> Mapping[tuple[str, str], list[Effect]]:
    """(model, name of the object) → its effects in this environment."""
    found: dict[tuple[str, str], list[Effect]] = {}
    for effect in effects:
        where, _, rest = effect.target.partition("/")
        if where == environment:
            found.setdefault((rest.partition("/")[0], effect.name), []).append(effect)
    return found


def _as_it_runs(target: TargetUsage, effects: Mapping[tuple[str, str], list[Effect]]) -> TargetUsage:
    """The target without edits that the operator ignores: such a service takes what it took."""
    before = {service.name: service for service in target.before.services}
    services = []
    for service in target.after.services:
        mine = {effect.effect for effect in effects.get((target.model, service.name), [])}
        passed_over = service.name in before and "ignored" in mine and not mine & {"new-cluster", "scaled"}
        services.append(before[service.name] if passed_over else service)
    return target._replace(after=target.after._replace(services=tuple(services)))


def _beside(target: TargetUsage, effects: Mapping[tuple[str, str], list[Effect]]) -> Iterable[Amount]:
    """What is there at the worst moment besides what serves when all is done."""
    after = {service.name: service for service in target.after.services}
    arriving = [
        service for service in target.after.services if service.name not in {s.name for s in target.before.services}
    ]
    for service in target.before.services:
        mine = effects.get((target.model, service.name), [])
        if service.name not in after:
            if arriving:  # it leaves when one of those is healthy
                yield service.ceiling
        elif any(effect.effect == "new-cluster" for effect in mine):
            yield service.ceiling
        elif any(_replaces(effect) for effect in mine):
            yield _more(after[service.name].surge, after[service.name].ceiling)
    yield from (run.ceiling for run in _starting(target))
    started = {run.name for run in target.after.runs}
    for run in target.before.runs:
        kept = any(effect.effect == "nothing" for effect in effects.get((target.model, run.name), []))
        if run.name not in started and kept and run.identity not in target.trained:
            yield run.ceiling


def _replaces(effect: Effect) -> bool:
    """Whether Serve replaces every replica on the cluster that is there."""
    paths = [path[len(SERVE) :] for path in effect.fields if path.startswith(SERVE)]
    return any(serve_update(FieldChange(path, ABSENT, ABSENT)) == "restart" for path in paths)


def _more(amount: Amount, than: Amount) -> Amount:
    accelerators = {kind: number - than.accelerators.get(kind, 0) for kind, number in amount.accelerators.items()}
    return Amount(accelerators, amount.cpu - than.cpu, amount.memory_gib - than.memory_gib)


def _starting(target: TargetUsage) -> list[TrainingRun]:
    """Runs that were not there before, and whose result no version is."""
    former = {run.name for run in target.before.runs}
    return [run for run in target.after.runs if run.name not in former and run.identity not in target.trained]


def _run_cost(model: str, run: TrainingRun, environment: EnvironmentSpec) -> RunCost:
    hours = sum(run.ceiling.accelerators.values()) * run.hours
    return RunCost(model, round(hours, 2), round(per_hour(run.ceiling, environment.prices) * run.hours, 2))
