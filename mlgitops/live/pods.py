"""Why pods do not start: no node takes them, an image cannot be pulled, a container ends again and again.

Neither Argo CD nor KubeRay says so of a RayService or a RayJob that is starting; their pods do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Json = Any

WAITING: Final = (
    *("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"),
    *("CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
)
"""Reasons of a container that waits for somebody, and not for its turn."""


def trouble_of(pod: Mapping[str, Json]) -> str:
    """What keeps a pod from running; empty where nothing does."""
    status = pod.get("status") or {}
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            # What follows speaks of preemption, in as many words again.
            return (
                str(condition.get("message") or condition.get("reason") or "")
                .partition(" no new claims")[0]
                .partition(" preemption: ")[0]
                .rstrip(" ,")
            )
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in WAITING:
            words = f"{container.get('name')}: {waiting['reason']}"
            return f"{words}: {waiting['message']}" if waiting.get("message") else words
    return ""


def troubles(pods: Iterable[Mapping[str, Json]], owner: str) -> tuple[str, ...]:
    """Of the pods of a RayService or RayJob, each kind of trouble once, with the first pod that has it."""
    found: dict[str, str] = {}
    for pod in pods:
        name = str((pod.get("metadata") or {}).get("name", ""))
        trouble = trouble_of(pod)
        if trouble and name.startswith(f"{owner}-"):
            found.setdefault(trouble, name)
    return tuple(f"pod {name} waits: {trouble}" for trouble, name in found.items())
