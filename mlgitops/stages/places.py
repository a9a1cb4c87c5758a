"""From a place in a rendered object to the line that a person wrote, and the layer that it is in.

Rendering runs again over values that remember where they come from; that costs something, so it runs only when there
is something to say about a target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.render.kustomization.touched import ABSENT, touched, value_at
from mlgitops.render.objects import RenderedObject
from mlgitops.render.serving import PREVIOUS_FILE
from mlgitops.render.trace import (
    CANDIDATE,
    ENVIRONMENT,
    METADATA,
    location_of,
    origin_of,
    pointer_of,
    source_map,
    traced,
)
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.stages.parts import part_objects
from mlgitops.stages.prepare import PreparedEnvironment
from mlgitops.stages.validate import ValidTarget

Json = Any
Related = tuple[tuple[Location, str], ...]
TEMPLATE = "template-"
"""How the files of objects begin that templates give."""


class Place(NamedTuple):
    """Where a rendered field comes from."""

    location: Location
    """Where a person wrote it, or the closest place that a person wrote."""
    layer: str
    """`model`, `version`, `environment override`, `kustomization`, `template`, `mlgitops` …"""
    explanation: str


SECTIONS: Mapping[str, Pointer] = {"train": ("training",), "serve": ("serving",), "score": ("batchScoring",)}
"""Part → the section of a spec that it is made from."""
NAMED_AFTER: Mapping[Pointer, str] = {
    ("training",): "the run's identity, a digest over what decides the result of training",
    ("serving",): "the release: a new version is a new object",
    ("batchScoring",): "a digest of the pod template, which Kubernetes does not let anybody change",
}


def place_of(
    target: ValidTarget, environment: PreparedEnvironment, file: str, pointer: Pointer, final: Mapping[str, Json]
) -> Place:
    """Where the value at a pointer of a final object comes from."""
    name = file.rpartition("/")[2]
    if name.startswith(TEMPLATE):
        path = f"environments/{environment.declared.name}/templates/{name.removeprefix(TEMPLATE)}"
        explanation = "a template of the platform team gives this object"
        return _patched(environment, [final], final, pointer) or Place(Location(path), "template", explanation)
    section = SECTIONS[file.partition("/")[0]]
    resolved = target.resolved if target.previous is None or file != PREVIOUS_FILE else target.previous
    own = {rendered.file: rendered.data for rendered in _traced_objects(target)}.get(file, {})
    mine, theirs = value_at(own, pointer), value_at(final, pointer)
    if mine is ABSENT or mine != theirs:
        patched = _patched(environment, [own, final], final, pointer, created=mine is ABSENT)
        if patched is not None:
            return patched
        if not isinstance(mine, (dict, list)):
            return _changed_later(target, environment, section, pointer)
    origin = pointer_of(source_map(_traced_objects(target)), file, pointer, ())
    if not origin:
        explanation = "mlgitops composes this; the closest thing that a person wrote is here"
        return Place(resolved.nearest(section), "mlgitops", explanation)
    explanation = f"from {'.'.join(map(str, origin[1:] if origin[0] == CANDIDATE else origin))}"
    layer = {METADATA: "model", ENVIRONMENT: "environment"}.get(str(origin[0]))
    return Place(location_of(resolved, origin), layer or origin_of(resolved, origin).layer, explanation)


def _patched(
    environment: PreparedEnvironment,
    seen: Sequence[Mapping[str, Json]],
    final: Mapping[str, Json],
    pointer: Pointer,
    *,
    created: bool = False,
) -> Place | None:
    """The patch that has the last word on a place; None where no patch touched it."""
    kustomization = environment.kustomization
    if kustomization is None:
        return None
    place = touched(kustomization, [dict(one) for one in seen], dict(final), pointer, created=created)
    explanation = "a patch of the environment's kustomization says this"
    return None if place is None else Place(place, "kustomization", explanation)


def _changed_later(target: ValidTarget, environment: PreparedEnvironment, section: Pointer, pointer: Pointer) -> Place:
    """The place of what is not as our rendering left it: the run's name, or the kustomization."""
    kustomization = environment.kustomization
    if kustomization is None or pointer == ("metadata", "name"):
        explanation = NAMED_AFTER[section]
        return Place(target.resolved.nearest(section), "mlgitops", explanation)
    explanation = "the environment's kustomization changes what mlgitops gives here"
    return Place(Location(kustomization.path), "kustomization", explanation)


def _traced_objects(target: ValidTarget) -> list[RenderedObject]:
    """A target's own objects, over values that remember where they come from."""
    previous = traced(target.previous) if target.previous is not None else None
    return part_objects(traced(target.resolved), target.predecessor, previous)[0]


def object_place(
    target: ValidTarget, environment: PreparedEnvironment, file: str, pointer: Pointer, final: Mapping[str, Json]
) -> tuple[Location, Related]:
    """The person's line behind a place in a final object, and that object's file as a related place."""
    resolved = target.resolved
    rendered = Location(f"rendered/{resolved.environment_name}/{resolved.name}/{file}")
    place = place_of(target, environment, file, pointer, final)
    return place.location, ((rendered, f"becomes {pointer_text(pointer) or 'this object'} here"),)
