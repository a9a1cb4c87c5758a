"""Which patch has the last word on a place in an object, and where in the patch it says it.

    touched(kustomization, [before, after], after, ("spec", "minAvailable"), created=False)
    environments/prod/kustomization.yaml:25:16

A patch of a place below does not count: it leaves the rest of what stands there alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlgitops.render.kustomization.values import Kustomization, Object
from mlgitops.source import Location, Pointer, parse_pointer

Json = Any

MERGE_KEYS = ("groupName", "mountPath", "devicePath", "containerPort", "topologyKey", "port", "ip", "uid", "name")
"""By which strategic patches find an item of a list, the more telling ones first (`schema.MERGED_LISTS`)."""

ABSENT = object()
"""In place of a value that is not there."""


def touched(
    kustomization: Kustomization, seen: Sequence[Object], final: Object, pointer: Pointer, *, created: bool
) -> Location | None:
    """The place of the last patch that put what stands at `pointer` in `final`, or took it away.

    `seen` are states of that object, whose names and labels patches are chosen by; `created` says that nothing stood
    there before. None where no patch did.
    """
    for patch in reversed(kustomization.patches):
        if any(patch.touches(obj) for obj in seen):
            body = json.loads(patch.body)
            find = _operation if isinstance(body, list) else _merged
            at = find(body, final, pointer, created)
            if at is not None:
                return patch.locate(at)
    return None


def value_at(data: Json, pointer: Pointer) -> Json:
    """What stands at a pointer; `ABSENT` where nothing does."""
    for token in pointer:
        try:
            data = data[str(token)] if isinstance(data, Mapping) else data[token]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return data


def _operation(operations: list[Object], final: Object, pointer: Pointer, _created: bool) -> Pointer | None:
    """The place in a list of JSON 6902 operations."""
    for index in reversed(range(len(operations))):
        operation = operations[index]
        if operation["op"] == "test":
            continue
        path = parse_pointer(operation["path"])
        if path[-1:] == ("-",):
            path = _appended(path, operation, final, pointer)
        if _begins(path, pointer):
            return (index, "value", *pointer[len(path) :]) if "value" in operation else (index, "path")
        if operation["op"] == "move" and _begins(parse_pointer(operation["from"]), pointer):
            return index, "from"
    return None


def _appended(path: Pointer, operation: Object, final: Object, pointer: Pointer) -> Pointer:
    """The place at the end of a list, which is known by what was added there."""
    here = pointer[: len(path)]
    return here if _begins(path[:-1], here) and value_at(final, here) == operation.get("value", ABSENT) else path


def _begins(path: Pointer, pointer: Pointer) -> bool:
    return len(path) <= len(pointer) and all(str(a) == str(b) for a, b in zip(path, pointer, strict=False))


def _merged(patch: Object, final: Object, pointer: Pointer, created: bool) -> Pointer | None:
    """The place in a strategic merge patch."""
    here: Json = patch
    there: Json = final
    at: Pointer = ()
    for token in pointer:
        there = value_at(there, (token,))
        if isinstance(here, dict):
            if here.get("$patch") in ("replace", "delete"):
                return (*at, "$patch")
            step: str | int | None = str(token) if str(token) in here else None
        elif isinstance(here, list):
            step = next((index for index, item in enumerate(here) if _same(item, there)), None)
        else:
            return at  # something else stands where the object had more
        if step is None:
            return None
        here, at = here[step], (*at, step)
    merges = isinstance(here, dict) or (isinstance(here, list) and here != there)
    return at if created or not merges or there is ABSENT else None


def _same(item: Json, other: Json) -> bool:
    """Whether an item of a patch's list is merged into one of the object's."""
    if isinstance(item, dict) and isinstance(other, dict):
        key = next((key for key in MERGE_KEYS if key in item), None)
        if key is not None:
            return bool(item[key] == other.get(key))
    return bool(item == other)
