"""From a place in a rendered object to the line that a person wrote.

Rendering runs again over values that remember where they come from; that costs something, so it runs only
when there is something to say about a target.
"""

from __future__ import annotations

from mlgitops.render.objects import RenderedObject
from mlgitops.render.serving import render_serving
from mlgitops.render.trace import SourceMap, location_of, pointer_of, source_map, traced
from mlgitops.render.training import render_training
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.stages.validate import ValidTarget

Related = tuple[tuple[Location, str], ...]


def target_sources(target: ValidTarget) -> SourceMap:
    """Where each value of a target's own objects comes from, by file and pointer."""
    resolved = traced(target.resolved)
    objects: list[RenderedObject] = []
    for part, rendered in (
        ("train", render_training(resolved) if resolved.trains else ()),
        ("serve", render_serving(resolved, target.predecessor) if resolved.serves else ()),
    ):
        if not isinstance(rendered, list):
            objects += [RenderedObject(f"{part}/{file}", data) for file, data in rendered]
    return source_map(objects)


def object_place(target: ValidTarget, file: str, pointer: Pointer) -> tuple[Location, Related]:
    """The person's line behind a place in a rendered file, and that file as a related place."""
    section: Pointer = ("training",) if file.startswith("train/") else ("serving",)
    origin = pointer_of(target_sources(target), file, pointer, section)
    resolved = target.resolved
    rendered = Location(f"rendered/{resolved.environment_name}/{resolved.name}/{file}")
    return location_of(resolved, origin), ((rendered, f"becomes {pointer_text(pointer) or 'this object'} here"),)
