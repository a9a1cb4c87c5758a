"""An operation on what is not there is a finding at its line, and what is there may be replaced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlgitops.findings import Finding
from mlgitops.render.kustomization.customize import customize, environment_objects
from tests.render.kustomization_cases import built, checked, model_objects, real_kustomize

BUDGET = {"kind": "PodDisruptionBudget"}
FILE = "environments/prod/kustomization.yaml"
LIST = "/spec/podMetricsEndpoints"


def text(*patches: tuple[dict[str, str], Any]) -> str:
    return json.dumps({"patches": [{"target": target, "patch": json.dumps(patch)} for target, patch in patches]})


def operation(name: str, path: str, **more: Any) -> list[dict[str, Any]]:
    return [{"op": name, "path": path, **more}]


def applied(kustomization: str) -> list[Finding]:
    """What customising one model says; it fails exactly when something is said."""
    done, findings = customize(checked(kustomization), {"churn": model_objects("churn")}, real_kustomize())
    assert list(done) == ([] if findings else ["churn"])
    return findings


def test_a_misspelt_path_at_its_line() -> None:
    kustomization = (
        "patches:\n- target: {kind: PodDisruptionBudget}\n  patch: |-\n"
        "    - {op: replace, path: /spec/minAvailable, value: 2}\n"
        "    - {op: replace, path: /spec/minAvailble, value: 2}\n"
    )
    place = "expected path to be a place that PodDisruptionBudget growth/churn has, got"
    (found,) = applied(kustomization)
    assert (found.code, found.severity, str(found.location)) == ("kustomize/path-absent", "error", f"{FILE}:5:27")
    assert (found.message, found.hint) == (f"{place} '/spec/minAvailble'", "did you mean `minAvailable`?")
    assert found.subject == "churn@prod"


@pytest.mark.parametrize(
    "patch",
    [
        operation("replace", "/spec/other", value=1),
        operation("replace", "/spec/other/deeper", value=1),
        operation("replace", "/metadata/annotations/a", value="b"),
        operation("replace", "/spec/minAvailable/x", value=1),
        operation("copy", "/spec/x", **{"from": "/spec/other"}),
        [*operation("add", "/spec/others", value=1), *operation("replace", "/spec/other", value=1)],
        [*operation("test", "/spec/other", value=None), *operation("replace", "/spec/other", value=1)],
    ],
)
def test_what_is_not_there(patch: Any) -> None:
    assert [found.code for found in applied(text((BUDGET, patch)))] == ["kustomize/path-absent"]


@pytest.mark.parametrize(
    "patches",
    [
        [(BUDGET, operation("replace", "/spec/minAvailable", value=1))],
        [(BUDGET, operation("replace", "/spec/selector/matchLabels/a", value="c"))],
        [(BUDGET, operation("copy", "/spec/x", **{"from": "/spec/minAvailable"}))],
        [(BUDGET, [*operation("add", "/spec/other", value=1), *operation("replace", "/spec/other", value=2)])],
        [(BUDGET, operation("add", "/spec/o", value={"a": 1})), (BUDGET, operation("replace", "/spec/o/a", value=2))],
        [
            (BUDGET, {"apiVersion": "policy/v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"other": 1}}),
            (BUDGET, operation("replace", "/spec/other", value=2)),
        ],
        [({"kind": "PodMonitor"}, operation("replace", f"{LIST}/0/interval", value="1m"))],
        [
            ({"kind": "PodMonitor"}, operation("add", f"{LIST}/-", value={"port": "b"})),
            ({"kind": "PodMonitor"}, operation("replace", f"{LIST}/1/port", value="c")),
        ],
        [({"kind": "Job", "name": "nobody"}, operation("replace", "/spec/other", value=2))],
    ],
)
def test_what_is_there(patches: Any) -> None:
    assert applied(text(*patches)) == []


def test_objects_of_the_environment() -> None:
    extra: dict[str, str | bytes] = {
        "extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n"
    }
    patch = [{"target": {"kind": "ConfigMap"}, "patch": json.dumps(operation("replace", "/data/b", value="c"))}]
    made, (found,) = environment_objects(
        checked(json.dumps({"resources": ["extra.yaml"], "patches": patch}), extra), real_kustomize()
    )
    assert (made.objects, found.code, found.location.path) == ([], "kustomize/path-absent", FILE)


def test_kustomize_would_have_carried_it_out() -> None:
    """Why there is a check of ours; where this fails, kustomize has one too."""
    patch = json.dumps(
        [*operation("replace", "/spec/other", value=1), *operation("copy", "/spec/x", **{"from": "/spec/y"})]
    )
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"}, "spec": {}}
    kustomization = {"resources": ["a.yaml"], "patches": [{"target": BUDGET, "patch": patch}]}
    (made,) = built({"kustomization.yaml": json.dumps(kustomization), "a.yaml": json.dumps(budget)})
    assert made["spec"] == {"other": 1, "x": None}
