"""What a cluster has before mlgitops comes to it: the definitions of what is rendered, and what the example names."""

from __future__ import annotations

from tests.lab.argo_cd import await_served
from tests.lab.component import BIN
from tests.lab.control_plane import ControlPlane

DEFINITIONS = BIN / "share" / "definitions"
SERVED = (
    "/apis/gateway.networking.k8s.io/v1/httproutes",
    "/apis/kueue.x-k8s.io/v1beta2/clusterqueues",
    "/apis/monitoring.coreos.com/v1/podmonitors",
)
CRITICAL = {
    "apiVersion": "scheduling.k8s.io/v1",
    "kind": "PriorityClass",
    "metadata": {"name": "serving-critical"},
    "description": "What prod's kustomization gives to pods that serve.",
    "value": 1000000,
}


def provide_platform(plane: ControlPlane) -> None:
    """Apply the CRDs of the Gateway API, the Prometheus operator and Kueue, and the priority that prod names."""
    plane.kubectl("apply", "--server-side", *(f"--filename={path}" for path in sorted(DEFINITIONS.rglob("*.yaml"))))
    for path in SERVED:
        await_served(plane, path)
    plane.apply(CRITICAL)
