"""Pod Security `restricted`, as far as a pod spec of ours can break it, and the pods inside rendered objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ALLOWED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"}
ALLOWED_VOLUMES |= {"secret"}
HOST_FIELDS = ("hostNetwork", "hostPID", "hostIPC", "hostUsers")


def pods(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod specs inside an object, with a name for each."""
    spec = data.get("spec", {})
    cluster = spec.get("rayClusterSpec") or spec.get("rayClusterConfig") or {}
    if cluster:
        yield "head", cluster["headGroupSpec"]["template"]["spec"]
        for group in cluster["workerGroupSpecs"]:
            yield group["groupName"], group["template"]["spec"]
    if "submitterPodTemplate" in spec:
        yield "submitter", spec["submitterPodTemplate"]["spec"]
    if data.get("kind") == "Job":
        yield "job", spec["template"]["spec"]


def violations(pod: dict[str, Any]) -> list[str]:
    """What `restricted` refuses about a pod, by the standard's own list of controls."""
    found = [field for field in HOST_FIELDS if pod.get(field)]
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True:
        found.append("runAsNonRoot")
    if not security.get("runAsUser"):
        found.append("runAsUser")
    if security.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        found.append("seccompProfile")
    for volume in pod.get("volumes", []):
        found += [f"volume {kind}" for kind in set(volume) - {"name"} - ALLOWED_VOLUMES]
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        found += [f"{container['name']}: {one}" for one in container_violations(container)]
    return found


def container_violations(container: dict[str, Any]) -> list[str]:
    """The same for a container, or for an autoscaler's options."""
    security = container.get("securityContext", {})
    found = []
    if security.get("allowPrivilegeEscalation") is not False:
        found.append("allowPrivilegeEscalation")
    if security.get("capabilities") != {"drop": ["ALL"]}:
        found.append("capabilities")
    if security.get("privileged"):
        found.append("privileged")
    if security.get("runAsNonRoot") is False or security.get("runAsUser") == 0:
        found.append("root")
    if security.get("readOnlyRootFilesystem") is not True:
        found.append("readOnlyRootFilesystem")
    found += ["hostPort" for port in container.get("ports", []) if port.get("hostPort")]
    return found
