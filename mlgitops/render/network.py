"""NetworkPolicies: pods talk to what they need and to nothing else.

Every policy names both directions, so what it does not list is denied: `environment_objects` denies everything
else in the namespace. Rules are built from the small functions here:

    network_policy(metadata, pod_selector, ingress=[from_pods(selector), from_namespace("monitoring", 8080)],
                   egress=[to_pods(selector), to_dns(), *to_networks(environment.network)])

Ray's own processes talk on ports that Ray chooses (object managers, workers), so pods of one cluster reach each
other on all ports, and token authentication decides who may use them.
"""

from __future__ import annotations

from mlgitops.render.objects import Object
from mlgitops.spec.documents.environment import Network

DNS_NAMESPACE = "kube-system"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that the API server puts on every namespace."""

KUBERNETES_API_PORTS = (443, 6443)


def network_policy(metadata: Object, pod_selector: Object, *, ingress: list[Object], egress: list[Object]) -> Object:
    """A NetworkPolicy that denies everything but the rules given."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {
            "podSelector": pod_selector,
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    }


def _tcp(ports: tuple[int, ...]) -> list[Object]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def from_pods(selector: Object, *ports: int) -> Object:
    """From pods of the same namespace; on all ports where none is given."""
    rule: Object = {"from": [{"podSelector": selector}]}
    return {**rule, "ports": _tcp(ports)} if ports else rule


def from_namespace(namespace: str, *ports: int) -> Object:
    """From every pod of another namespace, on TCP ports."""
    return {"from": [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: namespace}}}], "ports": _tcp(ports)}


def to_pods(selector: Object) -> Object:
    """To pods of the same namespace, on all ports."""
    return {"to": [{"podSelector": selector}]}


def to_dns() -> Object:
    """To the cluster's DNS."""
    return {
        "to": [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: DNS_NAMESPACE}}}],
        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
    }


def to_networks(network: Network) -> list[Object]:
    """To the object store and the registry: the environment's networks. No rule where it names none."""
    if not network.egress or not network.egressPorts:
        return []
    return [{"to": [{"ipBlock": {"cidr": cidr}} for cidr in network.egress], "ports": _tcp(tuple(network.egressPorts))}]


def to_kubernetes_api(network: Network) -> Object:
    """To the API server, for Ray's autoscaler in a head pod."""
    return {"to": [{"ipBlock": {"cidr": cidr}} for cidr in network.kubernetesApi], "ports": _tcp(KUBERNETES_API_PORTS)}
