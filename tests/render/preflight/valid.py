"""Ray objects as mlgitops would have them: the operator takes them, and no trap is in them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Map = dict[str, Any]

SERVE_CONFIG = """\
proxy_location: EveryNode
http_options: {host: 0.0.0.0, port: 8000, request_timeout_s: 30}
applications:
- name: churn
  route_prefix: /churn
  import_path: serve:app
  runtime_env: {env_vars: {MODEL: churn}}
  deployments:
  - name: Predictor
    max_ongoing_requests: 100
    max_queued_requests: 400
    autoscaling_config: {min_replicas: 2, initial_replicas: 2, max_replicas: 6, target_ongoing_requests: 50}
    ray_actor_options: {num_cpus: 1, num_gpus: 1}
"""


def container(name: str) -> Map:
    """A container with what a restricted namespace asks for."""
    return {
        "name": name,
        "image": "registry.example.com/ray@sha256:" + "a" * 64,
        "imagePullPolicy": "IfNotPresent",
        "env": [
            {"name": "MODEL", "value": "churn"},
            {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "registry", "key": "token"}}},
        ],
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"cpu": 1, "memory": "2Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "code", "mountPath": "/code", "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def pod(name: str) -> Map:
    """A pod template."""
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": "churn"}, "annotations": {"example.com/contact": "growth"}},
        "spec": {
            "serviceAccountName": "churn",
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container(name)],
            "nodeSelector": {"nvidia.com/gpu.product": "A100"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "volumes": [{"name": "code", "configMap": {"name": "churn-code"}}, {"name": "tmp", "emptyDir": {}}],
        },
    }


def cluster(*, ports: bool = False) -> Map:
    """A RayClusterSpec."""
    head = pod("ray-head")
    if ports:
        head["spec"]["containers"][0]["ports"] = [
            {"name": "dashboard", "containerPort": 8265, "protocol": "TCP"},
            {"name": "serve", "containerPort": 8000, "protocol": "TCP"},
        ]
    return {
        "rayVersion": "2.60.0",
        "authOptions": {"mode": "token"},
        "headGroupSpec": {"rayStartParams": {"dashboard-host": "0.0.0.0", "num-cpus": "0"}, "template": head},
        "workerGroupSpecs": [
            {
                "groupName": "workers",
                "replicas": 2,
                "minReplicas": 2,
                "maxReplicas": 4,
                "numOfHosts": 1,
                "rayStartParams": {},
                "template": pod("ray-worker"),
            }
        ],
    }


def ray_cluster() -> Map:
    """A standalone cluster."""
    return _object("RayCluster", "notebooks", cluster() | {"upgradeStrategy": {"type": "Recreate"}})


def ray_job() -> Map:
    """A training run."""
    spec = {
        "entrypoint": "python -m mlgitops.runtime.train",
        "submissionMode": "K8sJobMode",
        "backoffLimit": 1,
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": 600,
        "activeDeadlineSeconds": 21600,
        "runtimeEnvYAML": "env_vars:\n  SEED: '7'\n",
        "submitterPodTemplate": pod("submitter"),
        "rayClusterSpec": cluster(),
    }
    return _object("RayJob", "churn-4f1c0a9b", spec)


def ray_service() -> Map:
    """A service that is upgraded by a new cluster."""
    spec = {
        "serveConfigV2": SERVE_CONFIG,
        "upgradeStrategy": {"type": "NewCluster"},
        "rayClusterDeletionDelaySeconds": 60,
        "rayClusterConfig": cluster(ports=True)
        | {"enableInTreeAutoscaling": True, "autoscalerOptions": {"version": "v2"}},
    }
    return _object("RayService", "churn", spec)


def ray_cron_job() -> Map:
    """A job by schedule, which only mlgitops' own traps speak against."""
    return _object("RayCronJob", "churn", {"schedule": "0 3 * * 1", "jobTemplate": ray_job()["spec"]})


def _object(kind: str, name: str, spec: Map) -> Map:
    metadata = {"name": name, "namespace": "growth", "labels": {"app.kubernetes.io/name": "churn"}}
    return {"apiVersion": "ray.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


BASES: dict[str, Callable[[], Map]] = {
    "RayCluster": ray_cluster,
    "RayJob": ray_job,
    "RayService": ray_service,
    "RayCronJob": ray_cron_job,
}


def changed(obj: Map, *changes: tuple[str, Any]) -> Map:
    """A copy with changes: `("spec.suspend", True)`; the value `...` removes; list indices are numbers."""
    copied = copy.deepcopy(obj)
    for path, value in changes:
        *parents, last = [int(name) if name.isdigit() else name for name in path.split("|" if "|" in path else ".")]
        place: Any = copied
        for name in parents:
            place = place[name] if isinstance(name, int) else place.setdefault(name, {})
        if value is ...:
            del place[last]
        elif isinstance(last, int) and last == len(place):
            place.append(copy.deepcopy(value))
        else:
            place[last] = copy.deepcopy(value)
    return copied
