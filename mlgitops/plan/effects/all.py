"""All effects of a change of objects, the gravest first.

effects_of("dev/churn", objects, Around("1.6.2"))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlgitops.plan.changes import compare_objects
from mlgitops.plan.effect import EFFECT_CLASSES, Effect
from mlgitops.plan.effects.change import Around, Change, name_of
from mlgitops.plan.effects.objects import left, object_effects
from mlgitops.plan.effects.ray_job import ray_job_effects
from mlgitops.plan.effects.ray_service import ray_service_effects
from mlgitops.plan.effects.together import together
from mlgitops.render.objects import fields as object_of

Json = Any
Objects = Mapping[str, Json]
"""File below the target → object."""

ORDER = {name: number for number, name in enumerate(EFFECT_CLASSES)}


def effects_of(target: str, before: Objects, after: Objects, around: Around) -> list[Effect]:
    """The effects in one target, of whose objects those that differ are given."""
    around = around._replace(config_maps=(_config_maps(before), _config_maps(after)))
    effects: list[Effect] = []
    for one in compare_objects(before, after):
        old = before.get(one.before_file or one.file) if one.kind != "added" else None
        new = after.get(one.file) if one.kind != "removed" else None
        effects += _of(Change(target, one.file, old, new, one.fields, around))
    return together(target, effects, around)


def _of(change: Change) -> list[Effect]:
    kinds = {object_of(side).get("kind") for side in (change.before, change.after) if side is not None}
    if kinds == {"RayJob"}:
        return ray_job_effects(change)
    if len(kinds) == 2:  # another kind in the same file: one object leaves, and one comes
        return [*_of(change._replace(after=None, fields=())), *_of(change._replace(before=None, fields=()))]
    if kinds == {"RayService"}:
        return [left(change)] if change.after is None else ray_service_effects(change)
    return object_effects(change)


def _config_maps(objects: Objects) -> dict[str, Json]:
    return {
        name_of(data): {**object_of(data.get("data")), **object_of(data.get("binaryData"))}
        for data in objects.values()
        if object_of(data).get("kind") == "ConfigMap"
    }


def in_order(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """The gravest first, then by target and file."""
    return tuple(sorted(effects, key=lambda one: (ORDER[one.effect], one.target, one.file, one.reason)))
