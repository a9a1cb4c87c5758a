"""What kustomize must know of Ray's objects: by which keys their lists merge, and where images, labels and names are.

A strategic patch replaces a list as a whole unless a schema names the list's merge key. The custom resources of KubeRay
carry none, so a patch of one container's memory would drop all the other containers; and a schema of ours *replaces*
the built-in one. So this states the merge keys of both: those that Kubernetes documents for its own pods, workloads
and Services (field by field in its API reference, "patch merge key on ..."), and the same for the pod templates inside
of Ray's objects.
"""

from __future__ import annotations

from typing import Any

from mlgitops.render.kustomization.values import canonical

MERGED_LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "ObjectMeta": {"finalizers": (), "ownerReferences": ("uid",)},
    "PodSpec": {
        "containers": ("name", "Container"),
        "initContainers": ("name", "Container"),
        "ephemeralContainers": ("name", "Container"),
        "volumes": ("name",),
        "imagePullSecrets": ("name",),
        "hostAliases": ("ip",),
        "topologySpreadConstraints": ("topologyKey,whenUnsatisfiable",),
    },
    "Container": {
        "env": ("name",),
        "ports": ("containerPort,protocol",),
        "volumeMounts": ("mountPath",),
        "volumeDevices": ("devicePath",),
    },
    "ServiceSpec": {"ports": ("port,protocol",)},
    "ServiceAccount": {"secrets": ("name",)},
    "Webhooks": {"webhooks": ("name",)},
    "RayClusterSpec": {"workerGroupSpecs": ("groupName", "WorkerGroup")},
    "AutoscalerOptions": {"env": ("name",), "volumeMounts": ("mountPath",)},
}
"""Type → field → (merge keys joined with commas, the items' type where they have merged lists of their own)."""

NESTED: dict[str, dict[str, str]] = {
    "PodTemplate": {"metadata": "ObjectMeta", "spec": "PodSpec"},
    "PodTemplateObject": {"template": "PodTemplate"},
    "Pod": {"spec": "PodSpec"},
    "Workload": {"spec": "WorkloadSpec"},
    "WorkloadSpec": {"template": "PodTemplate"},
    "CronJob": {"spec": "CronJobSpec"},
    "CronJobSpec": {"jobTemplate": "JobTemplate"},
    "JobTemplate": {"metadata": "ObjectMeta", "spec": "WorkloadSpec"},
    "Service": {"metadata": "ObjectMeta", "spec": "ServiceSpec"},
    "RayClusterSpec": {"headGroupSpec": "HeadGroup", "autoscalerOptions": "AutoscalerOptions"},
    "HeadGroup": {"template": "PodTemplate", "headService": "Service"},
    "WorkerGroup": {"template": "PodTemplate"},
    "RayCluster": {"spec": "RayClusterSpec"},
    "RayJob": {"spec": "RayJobSpec"},
    "RayJobSpec": {"rayClusterSpec": "RayClusterSpec", "submitterPodTemplate": "PodTemplate"},
    "RayService": {"spec": "RayServiceSpec"},
    "RayServiceSpec": {"rayClusterConfig": "RayClusterSpec", "serveService": "Service"},
    "RayCronJob": {"spec": "RayCronJobSpec"},
    "RayCronJobSpec": {"jobTemplate": "RayJobSpec"},
}
"""Type → field → the field's type."""

KINDS: dict[str, str] = {
    "Pod": "v1/Pod",
    "Workload": "apps/v1/DaemonSet apps/v1/Deployment apps/v1/ReplicaSet apps/v1/StatefulSet batch/v1/Job "
    "v1/ReplicationController",
    "PodTemplateObject": "v1/PodTemplate",
    "CronJob": "batch/v1/CronJob",
    "Service": "v1/Service",
    "ServiceAccount": "v1/ServiceAccount",
    "Webhooks": "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration "
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
    "RayCluster": "ray.io/v1/RayCluster",
    "RayJob": "ray.io/v1/RayJob",
    "RayService": "ray.io/v1/RayService",
    "RayCronJob": "ray.io/v1/RayCronJob",
    "Plain": "v1/ConfigMap v1/Endpoints v1/LimitRange v1/Namespace v1/PersistentVolume v1/PersistentVolumeClaim "
    "v1/ResourceQuota v1/Secret apiextensions.k8s.io/v1/CustomResourceDefinition "
    "autoscaling/v1/HorizontalPodAutoscaler "
    "networking.k8s.io/v1/Ingress networking.k8s.io/v1/IngressClass networking.k8s.io/v1/NetworkPolicy "
    "policy/v1/PodDisruptionBudget rbac.authorization.k8s.io/v1/ClusterRole "
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding rbac.authorization.k8s.io/v1/Role "
    "rbac.authorization.k8s.io/v1/RoleBinding scheduling.k8s.io/v1/PriorityClass storage.k8s.io/v1/StorageClass",
}
"""Type → the kinds of objects that have it; each of these has `metadata` as well."""

