"""PodDisruptionBudgets: how many pods of a model a node drain leaves.

`minAvailable` as a number is the only form that holds for pods of a RayCluster: the others ask the pods' controller for
its scale, and a RayCluster has none.
"""

from __future__ import annotations

from mlgitops.render.objects import Object
from mlgitops.render.routing import answering_pods, metadata
from mlgitops.render.trace import derived
from mlgitops.spec.documents.model import Serving
from mlgitops.spec.resolve import ResolvedModel


def pod_disruption_budget(resolved: ResolvedModel, serving: Serving) -> Object | None:
    """The budget that lets one replica go at a time; None for a single replica, which would hold up drains for ever."""
    least = serving.replicas.min
    if least < 2:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(resolved, None),
        "spec": {
            "minAvailable": derived(least - 1, least),
            "selector": {"matchLabels": answering_pods(resolved)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
