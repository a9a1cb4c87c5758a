"""A model's own objects, each in the folder of its part: `train/rayjob.yaml`, `serve/rayservice.yaml`."""

from __future__ import annotations

from mlgitops.findings import Finding
from mlgitops.render.objects import RenderedObject
from mlgitops.render.scoring import render_scoring
from mlgitops.render.serving import render_serving
from mlgitops.render.training import render_training
from mlgitops.spec.code import Code
from mlgitops.spec.resolve import ResolvedModel


def part_objects(
    resolved: ResolvedModel, predecessor: Code | None, previous: ResolvedModel | None = None
) -> tuple[list[RenderedObject], list[Finding]]:
    """What mlgitops renders of a model before anybody changes it, and why a part cannot be rendered.

    `predecessor` is the serving code of the version that the release supersedes, `previous` the model as that version
    serves, while a rollout is under way.
    """
    objects: list[RenderedObject] = []
    findings: list[Finding] = []
    for part, rendered in (
        ("train", render_training(resolved) if resolved.trains else ()),
        ("serve", render_serving(resolved, predecessor, previous) if resolved.serves else ()),
        ("score", render_scoring(resolved)),
    ):
        if isinstance(rendered, list):
            findings += rendered
        else:
            objects += [RenderedObject(f"{part}/{file}", data) for file, data in rendered]
    return objects, findings
