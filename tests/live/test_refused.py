"""The field that a refusal is about, in the words of the API server, its decoder, server-side apply and KubeRay."""

from __future__ import annotations

import pytest

from mlgitops.live.refused import fields_of, nearest
from mlgitops.source import Pointer

MESSAGES: dict[str, tuple[Pointer, ...]] = {
    'RayService.ray.io "churn-v2" is invalid: spec.rayClusterConfig.workerGroupSpecs[0].minReplicas: Invalid value: '
    '"string": spec.rayClusterConfig.workerGroupSpecs[0].minReplicas in body must be of type integer: "string"': (
        ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "minReplicas"),
    ),
    'RayService.ray.io "churn-v2" is invalid: [spec.rayVersion: Too long: may not be more than 5 bytes, '
    "spec.rayClusterConfig.headGroupSpec: Required value]": (
        ("spec", "rayVersion"),
        ("spec", "rayClusterConfig", "headGroupSpec"),
    ),
    "failed to create typed patch object (prod/churn-v2; ray.io/v1, Kind=RayService): .spec.colour: field not declared "
    "in schema": (("spec", "colour"),),
    "failed to create typed patch object (dev/digits-v2; ray.io/v1, Kind=RayService): .spec.rayClusterConfig"
    ".workerGroupSpecs[0].maxReplicas: expected numeric (int or float), got string": (
        ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "maxReplicas"),
    ),
    'strict decoding error: unknown field "spec.rayClusterConfig.workerGroupSpecs[0].colour"': (
        ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "colour"),
    ),
    "the worker group workers has minReplicas 3 that is more than maxReplicas 1": (
        ("spec", "rayClusterConfig", "workerGroupSpecs"),
    ),
    'pods "churn" is forbidden: exceeded quota: gpus': (),
    "": (),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_fields(message: str) -> None:
    assert fields_of(message) == MESSAGES[message]


DOCUMENT = {"spec": {"containers": [{"name": "ray-head", "ports": []}], "rayVersion": "2.60.0"}}
POINTERS: dict[Pointer, Pointer] = {
    ("spec", "rayVersion"): ("spec", "rayVersion"),
    ("spec", "containers", 0, "image"): ("spec", "containers", 0),
    ("spec", "containers", '{"name":"ray-head"}', "ports"): ("spec", "containers", 0, "ports"),
    ("spec", "containers", "name=other"): ("spec", "containers"),
    ("spec", "containers", 4): ("spec", "containers"),
    ("status",): (),
}


@pytest.mark.parametrize("pointer", POINTERS)
def test_nearest(pointer: Pointer) -> None:
    assert nearest(DOCUMENT, pointer) == POINTERS[pointer]
