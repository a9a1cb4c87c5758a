"""Which patch has the last word on a place, at the line where it says it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlgitops.render.kustomization.touched import touched
from mlgitops.source import parse_pointer
from tests.render.kustomization_cases import ENVIRONMENT, checked

OBJECT: dict[str, Any] = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "churn", "labels": {"team": "growth"}},
    "spec": {
        "args": ["a", "b"],
        "containers": [
            {"name": "main", "env": [{"name": "A", "value": "1"}], "limits": {"cpu": "1", "memory": "1Gi"}},
            {"name": "beside", "mounts": [{"name": "tmp", "mountPath": "/a"}, {"name": "tmp", "mountPath": "/b"}]},
        ],
    },
}
OPERATIONS = """\
patches:
- target: {kind: Job}
  patch: |-
    - {op: replace, path: /spec/containers/0/limits, value: {cpu: "2"}}
    - op: add
      path: /spec/args/-
      value: b
    - {op: test, path: /metadata/labels, value: {}}
    - {op: remove, path: /metadata/labels/team}
- target: {kind: Job, name: other}
  patch: "[{op: remove, path: /spec}]"
- target: {kind: Job}
  patch: |-
    - {op: replace, path: /spec/containers/0/limits/cpu, value: "3"}
    - {op: move, from: /spec/schedule, path: /spec/when}
"""
MERGED = """\
patches:
- patch: |-
    apiVersion: batch/v1
    kind: Job
    metadata: {name: churn, labels: {team: null}}
    spec:
      args: [a, b]
      containers:
      - name: main
        env: [{name: A, value: "1"}]
        limits: x
      - name: beside
        mounts:
        - {name: tmp, mountPath: /b}
"""


def line(text: str, pointer: str, *, created: bool = False) -> tuple[int, int] | None:
    """Where a kustomization says what stands at a place of the object."""
    found = touched(checked(text), [OBJECT], OBJECT, parse_pointer(pointer), created=created)
    assert found is None or found.path == f"{ENVIRONMENT}/kustomization.yaml"
    return found and (found.line, found.column)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/spec/containers/0/limits", (4, 61)),
        ("/spec/containers/0/limits/memory", (4, 54)),
        ("/spec/containers/0/limits/cpu", (14, 65)),
        ("/spec/args/1", (7, 14)),
        ("/spec/args/0", None),
        ("/metadata/labels/team", (9, 26)),
        ("/metadata/labels", None),
        ("/spec", None),
        ("/spec/containers/1/limits", None),
        ("/spec/schedule", (15, 24)),
        ("/spec/when/day", (15, 46)),
    ],
)
def test_operations(pointer: str, place: tuple[int, int] | None) -> None:
    assert line(OPERATIONS, pointer) == place


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/metadata/labels/team", (5, 44)),
        ("/metadata/labels", None),
        ("/spec/args", (7, 13)),
        ("/spec/args/1", (7, 17)),
        ("/spec/containers/0/env/0/value", (10, 32)),
        ("/spec/containers/0/limits", (11, 17)),
        ("/spec/containers/0/limits/cpu", (11, 17)),
        ("/spec/containers/0/image", None),
        ("/spec/containers/0", None),
        ("/spec/containers/1/mounts/1/mountPath", (14, 34)),
        ("/spec/containers/1/mounts/0", None),
    ],
)
def test_merged(pointer: str, place: tuple[int, int] | None) -> None:
    assert line(MERGED, pointer) == place


def test_what_was_not_there_is_the_patches() -> None:
    assert line(MERGED, "/spec/containers", created=True) == (9, 7)


def test_a_list_of_operations_in_one_line() -> None:
    operations = json.dumps([{"op": "replace", "path": "/spec/args", "value": "x"}])
    text = json.dumps({"patches": [{"target": {"kind": "Job"}, "patch": operations}]})
    assert line(text, "/spec/args") == (1, text.index('"[') + 1)


def test_a_replaced_map() -> None:
    text = MERGED.replace("limits: x", "limits: {$patch: replace, cpu: 1}")
    assert line(text, "/spec/containers/0/limits/memory") == (11, 26)
