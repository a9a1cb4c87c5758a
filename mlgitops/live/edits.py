"""What KubeRay accepted and does not act on: a RayService against the RayCluster that answers for it.

Argo CD sees neither: it compares the RayService with Git, and the operator never brings a running cluster's bounds or
tolerations in line with the RayService, nor takes back what a person wrote into the cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Json = Any

GROUP_BOUNDS = ("minReplicas", "maxReplicas", "idleTimeoutSeconds", "suspend")
"""Fields of a worker group that KubeRay 1.6 brings to a new cluster alone, or that make no new one."""

OWNER = "ray.io/originated-from-cr-name"
OWNER_KIND = "ray.io/originated-from-crd"


class Edit(NamedTuple):
    """A field that a live cluster has otherwise than its RayService."""

    cluster: str
    field: str
    """`workers.maxReplicas`, `workers.tolerations`, `head.tolerations`."""
    asked: Json
    found: Json

    def __str__(self) -> str:
        return f"{self.field} is {_word(self.found)} in {self.cluster}, and {_word(self.asked)} was asked for"


def ignored_edits(service: Mapping[str, Json], clusters: Sequence[Mapping[str, Json]]) -> tuple[Edit, ...]:
    """The fields in which the active cluster of a live RayService is not as that asks."""
    name = service["metadata"]["name"]
    active = str(((service.get("status") or {}).get("activeServiceStatus") or {}).get("rayClusterName", ""))
    found: list[Edit] = []
    for cluster in clusters:
        metadata = cluster.get("metadata") or {}
        labels = metadata.get("labels") or {}
        if metadata.get("name") != active or (labels.get(OWNER), labels.get(OWNER_KIND)) != (name, "RayService"):
            continue
        found += _between(active, service["spec"].get("rayClusterConfig") or {}, cluster.get("spec") or {})
    return tuple(found)


def _between(cluster: str, asked: Mapping[str, Json], found: Mapping[str, Json]) -> list[Edit]:
    autoscaled = asked.get("enableInTreeAutoscaling") is True
    wanted = {"head": asked.get("headGroupSpec") or {}, **_groups(asked)}
    there = {"head": found.get("headGroupSpec") or {}, **_groups(found)}
    edits = []
    for name, group in wanted.items():
        live = there.get(name, {})
        # The autoscaler sets `replicas`; without it, whoever asks for another number gets none.
        bounds = GROUP_BOUNDS if autoscaled else (*GROUP_BOUNDS, "replicas")
        pairs = [(field, group.get(field), live.get(field)) for field in bounds if name != "head"]
        pairs.append(("tolerations", *(_tolerations(one) for one in (group, live))))
        edits += [Edit(cluster, f"{name}.{field}", one, other) for field, one, other in pairs if one != other]
    return edits


def _groups(cluster: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    return {str(one.get("groupName")): one for one in cluster.get("workerGroupSpecs") or [] if isinstance(one, dict)}


def _tolerations(group: Mapping[str, Json]) -> Json:
    return (((group.get("template") or {}).get("spec") or {}).get("tolerations")) or []


def _word(value: Json) -> str:
    if isinstance(value, list):
        return "none" if not value else ", ".join(sorted(str(one.get("key", "any")) for one in value))
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
