"""What a comparison does on clusters, at the lines that people wrote: `plan.effects`, asked about every target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlgitops.plan.changes import TargetChange
from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.all import effects_of, in_order
from mlgitops.plan.effects.change import Around
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.load import load_model
from mlgitops.stages.changed_lines import Lines
from mlgitops.stages.compared import Comparison
from mlgitops.stages.revise import Revisions, Side

Json = Any
DEFAULT_KUBERAY = "1.6.2"
"""Of targets that belong to no environment."""

Trained = Callable[[str], Mapping[str, str]]
"""Model → its runs that have a version: identity → version."""


def all_effects(
    revisions: Revisions, before: Side, after: Side, comparison: Comparison, trained: Trained
) -> tuple[Effect, ...]:
    """Every effect of a change, the gravest first; that a touched model does nothing anywhere is one, too."""
    lines = Lines(revisions)
    found: list[Effect] = []
    for target in comparison.plan.targets:
        told = _in_target(before, after, comparison, target, trained)
        found += (effect._replace(location=lines.behind(effect)) for effect in told)
    return in_order([*found, *_idle(after, comparison, lines)])


def _in_target(
    before: Side, after: Side, comparison: Comparison, change: TargetChange, trained: Trained
) -> list[Effect]:
    target = change.target
    name, _, model = target.partition("/")
    now, was = environment_of(after, name), environment_of(before, name)
    spec = now or was
    old, new = comparison.before.get(target, {}), comparison.after.get(target, {})
    runs = any(one.get("kind") == "RayJob" for one in (*old.values(), *new.values()))
    around = Around(
        spec.kuberay if spec else DEFAULT_KUBERAY,
        bool(was.protected if was else spec and spec.protected),
        comparison.leaving.get(target, frozenset()),
        comparison.arriving.get(target, frozenset()),
        trained(model) if runs else {},
    )
    if change.kind == "removed" and now is not None and now.protected and _stays(now, model):
        return [_kept(target, model)]
    return effects_of(target, old, new, around)


def environment_of(side: Side, name: str) -> EnvironmentSpec | None:
    """An environment on one side; None where it is not there or has errors."""
    found = side.prepared.environments.get(name) if side.prepared else None
    return found.declared.spec.value.spec if found else None


def _stays(environment: EnvironmentSpec, model: str) -> bool:
    return all(removal.model != model for removal in environment.removals)


def _kept(target: str, model: str) -> Effect:
    environment = target.partition("/")[0]
    reason = f"{model} is not declared here any more; {environment} is protected, so what it has stays as it is"
    instead = f"name it in `removals` of environments/{environment}/environment.yaml, with a reason and a date"
    return Effect("nothing", target, target, "", model, reason, (), instead)


def _idle(after: Side, comparison: Comparison, lines: Lines) -> Iterator[Effect]:
    """Models whose own files differ, and none of whose objects does."""
    changed = {change.target.partition("/")[2] for change in comparison.plan.targets}
    broken = {one.target.partition("/")[2] for one in comparison.plan.failed}
    for one in after.built:
        if not lines.touches(one.name) or one.name in changed | broken:
            continue
        location = lines.first(one.name)
        for target in one.targets:
            name = f"{target.environment}/{one.name}"
            reason = "what differs decides nothing that is rendered here"
            yield Effect("nothing", name, name, "", one.name, reason, location=location)


def trained_runs(before: Side, after: Side) -> Trained:
    """The runs that have a version on either side, by model, read when first asked for."""
    known: dict[str, dict[str, str]] = {}

    def of(model: str) -> Mapping[str, str]:
        if model not in known:
            found: dict[str, str] = {}
            for side in (before, after):
                declared = load_model(side.tree, model)[0]
                for name, version in (declared.versions if declared else {}).items():
                    if version.record.value.spec.artifactOf is None:
                        found.setdefault(version.record.value.spec.run.identity, name)
            known[model] = found
        return known[model]

    return of
