"""The NetworkPolicy of a RayCluster's pods: each other, the operator, who scrapes metrics, and what the role needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mlgitops.contract import names
from mlgitops.render.labels import object_labels, pod_selector
from mlgitops.render.names import role_name
from mlgitops.render.network import (
    from_namespace,
    from_pods,
    network_policy,
    to_dns,
    to_kubernetes_api,
    to_networks,
    to_pods,
)
from mlgitops.render.objects import Object
from mlgitops.render.ray_cluster import AUTOSCALER_METRICS_PORT, DASHBOARD_METRICS_PORT, DASHBOARD_PORT, METRICS_PORT
from mlgitops.spec.resolve import ResolvedModel


def ray_network_policy(
    resolved: ResolvedModel,
    role: Literal["train", "serve"],
    namespace: str,
    *,
    autoscaled: bool,
    ingress: Sequence[Object] = (),
) -> Object:
    """The policy of a role's pods; `ingress` is what else may reach them. An autoscaler talks to the Kubernetes API."""
    environment, selector = resolved.environment, pod_selector(resolved, role)
    metadata: Object = {
        "name": role_name(resolved.metadata.name, role),
        "namespace": namespace,
        "labels": object_labels(resolved, role),
    }
    monitored: tuple[int, ...] = (METRICS_PORT, AUTOSCALER_METRICS_PORT, DASHBOARD_METRICS_PORT)
    if role == "serve":
        monitored = (*monitored, names.PORT)
    allowed = [
        from_pods(selector),
        *ingress,
        from_namespace(environment.namespaces.operator, DASHBOARD_PORT),
        from_namespace(environment.namespaces.monitoring, *monitored),
    ]
    egress = [to_pods(selector), to_dns(), *to_networks(environment.network)]
    if autoscaled:
        egress.append(to_kubernetes_api(environment.network))
    return network_policy(metadata, selector, ingress=allowed, egress=egress)