RAY_CLUSTERS = {"RayCluster": "spec", "RayJob": "spec/rayClusterSpec", "RayService": "spec/rayClusterConfig"}
"""Kind → where its cluster is described."""


CONFIG_MAP_NAMES = (
    "volumes[]/configMap/name",
    "volumes[]/projected/sources[]/configMap/name",
    "containers[]/env[]/valueFrom/configMapKeyRef/name",
    "containers[]/envFrom[]/configMapRef/name",
    "initContainers[]/env[]/valueFrom/configMapKeyRef/name",
    "initContainers[]/envFrom[]/configMapRef/name",
)
"""Where a pod names a ConfigMap: generated ones get a hash of their content in their name, and it must follow."""


def openapi() -> str:
    """The schema for kustomize's `openapi: {path: ...}`, as JSON."""
    types = sorted({*MERGED_LISTS, *NESTED, *KINDS})
    return canonical(
        {
            "swagger": "2.0",
            "info": {"title": "merge keys", "version": "v1"},
            "paths": {},
            "definitions": {name: _definition(name) for name in types},
        }
    )


def field_specs() -> str:
    """The `configurations` file: where Ray's objects have images, pod labels and the names of ConfigMaps."""
    images: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for kind, cluster in RAY_CLUSTERS.items():
        target = {"group": "ray.io", "kind": kind}
        templates = [f"{cluster}/headGroupSpec/template", f"{cluster}/workerGroupSpecs[]/template"]
        if kind == "RayJob":
            templates.append("spec/submitterPodTemplate")
        images.append({"path": f"{cluster}/autoscalerOptions/image", **target})
        images.extend({"path": f"{template}/spec/volumes[]/image/reference", **target} for template in templates)
        # Not created where absent: a RayJob has a submitter's template only where it wants another than KubeRay's.
        labels.extend({"path": f"{template}/metadata/labels", "create": False, **target} for template in templates)
        names.extend({"path": f"{t}/spec/{field}", **target} for t in templates for field in CONFIG_MAP_NAMES)
    reference = {"kind": "ConfigMap", "version": "v1", "fieldSpecs": names}
    return canonical({"images": images, "templateLabels": labels, "nameReference": [reference]})


def _definition(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {field: _list(*of) for field, of in MERGED_LISTS.get(name, {}).items()}
    properties |= {field: _reference(of) for field, of in NESTED.get(name, {}).items()}
    kinds = KINDS.get(name, "").split()
    if kinds:
        properties["metadata"] = _reference("ObjectMeta")
    definition: dict[str, Any] = {"type": "object", "properties": properties}
    if kinds:
        definition["x-kubernetes-group-version-kind"] = [_kind(text) for text in kinds]
    return definition


def _list(keys: str = "", items: str = "") -> dict[str, Any]:
    merged: dict[str, Any] = {
        "type": "array",
        "items": _reference(items) if items else {"type": "object" if keys else "string"},
        "x-kubernetes-patch-strategy": "merge",
    }
    if keys:
        several = keys.split(",")
        merged["x-kubernetes-patch-merge-key"] = several[0]
        if len(several) > 1:
            merged["x-kubernetes-list-map-keys"] = several
    return merged


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def _kind(text: str) -> dict[str, str]:
    api_version, _, kind = text.rpartition("/")
    group, _, version = api_version.rpartition("/")
    return {"group": group, "version": version, "kind": kind}
