"""The KubeRay operator of the lab, as a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.lab.argo_cd import apply_definitions, await_served
from tests.lab.component import BIN, Component, answers, free_ports, program
from tests.lab.control_plane import ControlPlane

DEFINITIONS = BIN / "share" / "ray-operator" / "config" / "crd" / "bases"


def start_operator(
    plane: ControlPlane, *, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> None:
    """Apply KubeRay's CRDs, and start the operator; `environment` or `arguments` say how it reaches dashboards."""
    apply_definitions(plane, DEFINITIONS)
    for kind in ("rayclusters", "rayjobs", "rayservices"):
        await_served(plane, f"/apis/ray.io/v1/{kind}")
    [port] = free_ports(1)
    address = plane.network.address
    command = [
        program("ray-operator"),
        "--enable-leader-election=false",
        "--metrics-addr=0",
        f"--health-probe-bind-address={address}:{port}",
        "--log-stdout-encoder=console",
        *arguments,
    ]
    variables = {"KUBECONFIG": str(plane.kubeconfig), **(environment or {})}
    ready = answers(f"http://{address}:{port}/readyz")
    plane.components.start(Component("ray-operator", command, ready, variables))
