"""Two releases rendered side by side, and who answers at each step: whole routes."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from mlgitops.render.serving import render_serving
from mlgitops.spec.code import code_of
from mlgitops.spec.footprint import footprint
from tests.render.resolved_models import resolved_model
from tests.render.serving_models import CODE, ENVIRONMENT, MODEL, RELEASE, VERSION
from tests.spec.example_documents import DIGEST, changed

Json = Any
NEW = changed(VERSION, "name: v14,", "name: v15,")
OTHER_CODE = {**CODE, "serve.py": CODE["serve.py"] + "\nMORE = 1\n"}
PREVIOUS = f'previous: {{version: v14, recordDigest: "{DIGEST["d"]}"}}'


def resolved(version: str, rollout: str | None, code: dict[str, str]):
    release = RELEASE.rstrip("\n") + "\n" + (f"  rollout: {{{rollout}}}\n" if rollout else "")
    return resolved_model(MODEL, ENVIRONMENT, version=version, release=release, serving_code=code)


def objects(rollout: str, *, over: bool = False) -> dict[str, Json]:
    """The objects of v15 in a rollout, beside v14 unless that is over."""
    rollout = rollout if over else f"{rollout}, {PREVIOUS}"
    previous = None if over else resolved(VERSION, rollout, dict(CODE))
    result = render_serving(resolved(NEW, rollout, OTHER_CODE), code_of(CODE, "serve"), previous)
    assert isinstance(result, tuple), result
    return {one.file: one.data for one in result}


def alone(version: str, code: dict[str, str], predecessor: dict[str, str] | None = None) -> dict[str, Json]:
    before = code_of(predecessor, "serve") if predecessor else None
    result = render_serving(resolved(version, None, code), before)
    assert isinstance(result, tuple), result
    return {one.file: one.data for one in result}


V14, V15 = alone(VERSION, dict(CODE)), alone(NEW, OTHER_CODE, dict(CODE))
OLD = {"group": "", "kind": "Service", "name": "churn-v14-serve-svc", "port": 8000}
YOUNG = {**OLD, "name": "churn-v15-serve-svc"}
MIRROR = {"type": "RequestMirror", "requestMirror": {"backendRef": YOUNG}}

STEPS = {
    "canary-0": ("strategy: canary, weight: 0", [(OLD, 100)], []),
    "canary-5": ("strategy: canary, weight: 5", [(OLD, 95), (YOUNG, 5)], []),
    "canary-100": ("strategy: canary, weight: 100", [(YOUNG, 100)], []),
    "blueGreen-0": ("strategy: blueGreen, weight: 0", [(OLD, 100)], []),
    "abTest-50": ("strategy: abTest, weight: 50", [(OLD, 50), (YOUNG, 50)], []),
    "shadow": ("strategy: shadow, weight: 0, mirror: true", [(OLD, 100)], [MIRROR]),
    "aborted": ("strategy: canary, weight: 0, aborted: true", [(OLD, 100)], []),
}


def route(weights: list[tuple[Json, int]], filters: list[Json]) -> Json:
    """The model's route with other backends, and filters before its own."""
    expected = copy.deepcopy(V15["httproute.yaml"])
    for rule in expected["spec"]["rules"]:
        rule["backendRefs"] = [{**backend, "weight": weight} for backend, weight in weights]
        if filters:
            rule["filters"] = [*filters, *rule.get("filters", [])]
    return expected


@pytest.mark.parametrize("name", STEPS)
def test_both_releases_and_the_route(name: str) -> None:
    rollout, weights, filters = STEPS[name]
    found = objects(rollout)
    expected = {
        **V15,
        "rayservice-previous.yaml": V14["rayservice.yaml"],
        "httproute.yaml": route(weights, filters),
    }
    assert found == expected


def test_a_step_changes_the_route_alone() -> None:
    steps = [objects(rollout) for rollout, _, _ in STEPS.values()]
    for step in steps:
        step.pop("httproute.yaml")
    assert all(step == steps[0] for step in steps)


