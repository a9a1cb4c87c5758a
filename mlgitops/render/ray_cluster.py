"""RayCluster specs: a head that computes nothing and one group of workers, for a RayJob or a RayService.

    spec = ray_cluster(resolved, RayPods("train", image, config_map, variables), WorkerGroup(needs, 4, 4, 4))

- Every default that the CRD or the operator would fill in inside an array is written out (`replicas`, `numOfHosts`,
  `protocol`…): Argo CD compares arrays as a whole and would otherwise sync for ever.
- Ray's APIs ask for a token (`authOptions`, Ray ≥ 2.52): the operator makes the Secret and hands it to every
  container of its own.
- The head has no CPUs to schedule on (`num-cpus: "0"`), so drivers and the control processes have it to themselves.
- Probes are left to the operator: for Ray ≥ 2.53 one HTTP check of the node's agent on port 52365, and for the workers
  of a RayService one more of the Serve proxy; a probe written here would replace them.
- Autoscaling puts a container beside the head that must reach the Kubernetes API. It alone gets a token, from a
  volume that no other container mounts: the head runs contributors' code, and the role that KubeRay binds to its
  ServiceAccount may patch every pod of the namespace.
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.contract.names import PORT as WATCH_PORT
from mlgitops.contract.names import PORT_NAME as WATCH_PORT_NAME
from mlgitops.contract.places import CODE as CODE_PATH
from mlgitops.render.code_config_map import CODE_MOUNT, code_volume
from mlgitops.render.labels import pod_labels
from mlgitops.render.names import Role
from mlgitops.render.objects import Object
from mlgitops.render.pods import (
    CONTAINER_SECURITY,
    SHARED_MEMORY_MOUNT,
    TMP_MOUNT,
    TMP_VOLUME,
    Compute,
    compute,
    own_variables,
    pod,
    pull_policy,
    scheduling,
    shared_memory,
)
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.footprint import HEAD_CPU, HEAD_MEMORY
from mlgitops.spec.resolve import ResolvedModel

GCS_PORT, DASHBOARD_PORT, METRICS_PORT, SERVE_PORT, GRPC_PORT = 6379, 8265, 8080, 8000, 9000
AUTOSCALER_METRICS_PORT, DASHBOARD_METRICS_PORT = 44217, 44227
WORKER_GROUP = "workers"

_GCS: Object = {"name": "gcs-server", "containerPort": GCS_PORT, "protocol": "TCP"}
_DASHBOARD: Object = {"name": "dashboard", "containerPort": DASHBOARD_PORT, "protocol": "TCP"}
_METRICS: Object = {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}
_AUTOSCALER_METRICS: Object = {"name": "as-metrics", "containerPort": AUTOSCALER_METRICS_PORT, "protocol": "TCP"}
_DASHBOARD_METRICS: Object = {"name": "dash-metrics", "containerPort": DASHBOARD_METRICS_PORT, "protocol": "TCP"}
_SERVE: Object = {"name": "serve", "containerPort": SERVE_PORT, "protocol": "TCP"}
"""The operator looks for this port by name and waits for ever without it."""
_GRPC: Object = {"name": "grpc", "containerPort": GRPC_PORT, "protocol": "TCP"}
_WATCH: Object = {"name": WATCH_PORT_NAME, "containerPort": WATCH_PORT, "protocol": "TCP"}
"""A replica's own metrics."""

DRAIN_SECONDS = 20
_DRAIN: Object = {"preStop": {"exec": {"command": ["sleep", str(DRAIN_SECONDS)]}}}
"""A serving pod that has to go answers on until no gateway sends requests to it."""

_NAMESPACE: Object = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
_TOKEN_VOLUME: Object = {
    "name": "kubernetes-api",
    "projected": {
        "defaultMode": 0o444,
        "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [_NAMESPACE]}},
        ],
    },
}
_TOKEN_MOUNT: Object = {
    "name": "kubernetes-api",
    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
    "readOnly": True,
}
_AUTOSCALER_TMP: Object = {"name": "autoscaler-tmp", "emptyDir": {}}
_AUTOSCALER_RESOURCES: Object = {"cpu": "500m", "memory": "512Mi"}


class RayPods(NamedTuple):
    """What the pods of one RayCluster have in common."""

    role: Role
    image: str
    """After mirrors (`pods.mirrored`)."""
    code: Object | None
    """The ConfigMap that is mounted at `CODE_PATH`."""
    variables: list[Object]
    """Environment variables of head and workers besides `pods.own_variables`."""
    head_variables: list[Object]
    """Of the head alone, where the driver runs."""
    serves: bool = False
    """Whether Ray Serve's proxy listens on every pod."""
    fields: Object = {}  # noqa: RUF012 -- never changed
    """Further fields of every pod spec: `priorityClassName`."""
    worker_fields: Object = {}  # noqa: RUF012 -- never changed
    """Further fields of the workers' pod specs: `topologySpreadConstraints`."""
    annotations: Object = {}  # noqa: RUF012 -- never changed
    """Of every pod template: a change of one makes a new cluster."""


