"""The operator's rules for a RayService (ValidateRayServiceSpec)."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.subject import Cluster, Map, part
from mlgitops.render.preflight.violation import Violation, fragment, nearest, one_of, violation

INCREMENTAL = "NewClusterWithIncrementalUpgrade"
UPGRADES = (INCREMENTAL, "NewCluster", "None")


def service_problems(obj: Map, cluster: Cluster) -> Iterator[Violation]:
    """What is wrong with a RayService beside its cluster."""
    if part(cluster.head.spec, "headService", "metadata").get("name"):
        yield violation(
            "kuberay/head-service-name",
            (*cluster.head.pointer, "headService", "metadata", "name"),
            "the head's Service in a RayService must not have a name: the operator gives it one",
            "remove it",
        )
    strategy = part(obj, "spec", "upgradeStrategy")
    kind = strategy.get("type")
    if kind is not None and kind not in UPGRADES:
        yield violation(
            "kuberay/upgrade-type",
            ("spec", "upgradeStrategy", "type"),
            f"spec.upgradeStrategy.type must be {one_of(UPGRADES)}, got {fragment(kind)}",
            nearest(kind, UPGRADES) or "use NewCluster",
        )
    if kind == INCREMENTAL:
        yield from _incremental(strategy, cluster)


def _incremental(strategy: Map, cluster: Cluster) -> Iterator[Violation]:
    """KubeRay 1.7.0 on, where the feature gate is on (ValidateClusterUpgradeOptions)."""
    pointer = ("spec", "upgradeStrategy", "clusterUpgradeOptions")
    if not cluster.autoscaled:
        yield violation(
            "kuberay/incremental-needs-autoscaling",
            (*cluster.pointer, "enableInTreeAutoscaling"),
            f"{INCREMENTAL} needs enableInTreeAutoscaling: true",
            "enable it, or use NewCluster",
        )
    options = strategy.get("clusterUpgradeOptions")
    if options is None:
        yield violation(
            "kuberay/incremental-options", pointer, f"{INCREMENTAL} needs clusterUpgradeOptions", "add them"
        )
        return
    surge, step, interval = (options.get(name) for name in ("maxSurgePercent", "stepSizePercent", "intervalSeconds"))
    surge = 100 if surge is None else surge
    for name, percent in (("maxSurgePercent", surge), ("stepSizePercent", step)):
        if percent is not None and not 0 <= percent <= 100:
            yield violation(
                "kuberay/incremental-percent", (*pointer, name), f"{name} must be 0 to 100, got {percent}", "correct it"
            )
    if step is not None and 0 <= surge < step:
        yield violation(
            "kuberay/incremental-step",
            (*pointer, "stepSizePercent"),
            f"stepSizePercent must be at most maxSurgePercent, {surge}, got {step}",
            "lower it",
        )
    if interval is not None and interval <= 0:
        place = (*pointer, "intervalSeconds")
        yield violation(
            "kuberay/incremental-interval", place, f"intervalSeconds must be at least 1, got {interval}", "raise it"
        )
    if options.get("gatewayClassName") == "":
        place = (*pointer, "gatewayClassName")
        yield violation(
            "kuberay/incremental-gateway", place, f"{INCREMENTAL} needs gatewayClassName", "name a GatewayClass"
        )
