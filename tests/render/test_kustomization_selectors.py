"""Targets select the same objects here as in the real kustomize: which patch goes to which shard depends on it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlgitops.render.kustomization.selectors import Unreadable, pattern, requirements
from mlgitops.render.kustomization.values import Requirement, object_stream
from tests.render.kustomization_cases import built, checked

OBJECTS: list[dict[str, Any]] = [
    {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"namespace": ns} if ns else {}), **more}}
    for api, kind, ns, name, more in (
        ("v1", "ConfigMap", "growth", "churn", {"labels": {"team": "growth", "tier": "gold"}}),
        ("v1", "ConfigMap", "growth", "churn-code", {"labels": {"team": "growth"}, "annotations": {"note": "x"}}),
        ("v1", "ConfigMap", "risk", "fraud", {"labels": {"team": "risk", "legacy": ""}}),
        ("v1", "ConfigMap", "", "bare", {}),
        ("v1", "Namespace", "", "growth", {"labels": {"team": "growth"}}),
        ("batch/v1", "Job", "growth", "churn", {"labels": {"a.b/c": "d_e"}}),
        ("batch/v1", "CronJob", "default", "churn.nightly", {}),
        ("ray.io/v1", "RayJob", "growth", "churn", {"annotations": {"note": "y"}}),
        ("ray.io/v1alpha1", "RayJob", "growth", "old", {}),
        ("apps/v1", "Deployment", "risk", "digits2", {}),
    )
]
TARGETS: list[dict[str, str]] = [
    {"kind": "ConfigMap"},
    {"kind": "Job"},
    {"kind": ".*Job"},
    {"kind": "RayJob|Job"},
    {"kind": "(Ray|Cron)Job"},
    {"kind": "(?:Ray)?Job"},
    {"kind": "configmap"},
    {"name": "churn"},
    {"name": "churn.*"},
    {"name": "churn-.+"},
    {"name": "churn\\.nightly"},
    {"name": "churn.nightly"},
    {"name": "^churn$"},
    {"name": "[a-d].*"},
    {"name": "[^a-d].*"},
    {"name": "digits\\d"},
    {"name": "digits[0-9]{1,2}"},
    {"name": "o?ld|bare"},
    {"name": "c"},
    {"namespace": "growth"},
    {"namespace": "default"},
    {"namespace": "gr.*|risk"},
    {"group": "ray.io"},
    {"group": "batch|apps"},
    {"version": "v1"},
    {"version": "v1alpha1"},
    {"group": "ray.io", "version": "v1", "kind": "RayJob", "name": "churn", "namespace": "growth"},
    {"labelSelector": "team=growth"},
    {"labelSelector": "team==growth,tier=gold"},
    {"labelSelector": "team!=growth"},
    {"labelSelector": "team in (growth, risk)"},
    {"labelSelector": "team notin (growth)"},
    {"labelSelector": "legacy"},
    {"labelSelector": "!legacy"},
    {"labelSelector": "!legacy,team"},
    {"labelSelector": "legacy="},
    {"labelSelector": "a.b/c in (d_e)"},
    {"annotationSelector": "note"},
    {"annotationSelector": "note=x"},
    {"annotationSelector": "note notin (x)", "kind": "RayJob"},
]


@pytest.fixture(scope="module")
def selected() -> list[list[int]]:
    """For each target, the objects that kustomize selects: each patch leaves its number on them."""
    patches = [
        {"target": target, "patch": json.dumps([{"op": "add", "path": f"/selected{number}", "value": 1}])}
        for number, target in enumerate(TARGETS)
    ]
    marked = built(
        {
            "kustomization.yaml": json.dumps({"resources": ["objects.yaml"], "patches": patches}),
            "objects.yaml": object_stream(OBJECTS),
        }
    )
    assert len(marked) == len(OBJECTS)
    place = {_key(obj): index for index, obj in enumerate(OBJECTS)}
    return [sorted(place[_key(obj)] for obj in marked if f"selected{number}" in obj) for number in range(len(TARGETS))]


def _key(obj: dict[str, Any]) -> tuple[str, ...]:
    return (obj["apiVersion"], obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


@pytest.mark.parametrize("number", range(len(TARGETS)), ids=[json.dumps(target) for target in TARGETS])
def test_selects_what_kustomize_selects(number: int, selected: list[list[int]]) -> None:
    entry = {"target": TARGETS[number], "patch": '[{"op": "add", "path": "/x", "value": 1}]'}
    (patch,) = checked(json.dumps({"patches": [entry]})).patches
    assert [index for index, obj in enumerate(OBJECTS) if patch.touches(obj)] == selected[number]


def test_targets_differ() -> None:
    """A selector that selects all or nothing would agree with itself."""
    counts = {
        sum(
            checked(json.dumps({"patches": [{"target": t, "patch": "[{op: remove, path: /x}]"}]})).patches[0].touches(o)
            for o in OBJECTS
        )
        for t in TARGETS
    }
    assert counts >= {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    "text",
    ["(a+)+", "(a|b)*", "(a*)?", "((a)+b)*", "a**", "a+?", "*a", "|*", "(", ")", "a)", "(a", "[a", "[]", "a{2}{2}",
     "(?i)a", "(?P<x>a)", "\\1", "\\s", "a b", "ä", ".*.*.*.*.*", "x" * 201],
)  # fmt: skip
def test_patterns_that_are_refused(text: str) -> None:
    assert isinstance(pattern(text), Unreadable)


@pytest.mark.parametrize("text", ["a|b", "(a|b)c", "(ab)*", "(?:ab)+c?", "a.*b.*c", "[a-z0-9-]+", "^a$", "a{2,}", ""])
def test_patterns_that_are_taken(text: str) -> None:
    assert not isinstance(pattern(text), Unreadable)


def test_requirements() -> None:
    assert requirements("a=b, c != d,e in (f, g), h notin (i),j , !k") == (
        Requirement("a", "in", frozenset({"b"})),
        Requirement("c", "notin", frozenset({"d"})),
        Requirement("e", "in", frozenset({"f", "g"})),
        Requirement("h", "notin", frozenset({"i"})),
        Requirement("j", "exists"),
        Requirement("k", "absent"),
    )


@pytest.mark.parametrize(
    "text", ["", " ", ",", "a,", ",a", "a=b=c", "a in", "a in ()", "a in b", "=b", "a b", "a=-", "!"]
)
def test_requirements_that_are_refused(text: str) -> None:
    assert isinstance(requirements(text), Unreadable)
