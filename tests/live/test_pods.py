"""What keeps pods from running, in the words of the scheduler and of the kubelet."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.live.pods import trouble_of, troubles

UNSCHEDULABLE = (
    "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate,"
    " preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
)


def pod(name: str = "churn-v2-x7k2p-head", **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": status}


def unschedulable(name: str = "churn-v2-x7k2p-head") -> dict[str, Any]:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": UNSCHEDULABLE}
    return pod(name, phase="Pending", conditions=[condition])


def waits(reason: str, message: str = "", kind: str = "containerStatuses") -> dict[str, Any]:
    state: Any = {"waiting": {"reason": reason, "message": message}}
    statuses: dict[str, Any] = {kind: [{"name": "ray-head", "state": state}]}
    return pod(**statuses)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "runs": (pod(phase="Running", conditions=[{"type": "PodScheduled", "status": "True"}]), ""),
    "no node takes it": (
        unschedulable(),
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector.",
    ),
    "no image": (
        waits("ImagePullBackOff", "Back-off pulling image x"),
        "ray-head: ImagePullBackOff: Back-off pulling image x",
    ),
    "ends again and again": (waits("CrashLoopBackOff"), "ray-head: CrashLoopBackOff"),
    "an init container": (
        waits("CreateContainerConfigError", 'secret "x" not found', "initContainerStatuses"),
        'ray-head: CreateContainerConfigError: secret "x" not found',
    ),
    "its turn will come": (waits("PodInitializing"), ""),
    "nothing is known": ({"metadata": {"name": "x"}}, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_trouble(name: str) -> None:
    found, expected = CASES[name]
    assert trouble_of(found) == expected


def test_each_trouble_once_and_of_the_owner_alone() -> None:
    pods = [unschedulable("churn-v2-a-head"), unschedulable("churn-v2-a-worker"), unschedulable("churn-v1-b-head")]
    assert troubles(pods, "churn-v2") == (f"pod churn-v2-a-head waits: {trouble_of(pods[0])}",)
    assert troubles(pods, "digits-v2") == ()