class WorkerGroup(NamedTuple):
    """How many workers there are, and what each is."""

    needs: Compute
    replicas: int
    minimum: int
    maximum: int
    cpus: int | None = None
    """What Ray takes a worker to have; None for what its container has."""


def ray_cluster(resolved: ResolvedModel, pods: RayPods, group: WorkerGroup, *, autoscaled: bool = False) -> Object:
    """The spec of a RayCluster: `rayClusterSpec` of a RayJob, `rayClusterConfig` of a RayService."""
    spec: Object = {
        "authOptions": {"mode": "token"},
        "enableInTreeAutoscaling": autoscaled,
        "headGroupSpec": _head_group(resolved, pods, autoscaled=autoscaled),
        "rayVersion": resolved.environment.ray,
        "workerGroupSpecs": [_worker_group(resolved, pods, group)],
    }
    if autoscaled:
        spec["autoscalerOptions"] = _autoscaler_options(resolved, pods)
    return spec


def _head_group(resolved: ResolvedModel, pods: RayPods, *, autoscaled: bool) -> Object:
    needs = compute(resolved.environment.head, cpu=HEAD_CPU, memory=HEAD_MEMORY)
    ports = [_GCS, _DASHBOARD, _METRICS, _AUTOSCALER_METRICS, _DASHBOARD_METRICS]
    container = _container("ray-head", pods, needs, [*ports, _SERVE] if pods.serves else ports)
    container["env"] = [*container["env"], *pods.head_variables]
    volumes = _volumes(pods, needs)
    if autoscaled:
        volumes += [_AUTOSCALER_TMP, _TOKEN_VOLUME]
    return {
        "rayStartParams": {
            "dashboard-host": "0.0.0.0",
            "metrics-export-port": str(METRICS_PORT),
            "num-cpus": "0",
        },
        "serviceType": "ClusterIP",
        "template": _template(resolved, pods, container, volumes),
    }


def _worker_group(resolved: ResolvedModel, pods: RayPods, group: WorkerGroup) -> Object:
    ports = [_METRICS, _SERVE, _GRPC, _WATCH] if pods.serves else [_METRICS]
    container = _container("ray-worker", pods, group.needs, ports)
    if pods.serves:
        container["lifecycle"] = _DRAIN
    start: Object = {"metrics-export-port": str(METRICS_PORT)}
    if group.cpus is not None:
        start["num-cpus"] = str(group.cpus)
    if group.needs.accelerator is not None:
        start["num-gpus"] = str(group.needs.accelerators)
    return {
        "groupName": WORKER_GROUP,
        "maxReplicas": group.maximum,
        "minReplicas": group.minimum,
        "numOfHosts": 1,
        "rayStartParams": start,
        "replicas": group.replicas,
        "template": _template(
            resolved,
            pods,
            container,
            _volumes(pods, group.needs),
            {**pods.worker_fields, **scheduling(group.needs)},
        ),
    }


def _container(name: str, pods: RayPods, needs: Compute, ports: list[Object]) -> Object:
    mounts = [TMP_MOUNT, SHARED_MEMORY_MOUNT]
    return {
        "env": own_variables(CODE_PATH if pods.code else None) + pods.variables,
        "image": pods.image,
        "imagePullPolicy": pull_policy(pods.image),
        "name": name,
        "ports": ports,
        "resources": needs.resources,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [CODE_MOUNT, *mounts] if pods.code else mounts,
    }


def _volumes(pods: RayPods, needs: Compute) -> list[Object]:
    volumes = [TMP_VOLUME, shared_memory(needs.memory)]
    return [code_volume(pods.code), *volumes] if pods.code else volumes


def _template(
    resolved: ResolvedModel, pods: RayPods, container: Object, volumes: list[Object], fields: Object | None = None
) -> Object:
    metadata: Object = {"labels": pod_labels(resolved, pods.role)}
    if pods.annotations:
        metadata["annotations"] = pods.annotations
    spec = pod(resolved, pods.role, [container], volumes)
    return {"metadata": metadata, "spec": {**spec, **pods.fields, **(fields or {})}}


def _autoscaler_options(resolved: ResolvedModel, pods: RayPods) -> Object:
    return {
        "env": own_variables(),
        "idleTimeoutSeconds": round(seconds(resolved.environment.autoscaling.idleTimeout)),
        "imagePullPolicy": pull_policy(pods.image),
        "resources": {"limits": _AUTOSCALER_RESOURCES, "requests": _AUTOSCALER_RESOURCES},
        "securityContext": CONTAINER_SECURITY,
        "upscalingMode": "Default",
        "version": "v2",
        "volumeMounts": [{"name": "autoscaler-tmp", "mountPath": "/tmp"}, _TOKEN_MOUNT],
    }
