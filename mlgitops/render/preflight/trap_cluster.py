"""What the operator accepts in any Ray object and what then goes wrong under GitOps."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.subject import Cluster, Map, part
from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import dotted


def cluster_traps(obj: Map, cluster: Cluster | None) -> Iterator[Violation]:
    """Traps in a RayClusterSpec, wherever it stands, and in the object's own words."""
    if obj["apiVersion"] == "ray.io/v1alpha1":
        yield violation(
            "gitops/old-api-version",
            ("apiVersion",),
            "ray.io/v1alpha1 is served and not stored: it lacks fields, and what it lacks is dropped",
            "write ray.io/v1",
        )
    if cluster is None:
        return
    if obj["kind"] == "RayCluster":
        yield from _standalone(cluster)
    elif part(cluster.spec, "upgradeStrategy").get("type") is not None:
        pointer = (*cluster.pointer, "upgradeStrategy", "type")
        yield violation(
            "gitops/upgrade-strategy-inherited",
            pointer,
            f"{dotted(pointer)} is admitted, and then the operator refuses the RayCluster it makes: nothing starts",
            "remove it",
        )


def _standalone(cluster: Cluster) -> Iterator[Violation]:
    if cluster.autoscaled:
        for group in cluster.workers:
            yield violation(
                "gitops/autoscaler-fights-git",
                (*group.pointer, "replicas"),
                "the autoscaler changes replicas of this RayCluster, and Argo CD's self-heal changes them back",
                "let a RayService or RayJob make the cluster, or ignore the difference with ServerSideDiff=true",
            )
    if part(cluster.spec, "upgradeStrategy").get("type") != "Recreate":
        yield violation(
            "gitops/cluster-edits-ignored",
            (*cluster.pointer, "upgradeStrategy"),
            "edits of a RayCluster's pod templates reach no pod, while Argo CD says Synced",
            "set upgradeStrategy.type: Recreate, or use a RayService or RayJob",
        )
