"""The operator's rules about Ray's token authentication (part of ValidateRayClusterSpec and its callers)."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.names import generic_version, older_than
from mlgitops.render.preflight.subject import Cluster, part
from mlgitops.render.preflight.violation import Violation, fragment, violation

TOKEN_SINCE = (2, 52, 0)
KUBERNETES_SINCE = (2, 55, 0)


def authentication_problems(cluster: Cluster, kind: str) -> Iterator[Violation]:
    """What is wrong with authOptions in an object of a kind."""
    options = part(cluster.spec, "authOptions")
    pointer = (*cluster.pointer, "authOptions")
    kubernetes = bool(options.get("enableK8sTokenAuth"))
    if kubernetes and kind != "RayCluster":
        yield violation(
            "kuberay/kubernetes-auth-kind",
            (*pointer, "enableK8sTokenAuth"),
            f"enableK8sTokenAuth is not supported in a {kind.replace('Cron', '')}",
            "remove it",
        )
    if options.get("mode") == "token":
        yield from _token(cluster, kubernetes)
    elif kubernetes:
        yield violation(
            "kuberay/kubernetes-auth-without-token",
            (*pointer, "enableK8sTokenAuth"),
            "enableK8sTokenAuth needs authOptions.mode to be token",
            "set mode: token",
        )


def _token(cluster: Cluster, kubernetes: bool) -> Iterator[Violation]:
    options = part(cluster.spec, "authOptions")
    pointer = (*cluster.pointer, "authOptions")
    given = cluster.spec.get("rayVersion") or ""
    version = generic_version(given)
    place = (*cluster.pointer, "rayVersion")
    if version is None or older_than(version, TOKEN_SINCE):
        yield violation(
            "kuberay/auth-ray-version",
            place,
            f"authOptions.mode token needs a rayVersion from 2.52.0 on, got {fragment(given) if given else 'none'}",
            "set rayVersion to that of the image",
        )
    elif kubernetes and older_than(version, KUBERNETES_SINCE):
        yield violation(
            "kuberay/kubernetes-auth-ray-version",
            place,
            f"enableK8sTokenAuth needs a rayVersion from 2.55.0 on, got {fragment(given)}",
            "use a newer Ray",
        )
    if kubernetes and options.get("secretName"):
        yield violation(
            "kuberay/kubernetes-auth-secret",
            (*pointer, "secretName"),
            "secretName must not be set beside enableK8sTokenAuth",
            "remove one of them",
        )
