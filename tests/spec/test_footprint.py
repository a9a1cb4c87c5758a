"""What a model takes of an environment: ceilings, with the heads, at the environment's prices."""

from __future__ import annotations

import pytest

from mlgitops.render.ray_cluster import HEAD_CPU, HEAD_MEMORY
from mlgitops.spec import footprint as module
from mlgitops.spec.code import code_of
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.version import Version
from mlgitops.spec.footprint import NOTHING, Part, cost_per_run, footprint
from mlgitops.spec.resolve import ResolvedModel, resolve
from tests.spec.example_documents import CODE, ENVIRONMENT, FULL_MODEL, MODEL, RELEASE, VERSION, changed, written

PRICES = "  prices: {cpu: 0.05, memoryGiB: 0.01, accelerators: {A100: 3, T4: 0.5}}\n"
HEAD = "  head: {cpu: 2, memory: 8Gi}\n"


def resolved(model: str = MODEL, environment: str = ENVIRONMENT, *, released: bool = False) -> ResolvedModel:
    result = resolve(
        written(Model, model),
        written(Environment, environment),
        version=written(Version, VERSION) if released else None,
        release=written(Release, RELEASE) if released else None,
        training_code=code_of(CODE, "train"),
        candidate_code=code_of(CODE, "serve"),
    )
    assert isinstance(result, ResolvedModel), result
    return result


def test_a_model_that_says_nothing() -> None:
    taken = footprint(resolved())
    assert taken.training == Part(2, 2.0, 6.0, {}, 0.0)
    assert (taken.serving, taken.accelerators, taken.cost_per_month) == (NOTHING, {}, 0.0)


def test_a_model_that_says_all() -> None:
    model = resolved(FULL_MODEL, ENVIRONMENT + PRICES + HEAD, released=True)
    taken = footprint(model)
    # 4 workers of 8 cores, 32 GiB and 2 A100 each, and a head; 6 replicas of 2 cores, 4 GiB and one T4, and a head.
    assert taken.training == Part(5, 34.0, 136.0, {"A100": 8}, pytest.approx(34 * 0.05 + 136 * 0.01 + 8 * 3))
    assert taken.serving == Part(7, 14.0, 32.0, {"T4": 6}, pytest.approx(14 * 0.05 + 32 * 0.01 + 6 * 0.5))
    assert taken.accelerators == {"A100": 8, "T4": 6}
    assert taken.cost_per_month == pytest.approx((14 * 0.05 + 32 * 0.01 + 6 * 0.5) * 730)
    assert cost_per_run(model) == pytest.approx((34 * 0.05 + 136 * 0.01 + 8 * 3) * 6)


def test_accelerators_of_one_type_add_up() -> None:
    model = resolved(changed(FULL_MODEL, "type: T4", "type: A100"), ENVIRONMENT, released=True)
    assert footprint(model).accelerators == {"A100": 14}


def test_what_does_not_serve_takes_nothing() -> None:
    assert footprint(resolved(FULL_MODEL)).serving == NOTHING
    silent = changed(ENVIRONMENT, "serves: true", "serves: false")
    assert footprint(resolved(FULL_MODEL, silent, released=True)).serving == NOTHING


def test_what_does_not_train_takes_nothing() -> None:
    assert footprint(resolved(FULL_MODEL, changed(ENVIRONMENT, "trains: true", "trains: false"))).training == NOTHING


def test_replicas_without_a_ceiling_count_as_their_least() -> None:
    model = resolved(changed(FULL_MODEL, "replicas: {min: 2, max: 6}", "replicas: {min: 2}"), released=True)
    assert footprint(model).serving.pods == 3


def test_a_run_without_a_deadline_counts_a_day() -> None:
    model = resolved(MODEL, ENVIRONMENT + PRICES)
    assert cost_per_run(model) == pytest.approx((2 * 0.05 + 6 * 0.01) * 24)


def test_an_accelerator_without_a_price_costs_its_cores_alone() -> None:
    model = resolved(FULL_MODEL, ENVIRONMENT + "  prices: {cpu: 1}\n")
    assert footprint(model).training.cost_per_hour == pytest.approx(33.0)


def test_a_head_is_what_is_rendered() -> None:
    assert (HEAD_CPU, HEAD_MEMORY) == (module.HEAD_CPU, module.HEAD_MEMORY)
