"""Rendered objects: Kubernetes objects as plain data, each with the file it stands in.

    RenderedObject("rayjob.yaml", {"apiVersion": "ray.io/v1", "kind": "RayJob", ...})

Parts of objects may be shared between objects: whoever changes one copies it first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Json = Any
"""A JSON value."""

Object = dict[str, Json]
"""A Kubernetes object, or a part of one."""


class RenderedObject(NamedTuple):
    """One object in one file."""

    file: str
    """Relative to the target part's folder (`rendered/<env>/<model>/train/`); stable, by role."""
    data: Object


ObjectSet = tuple[RenderedObject, ...]
"""All objects of one part of one target, by file."""


def object_set(objects: list[RenderedObject]) -> ObjectSet:
    """The objects in order of their files, as they are written and compared."""
    return tuple(sorted(objects, key=lambda rendered: rendered.file))


def fields(value: Json) -> Object:
    """A value where it is an object, else an empty one: what a patch put there may be anything."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Object]:
    """The objects in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
