"""A rendered value leads back to the line of the person who decided it."""

from __future__ import annotations

import pytest

from mlgitops.render.emit import emit
from mlgitops.render.objects import RenderedObject
from mlgitops.render.trace import TracedInt, TracedStr, derived, location_of, pointer_of, source_map, traced
from mlgitops.render.training import render_training
from tests.render.resolved_models import (
    FULL_ENVIRONMENT,
    FULL_MODEL,
    MINIMAL_ENVIRONMENT,
    MINIMAL_MODEL,
    resolved_model,
)

GROUP = ("spec", "rayClusterSpec", "workerGroupSpecs", 0)
WORKER = (*GROUP, "template", "spec", "containers", 0)


def full_map():
    return source_map(render_training(traced(resolved_model())))


def test_leaves_know_their_place():
    model = traced(resolved_model())
    assert type(model.spec.training.seed) is TracedInt
    assert model.spec.training.seed == 7
    assert model.spec.training.seed.pointer == ("training", "seed")
    assert model.spec.data[1].uri.pointer == ("data", 1, "uri")
    assert model.metadata.name.pointer == ("metadata", "name")
    assert model.environment.head.memory.pointer == ("environment", "head", "memory")
    assert model.spec.training.hyperparameters["learningRate"].pointer == (
        "training",
        "hyperparameters",
        "learningRate",
    )


def test_rendering_a_traced_model_gives_the_same_bytes():
    for model in (resolved_model(), resolved_model(MINIMAL_MODEL, MINIMAL_ENVIRONMENT, {})):
        plain, marked = render_training(model), render_training(traced(model))
        assert [emit(one.data) for one in plain] == [emit(one.data) for one in marked]


def test_derived_passes_the_mark_on_and_leaves_the_rest_alone():
    source = TracedStr("6h")
    source.pointer = ("training", "deadline")
    value = derived(21600, "plain", source)
    assert (value, value.pointer) == (21600, ("training", "deadline"))
    plain = "unchanged"
    assert derived(plain, "6h") is plain
    assert derived(True, source) is True


@pytest.mark.parametrize(
    ("pointer", "origin"),
    [
        ((*WORKER, "resources", "limits", "nvidia.com/gpu"), ("training", "accelerators", "perWorker")),
        ((*WORKER, "resources", "requests", "memory"), ("training", "resources", "memory")),
        ((*WORKER, "image"), ("environment", "images", "training", "torch")),
        ((*WORKER, "env", 5, "value"), ("training", "env", 0, "value")),
        ((*GROUP, "replicas"), ("training", "workers")),
        (("spec", "activeDeadlineSeconds"), ("training", "deadline")),
        (("metadata", "labels", "kueue.x-k8s.io/max-exec-time-seconds"), ("training", "deadline")),
        (("metadata", "labels", "example.com/cost-centre"), ("metadata", "labels", "example.com/cost-centre")),
    ],
)
def test_a_rendered_leaf_leads_to_its_source(pointer, origin):
    assert pointer_of(full_map(), "rayjob.yaml", pointer) == origin


def test_what_has_no_mark_takes_what_its_neighbours_have_in_common():
    sources = full_map()
    assert pointer_of(sources, "rayjob.yaml", (*WORKER, "resources", "limits")) == ("training",)
    assert pointer_of(sources, "rayjob.yaml", (*WORKER, "env", 6, "valueFrom", "secretKeyRef", "optional")) == (
        "training",
        "env",
        1,
        "secret",
    )
    tolerations = (*GROUP, "template", "spec", "tolerations")
    here = ("environment", "accelerators", "A100", "tolerations")
    assert pointer_of(sources, "rayjob.yaml", tolerations) == here
    assert pointer_of(sources, "rayjob.yaml", (*tolerations, 0, "tolerationSeconds")) == (*here, 0)


def test_what_nobody_decided_takes_the_default():
    sources = source_map([RenderedObject("rayjob.yaml", {"spec": {"backoffLimit": 0}})])
    assert pointer_of(sources, "rayjob.yaml", ("spec", "backoffLimit"), ("training",)) == ("training",)
    assert pointer_of(full_map(), "elsewhere.yaml", ("spec",), ("training",)) == ("training",)


def line_of(text: str, fragment: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def test_locations_are_lines_that_people_wrote():
    model = resolved_model()
    deadline = location_of(model, ("training", "deadline"))
    assert str(deadline) == f"specs/churn/model.yaml:{line_of(FULL_MODEL, 'deadline: 6h')}:15"
    label = location_of(model, ("metadata", "labels", "example.com/cost-centre"), key=True)
    assert str(label) == f"specs/churn/model.yaml:{line_of(FULL_MODEL, 'cost-centre')}:12"
    memory = location_of(model, ("environment", "head", "memory"))
    assert str(memory) == f"environments/env/environment.yaml:{line_of(FULL_ENVIRONMENT, 'head:')}:26"
    missing = location_of(model, ("environment", "head", "storage"))
    assert missing.line == memory.line
