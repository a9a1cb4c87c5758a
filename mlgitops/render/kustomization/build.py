"""The folders that kustomize builds: one for an environment's own objects, one for each shard of models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from mlgitops.render.kustomization.schema import field_specs, openapi
from mlgitops.render.kustomization.values import (
    FILE,
    Extra,
    Files,
    Kustomization,
    Object,
    Patch,
    canonical,
    identity,
    object_stream,
)
from mlgitops.spec.code import digest_of

_REST = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
"""What may follow an image's name for kustomize."""

_OBJECTS = "objects.yaml"
_SCHEMA = "openapi.json"
_FIELDS = "fields.json"


class Use(NamedTuple):
    """What of a kustomization applies to some objects."""

    patches: tuple[Patch, ...]
    images: frozenset[int]
    """Which entries of `images` name an image that the objects have, by their place."""
    affected: tuple[int, ...]
    """Which of the objects, by their place, anything applies to."""


def use_of(kustomization: Kustomization, objects: Sequence[Object]) -> Use:
    """The patches that may apply to any of these objects, in order, and which objects kustomize must see."""
    everything = bool(kustomization.labels or kustomization.annotations or kustomization.renames)
    patches: set[int] = set()
    images: set[int] = set()
    affected: list[int] = []
    for place, obj in enumerate(objects):
        found = identity(obj)
        touching = [number for number, patch in enumerate(kustomization.patches) if patch.may_touch(found)]
        showing = _images_in(obj, kustomization.images)
        patches.update(touching)
        images.update(showing)
        if everything or touching or showing:
            affected.append(place)
    used = tuple(kustomization.patches[number] for number in sorted(patches))
    return Use(used, frozenset(images), tuple(affected))


def _images_in(obj: Object, images: Sequence[Object]) -> list[int]:
    """Which of `images` an object may hold; kustomize takes the name for a regular expression, and so does this."""
    if not images:
        return []
    text = canonical(obj)
    return [number for number, image in enumerate(images) if re.search(f'"{image["name"]}{_REST}"', text)]


def changing_models(kustomization: Kustomization, patches: frozenset[int], images: frozenset[int]) -> Object:
    """All of a kustomization that can change an object of a model: values, whatever comments stand beside them.

    `patches` and `images` are the numbers of the entries that apply to that model. The kustomization's own objects are
    left out, and so are generators unless their ConfigMaps' names change with their content.
    """
    kept = [image for number, image in enumerate(kustomization.images) if number in images]
    used = [patch for patch in kustomization.patches if patch.number in patches]
    parts = _transformers(kustomization._replace(images=tuple(kept)), used)
    if kustomization.renames:
        parts |= _generators(kustomization)
        parts["data"] = digest_of(kustomization.data)
    return parts


def shard_files(kustomization: Kustomization, objects: Sequence[Object], patches: Sequence[Patch]) -> Files:
    """The folder for some objects of models. Generators are part of it where pods get to know their new names."""
    parts = _transformers(kustomization, patches)
    data: Files = {}
    if kustomization.renames:
        parts |= _generators(kustomization)
        data = kustomization.data
    return _folder(parts, objects, data)


def environment_files(kustomization: Kustomization, extras: Iterable[Extra], patches: Sequence[Patch]) -> Files:
    """The folder for the kustomization's own objects."""
    parts = _transformers(kustomization, patches) | _generators(kustomization)
    return _folder(parts, [extra.data for extra in extras], kustomization.data)


def _transformers(kustomization: Kustomization, patches: Sequence[Patch]) -> Object:
    parts: Object = {}
    if patches:
        parts["patches"] = [patch.entry for patch in patches]
    if kustomization.labels:
        parts["labels"] = list(kustomization.labels)
    if kustomization.annotations:
        parts["commonAnnotations"] = dict(kustomization.annotations)
    if kustomization.images:
        parts["images"] = list(kustomization.images)
    return parts


def _generators(kustomization: Kustomization) -> Object:
    if not kustomization.generators:
        return {}
    parts: Object = {"configMapGenerator": list(kustomization.generators)}
    if kustomization.generator_options is not None:
        parts["generatorOptions"] = kustomization.generator_options
    return parts


def _folder(parts: Object, objects: Sequence[Object], data: Files) -> Files:
    head: Object = {"openapi": {"path": _SCHEMA}, "configurations": [_FIELDS]}
    files: dict[str, str | bytes] = {**data, _SCHEMA: _schema(), _FIELDS: _fields()}
    if objects:
        head["resources"] = [_OBJECTS]
        files[_OBJECTS] = object_stream(objects)
    files[FILE] = canonical({**head, **parts})
    return files


@cache
def _schema() -> str:
    return openapi()


@cache
def _fields() -> str:
    return field_specs()
