"""Fields that need a feature gate which KubeRay has off by default."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.subject import Cluster, part
from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import Pointer

GATES = {
    "networkPolicy": "RayClusterNetworkPolicy",
    "tlsOptions": "RayClusterMTLS",
    "historyServerOptions": "RayClusterHistoryServer",
}
"""By field of RayClusterSpec; all since 1.7.0."""


def gate_problems(cluster: Cluster) -> Iterator[Violation]:
    """The fields that the operator refuses unless somebody turned their gate on."""
    for name, gate in GATES.items():
        if cluster.spec.get(name) is not None:
            yield _off((*cluster.pointer, name), name, gate)
    if part(cluster.spec, "gcsFaultToleranceOptions").get("backend") == "rocksdb":
        place = (*cluster.pointer, "gcsFaultToleranceOptions", "backend")
        yield _off(place, "backend rocksdb", "GCSFaultToleranceEmbeddedStorage")


def _off(pointer: Pointer, name: str, gate: str) -> Violation:
    return violation(
        "kuberay/gate-off", pointer, f"{name} needs the feature gate {gate}, which is off by default", "remove it"
    )
