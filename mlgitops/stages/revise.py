"""Two revisions built side by side, as far as they can differ: what `plan` compares.

Only models whose own files changed are built; a change of anything shared (an environment, a policy) means all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.plan.changes import Plan, compare_targets, compare_verdicts
from mlgitops.stages.build import BuiltModel

Json = Any

SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
"""Everything that rendering and deciding read."""


class Affected(NamedTuple):
    """What a change of files can have changed."""

    models: frozenset[str]
    everything: bool


def affected(paths: Iterable[str]) -> Affected:
    """The models that files belong to, and whether one of the files belongs to all of them."""
    models: set[str] = set()
    everything = False
    for path in paths:
        parts = path.split("/")
        if parts[0] == "specs" and len(parts) > 2:
            models.add(parts[1])
        elif parts[0] == "environments" and len(parts) == 4 and parts[2] in ("releases", "runs"):
            models.add(parts[3].removesuffix(".yaml"))
        else:
            everything = True
    return Affected(frozenset(models), everything)


class Side(NamedTuple):
    """One revision's outcome."""

    built: tuple[BuiltModel, ...]
    shared: Mapping[str, Mapping[str, str]]
    """Targets that belong to no one model, with their texts."""


def objects_of(side: Side) -> dict[str, dict[str, Json]]:
    """Target (`dev/churn`) → file → object, of all targets that could be built."""
    from ryaml import loads

    texts: dict[str, Mapping[str, str]] = dict(side.shared)
    for one in side.built:
        for target in one.targets:
            if target.texts is not None:
                texts[f"{target.environment}/{one.name}"] = target.texts
    return {
        target: {file: loads(text) for file, text in files.items() if file.endswith(".yaml")}
        for target, files in texts.items()
    }


def plan_of(base: str, before: Side, after: Side, untouched: int) -> Plan:
    """What the change does; `untouched` counts the targets that were not built because nothing of them changed."""
    old, new = objects_of(before), objects_of(after)
    failed = sorted(_failed(before) | _failed(after))
    for target in failed:
        old.pop(target, None)
        new.pop(target, None)
    targets, unchanged = compare_targets(old, new)
    verdicts = compare_verdicts(
        [finding for one in before.built for finding in one.findings],
        [finding for one in after.built for finding in one.findings],
    )
    return Plan(base, targets, verdicts, unchanged + untouched, tuple(failed))


def _failed(side: Side) -> set[str]:
    """Targets of which there are no objects to compare; a denied one has some."""
    return {f"{target.environment}/{one.name}" for one in side.built for target in one.targets if target.texts is None}
