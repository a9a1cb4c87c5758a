"""The operator's rules about fault tolerance of Ray's control store, GCS (part of ValidateRayClusterSpec)."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.subject import Cluster, part
from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import Pointer, dotted

FT_ENABLED = "ray.io/ft-enabled"
STORAGE_NAMESPACE = "ray.io/external-storage-namespace"
ADDRESS, USERNAME, PASSWORD = "RAY_REDIS_ADDRESS", "REDIS_USERNAME", "REDIS_PASSWORD"


def fault_tolerance_problems(cluster: Cluster) -> Iterator[Violation]:
    """What is wrong with how the head reaches Redis."""
    options = cluster.spec.get("gcsFaultToleranceOptions")
    if options is None:
        yield from _without_options(cluster)
    else:
        yield from _with_options(cluster)
        yield from _storage(cluster)
    head = cluster.head
    if head.start_params.get("redis-username") or head.variable(USERNAME):
        param: Pointer = (*head.pointer, "rayStartParams", "redis-username")
        yield violation(
            "kuberay/redis-username",
            param if head.start_params.get("redis-username") else head.variable_pointer(USERNAME),
            "the user of Redis must not be set by rayStartParams or a variable",
            "set gcsFaultToleranceOptions.redisUsername",
        )


def _without_options(cluster: Cluster) -> Iterator[Violation]:
    enabled = (cluster.annotations.get(FT_ENABLED) or "").lower() == "true"
    if not enabled and cluster.head.variable(ADDRESS):
        yield violation(
            "kuberay/redis-address-alone",
            cluster.head.variable_pointer(ADDRESS),
            f"{ADDRESS} is set without gcsFaultToleranceOptions",
            "set gcsFaultToleranceOptions.redisAddress and remove the variable",
        )


def _with_options(cluster: Cluster) -> Iterator[Violation]:
    head = cluster.head
    twice: list[tuple[bool, str, Pointer, str]] = [
        (bool(cluster.annotations.get(FT_ENABLED)), "ft-annotation", ("metadata", "annotations", FT_ENABLED), ""),
        (
            bool(cluster.annotations.get(STORAGE_NAMESPACE)),
            "storage-namespace-annotation",
            ("metadata", "annotations", STORAGE_NAMESPACE),
            "externalStorageNamespace",
        ),
        (
            bool(head.start_params.get("redis-password")),
            "redis-password-param",
            (*head.pointer, "rayStartParams", "redis-password"),
            "redisPassword",
        ),
        (
            head.variable(PASSWORD) is not None,
            "redis-password-variable",
            head.variable_pointer(PASSWORD),
            "redisPassword",
        ),
        (head.variable(ADDRESS) is not None, "redis-address-variable", head.variable_pointer(ADDRESS), "redisAddress"),
    ]
    for is_set, name, pointer, field in twice:
        if is_set:
            yield violation(
                f"kuberay/{name}",
                pointer,
                f"{dotted(pointer)} is set beside gcsFaultToleranceOptions",
                f"remove it{f', and set gcsFaultToleranceOptions.{field}' if field else ''}",
            )


def _storage(cluster: Cluster) -> Iterator[Violation]:
    """KubeRay 1.7.0 on: only the backend `rocksdb` has storage."""
    options = part(cluster.spec, "gcsFaultToleranceOptions")
    if options.get("storage") is not None and options.get("backend") != "rocksdb":
        pointer = (*cluster.pointer, "gcsFaultToleranceOptions", "storage")
        yield violation(
            "kuberay/storage-without-rocksdb", pointer, "storage is only for the backend rocksdb", "remove it"
        )
