"""Objects as small as effects need them, and edits of them."""

from __future__ import annotations

import copy
import json
from typing import Any

Json = Any
KEPT = {"argocd.argoproj.io/sync-options": "Prune=false"}
CONFIRMED = {"argocd.argoproj.io/sync-options": "Prune=confirm"}
SERVE = """\
applications:
- args: {version: v1}
  deployments:
  - autoscaling_config: {max_replicas: 4, min_replicas: 2}
    max_ongoing_requests: 100
    max_replicas_per_node: 1
    name: predictor
    ray_actor_options: {num_cpus: 1, num_gpus: 1}
  import_path: app:app
  name: churn
  route_prefix: /churn
http_options: {port: 8000}
"""


def an_object(kind: str, name: str = "churn", annotations: dict[str, str] | None = None, **fields: Json) -> Json:
    metadata = {"name": name, "namespace": "models", **({"annotations": annotations} if annotations else {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def group(name: str = "workers", **fields: Json) -> Json:
    resources = {"limits": {"nvidia.com/gpu": "1"}, "requests": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1"}}
    pod = {"containers": [{"name": "ray", "image": "ray:1", "resources": resources}], "nodeSelector": {"gpu": "t4"}}
    bounds = {"groupName": name, "replicas": 1, "minReplicas": 1, "maxReplicas": 6, "numOfHosts": 1}
    return {**bounds, "template": {"spec": pod}, **fields}


HEAD = {
    "template": {"spec": {"containers": [{"name": "ray", "resources": {"requests": {"cpu": "1", "memory": "2Gi"}}}]}}
}


def service(name: str = "churn-v1", *groups: Json, config: str = SERVE, **spec: Json) -> Json:
    cluster = {"enableInTreeAutoscaling": True, "headGroupSpec": HEAD, "workerGroupSpecs": list(groups or [group()])}
    return an_object("RayService", name, spec={"rayClusterConfig": cluster, "serveConfigV2": config, **spec})


def job(
    name: str = "churn-1",
    run: str = "sha256:1",
    checkpoint: Json = None,
    annotations: dict[str, str] | None = None,
    image: str = "ray:1",
    **spec: Json,
) -> Json:
    config = json.dumps({"checkpoint": checkpoint} if checkpoint else {})
    env = [{"name": "MLGITOPS_CONFIG", "value": config}, {"name": "MLGITOPS_RUN", "value": run}]
    head = {
        "template": {"spec": {"containers": [{"name": "ray", "image": image, "env": env}], "volumes": volumes(name)}}
    }
    cluster = {"headGroupSpec": head, "workerGroupSpecs": [group()]}
    return an_object(
        "RayJob", name, annotations, spec={"rayClusterSpec": cluster, "activeDeadlineSeconds": 7200, **spec}
    )


def volumes(name: str) -> Json:
    return [{"name": "code", "configMap": {"name": f"code-{name}"}}]


def code(name: str, epochs: int, text: str = "def train(): pass\n") -> Json:
    data = {"mlgitops-run.json": json.dumps({"hyperparameters": {"epochs": epochs}}), "train.py": text}
    return an_object("ConfigMap", f"code-{name}", immutable=True, data=data)


def edited(data: Json, *path: str | int, value: Json) -> Json:
    """A copy with another value somewhere; `value=...` takes it away."""
    changed = copy.deepcopy(data)
    here = changed
    for token in path[:-1]:
        here = here[token]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return changed
