"""What Argo CD and KubeRay say, as JSON of the form that they give it; recorded documents are held to it too."""

from __future__ import annotations

from typing import Any

Json = Any

NEW, OLD = "b" * 40, "a" * 40
REPOSITORY = "https://git.example.com/ml/models.git"


def resource(kind: str, name: str, sync: str = "Synced", health: str = "", message: str = "", **more: Any) -> Json:
    group = {"RayService": "ray.io", "RayJob": "ray.io", "Job": "batch"}.get(kind, "")
    found: Json = {"group": group, "version": "v1", "kind": kind, "namespace": "prod-growth", "name": name}
    found["status"] = sync
    if health:
        found["health"] = {"status": health, **({"message": message} if message else {})}
    return {key: value for key, value in {**found, **more}.items() if value != ""}


def operation(phase: str, revision: str = NEW, message: str = "", refused: Json = (), retries: int = 0) -> Json:
    found = {
        "operation": {"sync": {"revision": revision}},
        "phase": phase,
        "message": message,
        "startedAt": "2026-11-21T10:00:00Z",
        "syncResult": {"revision": revision, "resources": list(refused)},
    }
    return {**found, **({"retryCount": retries} if retries else {})}


def refused(kind: str, name: str, message: str) -> Json:
    return {
        "group": "ray.io",
        "version": "v1",
        "kind": kind,
        "namespace": "prod-growth",
        "name": name,
        "status": "SyncFailed",
        "message": message,
        "hookPhase": "Failed",
        "syncPhase": "Sync",
    }


def application(
    part: str = "serve",
    *,
    sync: str = "Synced",
    health: str = "Healthy",
    compared: str = NEW,
    operation: Json = None,
    resources: Json = (),
    conditions: Json = (),
    model: str = "churn",
    environment: str = "prod",
    automated: bool = True,
    **metadata: Any,
) -> Json:
    status: dict[str, Json] = {
        "sync": {"status": sync, "revision": compared},
        "health": {"status": health},
        "history": [{"id": 0, "revision": OLD, "deployedAt": "2026-11-20T09:00:00Z"}],
        "resources": list(resources),
    }
    if sync == "Synced":
        status["history"].append({"id": 1, "revision": compared, "deployedAt": "2026-11-21T10:00:05Z"})
    if operation:
        status["operationState"] = operation
    if conditions:
        status["conditions"] = list(conditions)
    labels = {"mlgitops.dev/environment": environment, "mlgitops.dev/model": model, "mlgitops.dev/part": part}
    name = f"{environment}.{model}.{part}"
    return {
        "metadata": {"name": name, "namespace": "argocd", "labels": labels, **metadata},
        "spec": {
            "project": f"mlgitops-env-{environment}",
            "source": {"repoURL": REPOSITORY, "path": f"rendered/{environment}/{model}/{part}"},
            "syncPolicy": {"automated": {"enabled": True, "prune": True}} if automated else {},
        },
        "status": status,
    }


def ray_service(
    version: str = "v2",
    *,
    ready: bool = True,
    reason: str = "",
    message: str = "",
    active: str = "x7k2p",
    pending: str = "",
    applications: Json = None,
    model: str = "churn",
) -> Json:
    cluster = {"churn": {"status": "RUNNING"}} if applications is None else applications
    known = reason or ("NonZeroServeEndpoints" if ready else "Initializing")
    status: dict[str, Json] = {
        "observedGeneration": 2,
        "conditions": [{"type": "Ready", "status": str(ready), "reason": known, "message": message}],
        "activeServiceStatus": {"rayClusterName": f"{model}-{version}-{active}"} if active else {},
        "pendingServiceStatus": {"rayClusterName": f"{model}-{version}-{pending}"} if pending else {},
    }
    status["activeServiceStatus" if active and not pending else "pendingServiceStatus"]["applicationStatuses"] = cluster
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {
            "name": f"{model}-{version}",
            "namespace": "prod-growth",
            "generation": 2,
            "labels": {"app.kubernetes.io/version": version},
        },
        "spec": {"rayClusterConfig": {"workerGroupSpecs": []}},
        "status": status,
    }


TRACEBACK = """\
The deployment failed to start 3 times in a row. This may be due to a problem with its constructor or initial health \
check failing. See controller logs for details. Error:
ray::ServeReplica:churn:predictor.initialize_and_get_metadata() (pid=812, ip=10.88.0.14)
Traceback (most recent call last):
  File "/app/mlgitops/registry/verified.py", line 116, in _must_be
    raise RunProblem(code, message, HINT)
mlgitops.problem.RunProblem: error[artifact/digest]: model.ubj must be sha256:3b551eb37fc7, got sha256:97003003b2d8
hint: release a version whose artifact is as it was signed"""
