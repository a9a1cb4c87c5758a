"""What differs between Git and the cluster, and what only looks as if it did."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.live.differing import Differing, differing
from mlgitops.plan.fields import FieldChange

FILE = "rendered/prod/churn/serve/service.yaml"


def thing(spec: Any, name: str = "churn", kind: str = "Service", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "prod"}, "spec": spec, **more}


SAME: dict[str, tuple[Any, Any]] = {
    "what the API adds": ({"port": 1}, {"port": 1, "clusterIP": "10.0.0.1"}),
    "a default in a list": ({"ports": [{"port": 1}]}, {"ports": [{"port": 1, "protocol": "TCP"}]}),
    "an item that an operator adds": ({"env": [{"name": "A"}]}, {"env": [{"name": "A"}, {"name": "B"}]}),
    "a quantity": ({"cpu": "1000m", "memory": "2048Mi"}, {"cpu": "1", "memory": "2Gi"}),
    "a number as text": ({"cpu": 1}, {"cpu": "1"}),
    "nothing, said": ({"nodeSelector": {}, "value": ""}, {}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same(name: str) -> None:
    git, live = SAME[name]
    assert differing({FILE: thing(git)}, [thing(live, status={"x": 1})]) == []


DIFFERENT: dict[str, tuple[Any, Any, list[str]]] = {
    "a value": ({"port": 1}, {"port": 2}, ["spec.port: 2 → 1"]),
    "a field that the cluster lacks": ({"port": 1}, {}, ["spec.port: + 1"]),
    "a quantity": ({"cpu": "2"}, {"cpu": "1500m"}, ['spec.cpu: "1500m" → "2"']),
    "true is not 1": ({"on": True}, {"on": 1}, ["spec.on: 1 → true"]),
    "an item": (
        {"env": [{"name": "A", "value": "1"}]},
        {"env": [{"name": "A", "value": "2"}]},
        ['spec.env[A].value: "2" → "1"'],
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    git, live, expected = DIFFERENT[name]
    (found,) = differing({FILE: thing(git)}, [thing(live)])
    assert [str(field) for field in found.fields] == expected


def test_objects_that_one_side_lacks() -> None:
    assert differing({FILE: thing({})}, [thing({}, "other")]) == [
        Differing(FILE, "Service", "prod", "churn", "Git"),
        Differing("", "Service", "prod", "other", "cluster"),
    ]


def test_what_stays_on_purpose() -> None:
    run = thing({}, "churn-1a2b3c4d", "RayJob")
    run["metadata"]["annotations"] = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
    assert differing({}, [run]) == []


@pytest.mark.parametrize("scaling", [True, False])
def test_the_autoscalers_number(scaling: bool) -> None:
    def service(replicas: int) -> dict[str, Any]:
        group = {"groupName": "workers", "replicas": replicas}
        config = {"enableInTreeAutoscaling": scaling, "workerGroupSpecs": [group]}
        return thing({"rayClusterConfig": config}, kind="RayService")

    expected = [] if scaling else [FieldChange("spec.rayClusterConfig.workerGroupSpecs[workers].replicas", 3, 1)]
    found = differing({FILE: service(1)}, [service(3)])
    assert [field for one in found for field in one.fields] == expected
