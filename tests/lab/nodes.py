"""Simulated nodes: KWOK says that pods run which do not, on nodes with GPUs that are not there.

Jobs' pods succeed after a second. HTTPRoutes are accepted, as a gateway would; pods come and go at once.
"""

from __future__ import annotations

from typing import Any

from tests.lab.component import BIN, Component, answers, free_ports, program, wait_until
from tests.lab.control_plane import ControlPlane

STAGES = BIN / "share" / "kwok" / "kustomize" / "stage"
TAKEN = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)
GPUS = {"gpu-1": "Tesla-T4", "gpu-2": "Tesla-T4", "gpu-3": "NVIDIA-A10G", "cpu-1": "", "cpu-2": ""}
"""The nodes, and the product whose eight GPUs each has."""

PODS = "10.244.0.0/16"
"""The addresses of pods."""

GATEWAY_STAGE = """\
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: httproute-accepted}
spec:
  resourceRef: {apiGroup: gateway.networking.k8s.io/v1, kind: HTTPRoute}
  selector:
    matchExpressions:
      - {key: '.metadata.deletionTimestamp', operator: DoesNotExist}
      - {key: '.status.parents', operator: DoesNotExist}
  next:
    statusTemplate: |
      {{ $route := . }}
      {{ $now := Now }}
      parents:
      {{ range .spec.parentRefs }}
      - controllerName: example.com/gateway
        parentRef:
          name: {{ .name | Quote }}
        conditions:
        - type: Accepted
          status: "True"
          reason: Accepted
          message: ""
          lastTransitionTime: {{ $now | Quote }}
        - type: ResolvedRefs
          status: "True"
          reason: ResolvedRefs
          message: ""
          lastTransitionTime: {{ $now | Quote }}
      {{ end }}
"""


def start_nodes(plane: ControlPlane) -> None:
    """Start KWOK, and have its nodes ready."""
    stages = plane.folder / "kwok.yaml"
    stages.write_text("\n---\n".join([*((STAGES / path).read_text() for path in TAKEN), GATEWAY_STAGE]))
    [port] = free_ports(1)
    command = [
        program("kwok"),
        f"--kubeconfig={plane.kubeconfig}",
        "--manage-all-nodes=true",
        f"--cidr={PODS}",
        "--node-ip=10.99.0.1",
        "--node-lease-duration-seconds=40",
        f"--server-address=127.0.0.1:{port}",
        f"--config={stages}",
    ]
    plane.components.start(Component("kwok", command, answers(f"http://127.0.0.1:{port}/healthz")))
    plane.apply(*(node(name, product) for name, product in GPUS.items()))
    wait_until(lambda: len(ready_nodes(plane)) == len(GPUS), "simulated nodes are Ready")


def node(name: str, product: str) -> dict[str, Any]:
    """A node large enough for what tests put on it; one with GPUs is tainted as the device plugin does."""
    capacity = {"cpu": "500", "memory": "4000Gi", "ephemeral-storage": "8000Gi", "pods": "2000"}
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"}
    spec: dict[str, Any] = {}
    if product:
        capacity["nvidia.com/gpu"] = "8"
        labels["nvidia.com/gpu.product"] = product
        spec = {"taints": [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def ready_nodes(plane: ControlPlane) -> list[str]:
    """The names of the nodes that are Ready."""
    return [
        each["metadata"]["name"]
        for each in plane.api("/api/v1/nodes")["items"]
        for condition in each.get("status", {}).get("conditions", [])
        if (condition["type"], condition["status"]) == ("Ready", "True")
    ]
