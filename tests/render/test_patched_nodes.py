"""Whatever a patch puts at any place of an object: naming the run and the preflight never fail over it.

A person's kustomization may say anything of any field; what is wrong is a finding, and never a bug in mlgitops.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgitops.policy.pods import pods_of, without_pods
from mlgitops.render.emit import emit
from mlgitops.render.identity import name_run
from mlgitops.render.objects import ObjectSet, RenderedObject
from mlgitops.render.preflight.check import preflight
from mlgitops.render.preflight.violation import Violation
from mlgitops.render.serving import render_serving
from mlgitops.render.training import render_training
from mlgitops.source import Pointer
from tests.render.resolved_models import resolved_model as training_model
from tests.render.serving_models import released

TRAINING = render_training(training_model())
SERVING = render_serving(released())
assert isinstance(TRAINING, tuple)
assert isinstance(SERVING, tuple)
OBJECTS: ObjectSet = (*TRAINING, *SERVING)
PATCHED = ("rayjob.yaml", "job-evaluate.yaml", "job-sign.yaml", "rayservice.yaml")
IDENTITY: tuple[Pointer, ...] = ((), ("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"))
"""Where no patch may change anything."""

CONTAINER = ("spec", "rayClusterSpec", "headGroupSpec", "template", "spec", "containers", 0)
POD = CONTAINER[:-2]
JOB_POD = ("spec", "template", "spec")


def nodes(value: Any, at: Pointer = ()) -> list[Pointer]:
    """Every place in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in inner for place in nodes(part, (*at, key)))]


PLACES = [(file, at) for file, data in OBJECTS if file in PATCHED for at in nodes(data) if at not in IDENTITY]

NAMES = st.sampled_from(["name", "env", "configMap", "configMapRef", "valueFrom", "mountPath", "containers", "x"])
SCALARS = (
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(-1e30, 1e30) | st.text(max_size=8)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)


def put(value: Any, at: Pointer, new: Any) -> Any:
    """A value with another one at a place."""
    if not at:
        return new
    if isinstance(value, dict):
        return {**value, at[0]: put(value.get(at[0]), at[1:], new)}
    return [put(part, at[1:], new) if index == at[0] else part for index, part in enumerate(value)]


def seen(file: str, at: Pointer, new: Any) -> list[Violation]:
    """What the preflight says of an object with a value at a place, once its run is named."""
    changed = tuple(RenderedObject(name, put(data, at, new) if name == file else data) for name, data in OBJECTS)
    (final,) = (data for name, data in name_run(changed) if name == file)
    problems = preflight(final)
    emit(final)
    if not any(problem.severity == "error" for problem in problems):
        pods_of(file, final)
        without_pods(final)
    return problems


@given(st.sampled_from(PLACES), JSON)
def test_any_value_anywhere(place: tuple[str, Pointer], value: Any) -> None:
    seen(*place, value)


@pytest.mark.parametrize(
    "value", [None, 5, "x", [], ["x"], [{}], {}, {"name": ["x"]}, [{"name": {"a": 1}}, {"name": 5}]]
)
def test_one_value_everywhere(value: Any) -> None:
    for file, at in PLACES:
        if len(at) <= len(CONTAINER) + 2:
            seen(file, at, value)


@pytest.mark.parametrize(
    ("file", "at", "value", "code", "pointer"),
    [
        ("rayjob.yaml", (*POD, "volumes"), [{"name": "x", "configMap": {"name": 2024}}], "wrong-type",
         "volumes.0.configMap.name"),
        ("rayjob.yaml", (*POD, "volumes"), [{"name": ["x"], "emptyDir": {}}], "wrong-type", "volumes.0.name"),
        ("rayjob.yaml", (*CONTAINER, "volumeMounts"), [{"name": {"x": 1}, "mountPath": "/x"}], "wrong-type",
         "volumeMounts.0.name"),
        ("rayjob.yaml", (*CONTAINER, "env"), [{"name": ["x"], "value": "1"}], "wrong-type", "env.0.name"),
        ("rayjob.yaml", (*CONTAINER, "env"), "x", "wrong-type", "env"),
        ("rayjob.yaml", (*CONTAINER, "env"), ["x"], "wrong-type", "env.0"),
        ("rayjob.yaml", (*CONTAINER, "envFrom"), [{"configMapRef": {"name": 7}}, {"configMapRef": {"name": "a"}}],
         "wrong-type", "envFrom.0.configMapRef.name"),
        ("rayjob.yaml", (*POD, "containers"), [], "no-container", "containers"),
        ("rayjob.yaml", (*POD, "containers"), ["x"], "wrong-type", "containers.0"),
        ("rayjob.yaml", ("spec", "rayClusterSpec"), None, "cluster-missing", "spec.rayClusterSpec"),
        ("rayjob.yaml", ("spec", "rayClusterSpec", "headGroupSpec"), None, "required", "headGroupSpec"),
        ("rayjob.yaml", ("spec",), "x", "wrong-type", "spec"),
        ("job-evaluate.yaml", ("spec",), "x", "wrong-type", "spec"),
        ("job-evaluate.yaml", ("spec", "template"), None, "required", "spec.template"),
        ("job-evaluate.yaml", (*JOB_POD, "containers"), [], "too-few-items", "containers"),
        ("job-evaluate.yaml", (*JOB_POD, "containers"), [5], "wrong-type", "containers.0"),
        ("job-evaluate.yaml", (*JOB_POD, "containers", 0, "env"), "x", "wrong-type", "env"),
        ("job-evaluate.yaml", (*JOB_POD, "containers", 0, "name"), 5, "wrong-type", "containers.0.name"),
        ("job-sign.yaml", ("metadata", "labels"), "x", "wrong-type", "metadata.labels"),
        ("job-sign.yaml", ("metadata", "labels", "team"), 5, "wrong-type", "metadata.labels.team"),
    ],
)  # fmt: skip
def test_what_the_api_server_refuses_is_said(file: str, at: Pointer, value: Any, code: str, pointer: str) -> None:
    said = [(problem.code, ".".join(map(str, problem.pointer))) for problem in seen(file, at, value)]
    assert [name for name, place in said if place.endswith(pointer)] == [f"kuberay/{code}"], said


def test_a_job_of_another_label_has_the_name_of_its_run() -> None:
    """A label is the platform's to change: the name of a Job does not hang on it."""
    changed = [RenderedObject(file, json.loads(json.dumps(data))) for file, data in TRAINING]
    for _, data in changed:
        data["metadata"]["labels"]["app.kubernetes.io/component"] = "other"
    names = {file: data["metadata"]["name"] for file, data in name_run(tuple(changed))}
    before = {file: data["metadata"]["name"] for file, data in name_run(TRAINING)}
    assert names == before
    assert names["job-evaluate.yaml"].startswith(names["rayjob.yaml"] + "-evaluate-")


def test_a_ray_job_of_a_template_keeps_its_name() -> None:
    (job,) = (data for file, data in TRAINING if file == "rayjob.yaml")
    other = RenderedObject("template-other.yaml", put(job, ("metadata", "name"), "other"))
    named = {file: data["metadata"]["name"] for file, data in name_run((*TRAINING, other))}
    assert named["template-other.yaml"] == "other"
