"""The health checks in Lua 5.1, inside what Argo CD's sandbox leaves of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lupa import lua51

from mlgitops.render.health import KINDS, health_check, health_customizations

SANDBOX = """
local allowed = {time = os.time, date = os.date}
string, math, io, debug, os, loadfile, dofile, package = nil, nil, nil, nil, nil, nil, nil, nil
getmetatable("").__index = nil
function require(name)
  if name ~= "os" then error("no module " .. name) end
  return allowed
end
"""
"""util/lua of Argo CD opens base and table, preloads `os` with date and time, and gives strings no methods."""


def _ago(**parts: float) -> str:
    return (datetime.now(UTC) - timedelta(**parts)).strftime("%Y-%m-%dT%H:%M:%SZ")


def health(kind: str, obj: Mapping[str, Any], *, text: str | None = None) -> tuple[str, str]:
    """(status, message) as Argo CD would show them."""
    runtime = lua51.LuaRuntime(unpack_returned_tuples=True)
    execute = runtime.execute
    runtime.globals().obj = runtime.table_from(obj, recursive=True)
    execute(SANDBOX)
    result = execute(health_check(kind) if text is None else text)
    return result["status"], result["message"]


def _job(deployment: str = "", job: str = "", **more: Any) -> dict[str, Any]:
    status = {"jobDeploymentStatus": deployment, "jobStatus": job, **more}
    return {"metadata": {"name": "churn-1a2b3c4d", "generation": 1}, "spec": {}, "status": status}


QUEUED = {"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "ml"}}, "spec": {"suspend": True}}

JOBS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no status": (
        {"metadata": {}, "spec": {}},
        "Progressing",
        "KubeRay has not looked at the run yet",
    ),
    "empty status": (_job(), "Progressing", "KubeRay has not looked at the run yet"),
    "queued, not looked at": (QUEUED, "Suspended", "the run waits in the queue ml"),
    "queued": (
        {**QUEUED, "status": {"jobDeploymentStatus": "Suspended"}},
        "Suspended",
        "the run waits in the queue ml",
    ),
    "suspended by hand": (_job("Suspended"), "Suspended", "the run is suspended"),
    "suspending": (_job("Suspending"), "Progressing", "the run is Suspending"),
    "initializing": (_job("Initializing"), "Progressing", "the run is Initializing"),
    "waiting for a submitter": (_job("Waiting"), "Progressing", "the run is Waiting"),
    "running, not submitted": (_job("Running"), "Progressing", "the run is Running"),
    "pending": (_job("Running", "PENDING"), "Progressing", "the run is PENDING"),
    "running": (_job("Running", "RUNNING"), "Progressing", "the run is RUNNING"),
    "retrying": (
        _job("Retrying", "FAILED", reason="AppFailed"),
        "Progressing",
        "an attempt failed, the next one starts (AppFailed)",
    ),
    "succeeded": (_job("Complete", "SUCCEEDED"), "Healthy", "the run succeeded"),
    "stopped": (
        _job("Complete", "STOPPED", message="Job was stopped."),
        "Degraded",
        "the run was stopped before it ended, and made no version: Job was stopped.",
    ),
    "complete without a result": (_job("Complete"), "Degraded", "the run ended without a result, as unknown"),
    "complete and failed": (_job("Complete", "FAILED"), "Degraded", "the run failed"),
    "failed": (
        _job("Failed", "FAILED", reason="AppFailed", message="exit code 1"),
        "Degraded",
        "the run failed (AppFailed): exit code 1",
    ),
    "deadline": (
        _job("Failed", "RUNNING", reason="DeadlineExceeded"),
        "Degraded",
        "the run failed (DeadlineExceeded)",
    ),
    "refused": (
        _job("ValidationFailed", reason="ValidationFailed", message="a bad name"),
        "Degraded",
        "KubeRay refuses the run, for good, and looks at no correction of it (ValidationFailed): a bad name",
    ),
    "a status of a later version": (_job("Migrating"), "Progressing", "the run is Migrating"),
}


def _condition(name: str, status: str, reason: str = "", message: str = "", since: str = "") -> dict[str, Any]:
    found = {"type": name, "status": status, "reason": reason, "message": message}
    return {**found, "lastTransitionTime": since or _ago(minutes=1)}


READY = _condition("Ready", "True", "NonZeroServeEndpoints")
STARTING = _condition("Ready", "False", "Initializing", "RayService is initializing")
STARTING_LONG = _condition("Ready", "False", "Initializing", "RayService is initializing", _ago(minutes=21))
NO_UPGRADE = _condition("UpgradeInProgress", "False", "NoPendingCluster")
UPGRADE = _condition("UpgradeInProgress", "True", "BothActivePendingClustersExist")
RUNNING = {"churn": {"status": "RUNNING"}}
STUCK = {"churn": {"status": "DEPLOY_FAILED", "message": "the artifact's digest differs"}}
REFUSED = {
    "churn": {
        "status": "DEPLOY_FAILED",
        "message": "Failed to update the deployments ['predictor'].",
        "serveDeploymentStatuses": {
            "predictor": {"status": "DEPLOY_FAILED", "message": "error[artifact/digest]: model.ubj must be a, got b"},
            "other": {"status": "HEALTHY", "message": ""},
            "third": {"status": "DEPLOY_FAILED", "message": "Failed to update the deployments ['predictor']."},
        },
    }
}
"""As Ray 2.60 tells it, and KubeRay 1.6 passes it on: the application names the deployment, which has the traceback."""


def _service(
    *conditions: dict[str, Any],
    active: dict[str, Any] | None = None,
    pending: dict[str, Any] | None = None,
    observed: int | None = 2,
    spec: dict[str, Any] | None = None,
) -> dict[str, Any]:
    status: dict[str, Any] = {
        "conditions": list(conditions),
        "activeServiceStatus": {"rayClusterName": "churn-v2-aaaaa", "applicationStatuses": active or {}},
        "numServeEndpoints": 2,
    }
    if pending is not None:
        status["pendingServiceStatus"] = {"rayClusterName": "churn-v2-bbbbb", "applicationStatuses": pending}
    if observed is not None:
        status["observedGeneration"] = observed
    metadata = {"name": "churn-v2", "generation": 2, "creationTimestamp": _ago(minutes=2)}
    return {"metadata": metadata, "spec": spec or {"rayClusterConfig": {}}, "status": status}


def _fresh(**age: float) -> dict[str, Any]:
    return {"metadata": {"generation": 1, "creationTimestamp": _ago(**age)}, "spec": {}}


SERVICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no status": (_fresh(seconds=5), "Progressing", "KubeRay has not looked at the RayService yet"),
    "no operator": (
        _fresh(minutes=30),
        "Degraded",
        "for more than 20 minutes: KubeRay has not looked at the RayService yet",
    ),
    "refused, generation not observed": (
        _service(_condition("Ready", "False", "ValidationFailed", "min is above max"), observed=None),
        "Degraded",
        "KubeRay refuses the spec: min is above max",
    ),
    "refused while it serves": (
        _service(
            _condition("Ready", "False", "ValidationFailed", "two groups"), NO_UPGRADE, active=RUNNING, observed=1
        ),
        "Degraded",
        "KubeRay refuses the spec: two groups",
    ),
    "given up": (
        _service(_condition("Ready", "False", "InitializingTimeout")),
        "Degraded",
        "KubeRay has given up, for good: delete the RayService, and Argo CD makes it again",
    ),
    "suspended, 1.7": (
        _service(_condition("Suspended", "True")),
        "Suspended",
        "suspended: nothing is served",
    ),
    "suspended by Kueue, 1.6": (
        _service(STARTING, NO_UPGRADE, spec={"rayClusterConfig": {"suspend": True}}),
        "Suspended",
        "suspended: nothing is served",
    ),
    "suspending": (_service(READY, _condition("Suspending", "True")), "Progressing", "being suspended"),
    "change not taken up": (
        _service(READY, NO_UPGRADE, active=RUNNING, observed=1),
        "Progressing",
        "KubeRay has not taken up the last change yet",
    ),
    "an older failure, mended in Git": (
        _service(READY, UPGRADE, pending=STUCK, observed=1),
        "Progressing",
        "KubeRay has not taken up the last change yet",
    ),
    "initializing": (
        _service(STARTING, _condition("UpgradeInProgress", "False", "Initializing"), pending={}),
        "Progressing",
        "RayService is initializing",
    ),
    "first deployment": (
        _service(STARTING, NO_UPGRADE, pending={"churn": {"status": "DEPLOYING"}}),
        "Progressing",
        "RayService is initializing: application churn is DEPLOYING",
    ),
    "initializing for too long": (
        _service(STARTING_LONG, NO_UPGRADE, pending={}),
        "Degraded",
        "for more than 20 minutes: RayService is initializing",
    ),
    "first deployment failed": (
        _service(STARTING, NO_UPGRADE, pending=STUCK),
        "Degraded",
        "application churn is DEPLOY_FAILED: the artifact's digest differs",
    ),
    "an artifact is refused, as its deployment tells": (
        _service(STARTING, NO_UPGRADE, pending=REFUSED),
        "Degraded",
        "application churn is DEPLOY_FAILED: Failed to update the deployments ['predictor']. "
        "error[artifact/digest]: model.ubj must be a, got b",
    ),
    "ready, application in place still deploying": (
        _service(READY, NO_UPGRADE, active={"churn": {"status": "DEPLOYING"}}),
        "Progressing",
        "application churn is DEPLOYING",
    ),
    "one of two applications not running": (
        _service(READY, NO_UPGRADE, active={"a": {"status": "RUNNING"}, "b": {"status": "NOT_STARTED"}}),
        "Progressing",
        "application b is NOT_STARTED",
    ),
    "an application without a status": (
        _service(READY, NO_UPGRADE, active={"churn": {}}),
        "Progressing",
        "application churn is unknown",
    ),
    "ready, application unhealthy": (
        _service(READY, NO_UPGRADE, active={"churn": {"status": "UNHEALTHY"}}),
        "Degraded",
        "application churn is UNHEALTHY",
    ),
    "upgrade": (
        _service(READY, UPGRADE, pending={"churn": {"status": "DEPLOYING"}}),
        "Progressing",
        "churn-v2-bbbbb is being prepared: application churn is DEPLOYING",
    ),
    "upgrade, both running, traffic not moved": (
        _service(READY, UPGRADE, active=RUNNING, pending=RUNNING),
        "Progressing",
        "churn-v2-bbbbb is being prepared",
    ),
    "upgrade that fails while the old cluster serves": (
        _service(READY, UPGRADE, pending=STUCK),
        "Degraded",
        "application churn is DEPLOY_FAILED: the artifact's digest differs",
    ),
    "upgrade without end": (
        _service(READY, {**UPGRADE, "lastTransitionTime": _ago(hours=3)}, pending={}),
        "Degraded",
        "for more than 20 minutes: churn-v2-bbbbb is being prepared",
    ),
    "no active cluster": (
        _service(READY, _condition("UpgradeInProgress", "Unknown", "NoActiveCluster")),
        "Progressing",
        "a new cluster is being prepared",
    ),
    "going back, 1.7": (
        _service(READY, NO_UPGRADE, _condition("RollbackInProgress", "True"), active=RUNNING),
        "Progressing",
        "going back to the cluster of before",
    ),
    "no endpoints for a moment": (
        # minutes ahead: this is read when tests are collected, and asked when its turn comes
        _service(
            _condition("Ready", "False", "ZeroServeEndpoints", since=_ago(minutes=-30)), NO_UPGRADE, active=RUNNING
        ),
        "Progressing",
        "no pod answers requests at the moment",
    ),
    "no endpoints": (
        _service(_condition("Ready", "False", "ZeroServeEndpoints", since=_ago(minutes=2)), NO_UPGRADE, active=RUNNING),
        "Degraded",
        "no pod answers requests",
    ),
    "no application reported": (
        _service(READY, NO_UPGRADE),
        "Progressing",
        "Ray Serve has reported no application yet",
    ),
    "serving": (_service(READY, NO_UPGRADE, active=RUNNING), "Healthy", "2 pods answer requests"),
}


def _cluster(*conditions: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {"metadata": {"generation": 3}, "status": {"conditions": list(conditions), **status}}


HEAD, PROVISIONED = _condition("HeadPodReady", "True"), _condition("RayClusterProvisioned", "True")

CLUSTERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no status": ({"metadata": {}}, "Progressing", "KubeRay has not looked at the cluster yet"),
    "head starting": (
        _cluster(_condition("HeadPodReady", "False", "ContainersNotReady", "containers with unready status")),
        "Progressing",
        "the head is not ready: containers with unready status",
    ),
    "workers starting": (
        _cluster(HEAD, _condition("RayClusterProvisioned", "False", "", "1 of 2")),
        "Progressing",
        "pods are not ready yet: 1 of 2",
    ),
    "ready": (_cluster(HEAD, PROVISIONED, observedGeneration=3), "Healthy", "the cluster is ready"),
    "change not taken up": (
        _cluster(HEAD, PROVISIONED, observedGeneration=2),
        "Progressing",
        "KubeRay has not taken up the last change yet",
    ),
    "head lost after it was provisioned": (
        _cluster(_condition("HeadPodReady", "False"), PROVISIONED),
        "Progressing",
        "the head is not ready",
    ),
    "pods refused": (
        _cluster(HEAD, PROVISIONED, _condition("ReplicaFailure", "True", "FailedCreateWorkerPod", "exceeded quota")),
        "Degraded",
        "a pod could not be made or removed: exceeded quota",
    ),
    "failed": (_cluster(state="failed", reason="no head"), "Degraded", "the cluster failed: no head"),
    "suspending": (
        _cluster(HEAD, _condition("RayClusterSuspending", "True")),
        "Progressing",
        "the cluster is being suspended",
    ),
    "suspended": (_cluster(_condition("RayClusterSuspended", "True")), "Suspended", "the cluster is suspended"),
    "no conditions, ready": (_cluster(state="ready"), "Healthy", "the cluster is ready"),
}

CASES = [
    pytest.param(kind, *case, id=f"{kind}: {name}")
    for kind, cases in (("RayJob", JOBS), ("RayService", SERVICES), ("RayCluster", CLUSTERS))
    for name, case in cases.items()
]


@pytest.mark.parametrize(("kind", "obj", "status", "message"), CASES)
def test_states(kind: str, obj: dict[str, Any], status: str, message: str) -> None:
    assert health(kind, obj) == (status, message)


def test_the_sandbox_is_as_narrow_as_argo_cd_s() -> None:
    for text in ('return ("x"):upper()', "return math.max(1, 2)", "return os.time()", 'return require("io")'):
        with pytest.raises(lua51.LuaError):
            health("RayJob", {}, text=text)


def test_every_kind_is_under_the_key_that_argo_cd_reads() -> None:
    assert health_customizations() == {
        "resource.customizations.health.ray.io_RayCluster": health_check("RayCluster"),
        "resource.customizations.health.ray.io_RayJob": health_check("RayJob"),
        "resource.customizations.health.ray.io_RayService": health_check("RayService"),
    }
    assert len(KINDS) == 3
