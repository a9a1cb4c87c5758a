"""What a live RayCluster has otherwise than its RayService, and what the autoscaler may change."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.live.edits import Edit, ignored_edits

TOLERATION = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def group(**fields: Any) -> dict[str, Any]:
    return {"groupName": "workers", "minReplicas": 1, "maxReplicas": 4, "replicas": 1, **fields}


def service(group: dict[str, Any], *, scaling: bool = True) -> dict[str, Any]:
    spec = {"rayClusterConfig": {"enableInTreeAutoscaling": scaling, "headGroupSpec": {}, "workerGroupSpecs": [group]}}
    status = {"activeServiceStatus": {"rayClusterName": "churn-v2-x7k2p"}}
    return {"metadata": {"name": "churn-v2"}, "spec": spec, "status": status}


def cluster(group: dict[str, Any], name: str = "churn-v2-x7k2p", owner: str = "churn-v2") -> dict[str, Any]:
    labels = {"ray.io/originated-from-cr-name": owner, "ray.io/originated-from-crd": "RayService"}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"headGroupSpec": {}, "workerGroupSpecs": [group]}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "as asked": (service(group()), cluster(group()), []),
    "the ceiling was raised": (
        service(group(maxReplicas=6)),
        cluster(group()),
        ["workers.maxReplicas is 4 in churn-v2-x7k2p, and 6 was asked for"],
    ),
    "the autoscaler's number": (service(group()), cluster(group(replicas=3)), []),
    "a number without the autoscaler": (
        service(group(replicas=2), scaling=False),
        cluster(group()),
        ["workers.replicas is 1 in churn-v2-x7k2p, and 2 was asked for"],
    ),
    "a toleration": (
        service(group(template={"spec": {"tolerations": [TOLERATION]}})),
        cluster(group()),
        ["workers.tolerations is none in churn-v2-x7k2p, and nvidia.com/gpu was asked for"],
    ),
    "a time limit that the cluster lacks": (
        service(group(idleTimeoutSeconds=60)),
        cluster(group()),
        ["workers.idleTimeoutSeconds is not set in churn-v2-x7k2p, and 60 was asked for"],
    ),
    "a cluster that goes": (service(group(maxReplicas=6)), cluster(group(), "churn-v2-old"), []),
    "another's cluster": (service(group(maxReplicas=6)), cluster(group(), owner="digits-v1"), []),
}


@pytest.mark.parametrize("name", CASES)
def test_edits(name: str) -> None:
    asked, found, expected = CASES[name]
    assert [str(edit) for edit in ignored_edits(asked, [found])] == expected


def test_an_edit_keeps_both_values() -> None:
    (edit,) = ignored_edits(service(group(minReplicas=2)), [cluster(group())])
    assert edit == Edit("churn-v2-x7k2p", "workers.minReplicas", 2, 1)
