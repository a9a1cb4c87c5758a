"""The operator's rules for the groups of a RayCluster (ValidateRayClusterSpec); other families lie beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.names import label_value, qualified_name
from mlgitops.render.preflight.subject import Cluster, Group, Map, labels_of, part
from mlgitops.render.preflight.violation import Violation, fragment, violation
from mlgitops.source import Pointer, dotted

RESOURCE_PARAMS = ("num-cpus", "num-gpus", "memory", "resources")
MAX_REPLICAS = 2147483647
"""The CRD's default."""

CREATORS = ("RayJob", "RayService")


def cluster_problems(cluster: Cluster) -> Iterator[Violation]:
    """What is wrong with the groups."""
    for group in (cluster.head, *cluster.workers):
        yield from _group(group)
    for group in cluster.workers:
        yield from _bounds(group)


def _group(group: Group) -> Iterator[Violation]:
    pointer = (*group.pointer, "template", "spec", "containers")
    if not group.containers:
        yield violation(
            "kuberay/no-container", pointer, f"{dotted(group.pointer)} must have a container", "add one that runs Ray"
        )
    params = [name for name in RESOURCE_PARAMS if group.start_params.get(name)]
    resources = [name for name, amount in (group.spec.get("resources") or {}).items() if amount is not None]
    if params and resources:
        yield violation(
            "kuberay/resources-twice",
            (*group.pointer, "rayStartParams", params[0]),
            f"{dotted(group.pointer)} says what it has both in rayStartParams ({', '.join(params)}) and in resources",
            "keep one of them",
        )
    if group.start_params.get("labels") is not None:
        yield violation(
            "kuberay/start-param-labels",
            (*group.pointer, "rayStartParams", "labels"),
            "rayStartParams.labels is not supported",
            f"move them to {dotted(group.pointer)}.labels",
        )
    yield from _labels(group.spec.get("labels") or {}, (*group.pointer, "labels"))


def _labels(labels: Map, pointer: Pointer) -> Iterator[Violation]:
    for key, value in labels.items():
        refused = "" if value is None else label_value(value)
        if value is not None and (wrong := qualified_name(key)):
            yield violation(
                "kuberay/node-label",
                (*pointer, key),
                f"a key in {dotted(pointer)} {wrong}, got {fragment(key)}",
                "rename it",
            )
        if refused:
            yield violation(
                "kuberay/node-label",
                (*pointer, key),
                f"{dotted((*pointer, key))} {refused}, got {fragment(value)}",
                "change it",
            )


def _bounds(group: Group) -> Iterator[Violation]:
    # The CRD's defaults are in place before the operator looks, so its "must set both" can never be met.
    least, most = _number(group, "minReplicas", 0), _number(group, "maxReplicas", MAX_REPLICAS)
    for name, number in (("minReplicas", least), ("maxReplicas", most)):
        if number < 0:
            pointer = (*group.pointer, name)
            yield violation(
                "kuberay/replicas-negative",
                pointer,
                f"{dotted(pointer)} must be at least 0, got {number}",
                "write 0 or more",
            )
    if least > most:
        yield violation(
            "kuberay/replicas-crossed",
            (*group.pointer, "minReplicas"),
            f"{dotted(group.pointer)} must have minReplicas ≤ maxReplicas, got {least} and {most}",
            "raise maxReplicas or lower minReplicas",
        )


def _number(group: Group, name: str, default: int) -> int:
    value = group.spec.get(name)
    return default if value is None else value


def owner_problems(obj: Map) -> Iterator[Violation]:
    """What a RayCluster may not say when it claims to be another object's (ValidateRayClusterUpgradeOptions)."""
    creator = labels_of(obj).get("ray.io/originated-from-crd")
    if creator in CREATORS and part(obj, "spec", "upgradeStrategy").get("type") is not None:
        yield violation(
            "kuberay/upgrade-strategy-owned",
            ("spec", "upgradeStrategy", "type"),
            f"a RayCluster that belongs to a {creator} must not have an upgradeStrategy",
            "remove it, or the label ray.io/originated-from-crd",
        )
