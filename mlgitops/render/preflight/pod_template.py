"""The pod template of a Kubernetes Job, against that of KubeRay's CRDs, which is Kubernetes' own.

    spec.template.spec.containers must have at least 1 item
    spec.template.spec.volumes[0].configMap.name must be text, got 2024

Types and what is required are looked at and nothing else: what a CRD says beyond that is not said of Kubernetes' Jobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlgitops.render.preflight.schema import Schema
from mlgitops.render.preflight.structure import explain
from mlgitops.render.preflight.violation import Violation, fragment, violation
from mlgitops.source import Pointer, dotted

CODES = ("kuberay/wrong-type", "kuberay/required")
PATH = ("spec", "template", "spec", "containers")


def job_structure(obj: dict[str, Any], schema: Schema) -> Iterator[Violation]:
    """What the API server refuses of a Job's pods."""
    here: Any = obj
    for depth, name in enumerate(PATH):
        here, place = here.get(name), PATH[: depth + 1]
        wanted = list if name == PATH[-1] else dict
        if here is None:
            yield violation("kuberay/required", place, f"{dotted(place)} is required", f"add `{name}`")
            return
        if not isinstance(here, wanted):
            yield _wrong_type(place, "a list" if wanted is list else "a map", here)
            return
    if not here:
        yield violation("kuberay/too-few-items", PATH, f"{dotted(PATH)} must have at least 1 item", "add one")
    template = obj["spec"]["template"]
    node = _template_node(schema)
    if not schema.test(node, False)(template):
        found = explain(schema, node, template, PATH[:2])
        yield from (problem for problem in found if problem.code in CODES)


def _template_node(schema: Schema) -> int:
    """The node of a pod template."""
    ray_job = schema.nodes[schema.kinds["ray.io/v1/RayJob"]]
    spec = schema.nodes[ray_job["properties"]["spec"]]
    number: int = spec["properties"]["submitterPodTemplate"]
    return number


def _wrong_type(pointer: Pointer, expected: str, value: Any) -> Violation:
    message = f"{dotted(pointer)} must be {expected}, got {fragment(value)}"
    return violation("kuberay/wrong-type", pointer, message, f"write {expected}")
