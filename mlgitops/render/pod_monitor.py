"""PodMonitors: where Prometheus finds Ray's metrics and ours.

Pods, not Services: KubeRay makes two head Services for a RayService, and both would be scraped.
"""

from __future__ import annotations

from mlgitops.contract import names
from mlgitops.render.labels import object_labels, pod_selector
from mlgitops.render.names import Role, role_name
from mlgitops.render.objects import Object
from mlgitops.spec.resolve import ResolvedModel

_TARGET_LABELS = ["mlgitops.dev/environment", "mlgitops.dev/model", "mlgitops.dev/team"]
_CLUSTER: Object = {
    "action": "replace",
    "sourceLabels": ["__meta_kubernetes_pod_label_ray_io_cluster"],
    "targetLabel": "ray_io_cluster",
}
_ENDPOINTS: list[Object] = [
    {"port": port, "relabelings": [_CLUSTER]} for port in ("metrics", "as-metrics", "dash-metrics")
]
_REPLICA: Object = {"port": names.PORT_NAME, "relabelings": [_CLUSTER]}
"""A replica's own page."""


def pod_monitor(resolved: ResolvedModel, role: Role, namespace: str) -> Object:
    """The PodMonitor `<model>-<role>` of all pods of the role; a pod without a port of that name is left out."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {
            "name": role_name(resolved.metadata.name, role),
            "namespace": namespace,
            "labels": object_labels(resolved, role),
        },
        "spec": {
            "podMetricsEndpoints": [*_ENDPOINTS, _REPLICA] if role == "serve" else _ENDPOINTS,
            "podTargetLabels": _TARGET_LABELS,
            "selector": pod_selector(resolved, role),
        },
    }