def test_the_end_of_a_rollout_keeps_the_route_where_it_is() -> None:
    found = objects("strategy: canary, weight: 100", over=True)
    assert found == {**V15, "httproute.yaml": route([(YOUNG, 100)], [])}
    assert found["httproute.yaml"] == objects("strategy: canary, weight: 100")["httproute.yaml"]


@pytest.mark.parametrize(
    ("cohort", "header"),
    [
        (
            "{name: X-Cohort, value: b.1}",
            {"name": "X-Cohort", "type": "Exact", "value": "b.1"},
        ),
        (
            "{by: cookie, name: cohort, value: b.1}",
            {"name": "Cookie", "type": "RegularExpression", "value": "^(.*; )?cohort=b[.]1(;.*)?$"},
        ),
    ],
)
def test_a_cohort_gets_rules_of_its_own(cohort: str, header: Json) -> None:
    rules = objects(f"strategy: abTest, weight: 0, cohort: {cohort}")["httproute.yaml"]["spec"]["rules"]
    for_all = route([(OLD, 100)], [])["spec"]["rules"]
    own = route([(YOUNG, 100)], [])["spec"]["rules"]
    for rule in own:
        rule["matches"] = [{**match, "headers": [header]} for match in rule["matches"]]
    assert rules == own + for_all


@pytest.mark.parametrize(
    ("cookie", "matches"),
    [
        ("cohort=b.1", True),
        ("a=1; cohort=b.1; c=2", True),
        ("xcohort=b.1", False),
        ("cohort=b.11", False),
        ("cohort=bx1", False),
        ("a=cohort=b.1", False),
    ],
)
def test_which_cookies_are_of_the_cohort(cookie: str, matches: bool) -> None:
    assert (re.search("^(.*; )?cohort=b[.]1(;.*)?$", cookie) is not None) == matches


def test_releases_with_routes_of_their_own_are_never_mixed() -> None:
    paths = {}
    other = changed(NEW, "route: /churn", "route: /leaving")
    for weight in (0, 100):
        text = f"strategy: blueGreen, weight: {weight}, {PREVIOUS}"
        previous = resolved(VERSION, text, dict(CODE))
        result = render_serving(resolved(other, text, OTHER_CODE), None, previous)
        assert isinstance(result, tuple)
        rule = {one.file: one.data for one in result}["httproute.yaml"]["spec"]["rules"][0]
        paths[weight] = (rule["matches"][0]["path"]["value"], [one["name"] for one in rule["backendRefs"]])
    assert paths == {0: ("/churn", ["churn-v14-serve-svc"]), 100: ("/leaving", ["churn-v15-serve-svc"])}


def test_the_longer_timeout_holds_while_both_answer() -> None:
    slow = changed(NEW, "timeout: 2500ms", "timeout: 20s")
    found = {}
    for weight in (0, 5, 100):
        text = f"strategy: canary, weight: {weight}, {PREVIOUS}"
        for new, old in ((slow, VERSION), (NEW, slow.replace("v15,", "v14,"))):
            result = render_serving(resolved(new, text, OTHER_CODE), None, resolved(old, text, dict(CODE)))
            assert isinstance(result, tuple)
            rule = {one.file: one.data for one in result}["httproute.yaml"]["spec"]["rules"][0]
            found[weight, new is slow] = rule["timeouts"]["request"]
    assert found == {
        (0, True): "7s500ms",
        (5, True): "25s",
        (100, True): "25s",
        (0, False): "25s",
        (5, False): "25s",
        (100, False): "7s500ms",
    }


def test_both_take_room_and_cost_as_one() -> None:
    one = footprint(resolved(NEW, "strategy: canary, weight: 100", OTHER_CODE))
    both = footprint(resolved(NEW, f"strategy: canary, weight: 5, {PREVIOUS}", OTHER_CODE))
    assert both.serving.accelerators == {name: 2 * n for name, n in one.serving.accelerators.items()} != {}
    assert (both.serving.pods, both.serving.cpu) == (2 * one.serving.pods, 2 * one.serving.cpu)
    assert both.serving.memory_gib == 2 * one.serving.memory_gib
    assert both.cost_per_month == one.cost_per_month
    assert both.training == one.training
