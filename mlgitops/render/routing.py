"""How requests find the pods of a release: a Service with a name that stays, and a route to it.

    gateway → HTTPRoute <model> → Service <model> → every worker pod of the model whose proxy is ready

Each release is a RayService of its own, and KubeRay's `<rayservice>-serve-svc` comes and goes with it. A route to that
would lead nowhere from the sync that changes it until the new release answers. This Service selects by the model, not
the release: a pod of the new release joins when its proxy has a running replica (until then `/-/healthz` says 503 and
the pod is not ready), and the old release's pods leave when Argo CD prunes them, which `PruneLast` delays until the new
one is healthy. For a moment both answer, as in any rolling update.

The head is left out (`ray.io/serve`, which KubeRay sets on pods): it runs the cluster and no replica.
"""

from __future__ import annotations

from mlgitops.render.labels import object_labels, pod_selector
from mlgitops.render.names import serving_namespace
from mlgitops.render.objects import Object
from mlgitops.render.ray_cluster import GRPC_PORT, SERVE_PORT
from mlgitops.render.trace import derived
from mlgitops.spec.documents.environment import Gateway
from mlgitops.spec.documents.model import Serving
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.resolve import ResolvedModel

ANSWERS = {"ray.io/serve": "true"}
"""Label of pods that requests may go to: KubeRay sets it on workers, and for the head to what the RayService says."""

INFERENCE_PATH = "/v2/models"
"""Where the Open Inference Protocol has models."""

GRACE_SECONDS = 5
"""How much later than Ray Serve the gateway gives up, so that callers get Serve's own answer."""


def answering_pods(resolved: ResolvedModel) -> dict[str, str]:
    """The labels of all pods that answer for the model here, of whatever release."""
    return {**pod_selector(resolved, "serve")["matchLabels"], **ANSWERS}


def metadata(resolved: ResolvedModel, annotations: Object | None) -> Object:
    """Of an object that has the model's name and stays from release to release."""
    result: Object = {
        "name": resolved.metadata.name,
        "namespace": serving_namespace(resolved),
        "labels": object_labels(resolved, "serve"),
    }
    if annotations:
        result["annotations"] = annotations
    return result


def service(resolved: ResolvedModel, annotations: Object | None) -> Object:
    """The Service `<model>`."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(resolved, annotations),
        "spec": {
            "internalTrafficPolicy": "Cluster",
            "ports": [
                {
                    "appProtocol": "http",
                    "name": "http",
                    "port": SERVE_PORT,
                    "protocol": "TCP",
                    "targetPort": SERVE_PORT,
                },
                {
                    "appProtocol": "kubernetes.io/h2c",
                    "name": "grpc",
                    "port": GRPC_PORT,
                    "protocol": "TCP",
                    "targetPort": GRPC_PORT,
                },
            ],
            "selector": answering_pods(resolved),
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
    }


def http_route(resolved: ResolvedModel, serving: Serving, gateway: Gateway, annotations: Object | None) -> Object:
    """The HTTPRoute `<model>`; every default inside a list is written out.

    Two ways lead to a model: its route, and the path that clients of the Open Inference Protocol make of a host and a
    model's name alone.
    """
    backend = {
        "group": "",
        "kind": "Service",
        "name": resolved.metadata.name,
        "port": SERVE_PORT,
        "weight": 100,
    }
    limits = {"request": derived(_gateway_timeout(serving.timeout), serving.timeout)}
    rule: Object = {
        "backendRefs": [backend],
        "matches": [{"path": {"type": "PathPrefix", "value": serving.route}}],
        "timeouts": limits,
    }
    asked = f"{INFERENCE_PATH}/{resolved.metadata.name}"
    rewritten = {"type": "ReplacePrefixMatch", "replacePrefixMatch": derived(serving.route + asked, serving.route)}
    inference: Object = {
        "backendRefs": [backend],
        "filters": [{"type": "URLRewrite", "urlRewrite": {"path": rewritten}}],
        "matches": [{"path": {"type": "PathPrefix", "value": asked}}],
        "timeouts": limits,
    }
    parent = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": gateway.name,
        "namespace": gateway.namespace,
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(resolved, annotations),
        "spec": {"hostnames": [gateway.host], "parentRefs": [parent], "rules": [rule, inference]},
    }


def _gateway_timeout(timeout: str) -> str:
    """As Gateway API writes durations (GEP-2257): no days, and at most five digits of a unit."""
    limit = seconds(timeout) + GRACE_SECONDS
    if limit >= 100_000:
        return f"{min(99_999, -(-int(limit) // 3600))}h"
    fraction = round(limit % 1 * 1000)
    return f"{int(limit)}s{fraction}ms" if fraction else f"{int(limit)}s"
