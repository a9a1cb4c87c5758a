"""NetworkPolicies as nftables rules for the addresses that pods have: what no CNI plugin here does.

    text = ruleset(policies, pods, namespaces)     # pure
    nft -f -                                       # in the node's network namespace

A pod that a policy selects for a direction accepts in it what some policy allows, and nothing else; answers to what
was allowed pass. What the node itself sends to its pods passes, as the API says of kubelets. Two chains a pod: what may
leave it, and what may reach it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any, NamedTuple

Object = dict[str, Any]

TABLE = "lab_policies"


class Pod(NamedTuple):
    """What policies know of a pod."""

    name: str
    namespace: str
    address: str
    labels: Mapping[str, str] = {}
    ports: Mapping[str, int] = {}
    """Of its containers, by name."""


def pods_of(objects: Iterable[Object]) -> list[Pod]:
    """The pods that have an address of their own and have not ended."""
    found = []
    for one in objects:
        status, spec = one.get("status", {}), one["spec"]
        if not status.get("podIP") or status.get("phase") in ("Succeeded", "Failed") or spec.get("hostNetwork"):
            continue
        containers = [*spec["containers"], *spec.get("initContainers", [])]
        ports = {p["name"]: p["containerPort"] for c in containers for p in c.get("ports", []) if "name" in p}
        about = one["metadata"]
        found.append(Pod(about["name"], about["namespace"], status["podIP"], about.get("labels", {}), ports))
    return found


def ruleset(policies: Sequence[Object], pods: Sequence[Pod], namespaces: Mapping[str, Mapping[str, str]]) -> str:
    """What `nft -f` takes: the table as it is to be, in place of the one that is there.

    `namespaces` has each namespace's labels. Raises ValueError for what a policy says that nothing here understands.
    """
    chains: list[str] = []
    jumps: list[str] = []
    for pod in sorted(pods, key=lambda one: (one.namespace, one.name, one.address)):
        for direction, own, jump in (("Egress", "out", "saddr"), ("Ingress", "in", "daddr")):
            selecting = [policy for policy in policies if _isolates(policy, pod, direction)]
            if not selecting:
                continue
            rules = [r for policy in selecting for r in _rules(policy, pod, direction, pods, namespaces)]
            chain = f"{own}_{pod.address.replace('.', '_')}"
            body = [f"# {pod.namespace}/{pod.name}", *dict.fromkeys(rules), "counter drop"]
            chains += [f"  chain {chain} {{", *(f"    {line}" for line in body), "  }"]
            jumps.append(f"ip {jump} {pod.address} jump {chain}")
    # Of what pods send to the node itself, only what they may send counts: the API server is there.
    leaving = [line for line in jumps if "saddr" in line]
    known = "ct state established,related accept"
    return "\n".join(
        [
            f"table inet {TABLE}",
            f"delete table inet {TABLE}",
            f"table inet {TABLE} {{",
            *chains,
            *_hooked("forward", [known, *leaving, *(line for line in jumps if line not in leaving)]),
            *_hooked("input", [known, *leaving]),
            "}",
            "",
        ]
    )


def _hooked(hook: str, lines: Sequence[str]) -> list[str]:
    """A chain that the kernel asks, after Services' addresses have become pods'."""
    begin = f"type filter hook {hook} priority 10; policy accept;"
    return [f"  chain {hook} {{", *(f"    {line}" for line in (begin, *lines)), "  }"]


def _isolates(policy: Object, pod: Pod, direction: str) -> bool:
    spec = policy["spec"]
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    inside = policy["metadata"]["namespace"] == pod.namespace
    return inside and direction in types and selects(spec.get("podSelector", {}), pod.labels)


def _rules(
    policy: Object, pod: Pod, direction: str, pods: Sequence[Pod], namespaces: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """`return` for all that one policy allows: the other end has a say too."""
    ingress = direction == "Ingress"
    other = "saddr" if ingress else "daddr"
    for rule in policy["spec"].get(direction.lower()) or []:
        peers = rule.get("from" if ingress else "to")
        if not peers:
            yield from (_line("", port) for port in _ports(rule, pod if ingress else None))
            continue
        for peer in peers:
            for place, destination in _peer(peer, policy["metadata"]["namespace"], pods, namespaces):
                yield from (_line(f"ip {other} {place} ", p) for p in _ports(rule, pod if ingress else destination))


def _line(place: str, port: str) -> str:
    return f"{place}{port}{' ' if port else ''}return"


def _peer(
    peer: Object, namespace: str, pods: Sequence[Pod], namespaces: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, Pod | None]]:
    """The addresses that a peer stands for, each with its pod where it is one's."""
    if block := peer.get("ipBlock"):
        places = [IPv4Network(block["cidr"])]
        for hole in map(IPv4Network, block.get("except", [])):
            places = [part for place in places for part in _without(place, hole)]
        yield from ((str(place), None) for place in places)
        return
    for pod in pods:
        wanted = peer.get("namespaceSelector")
        near = pod.namespace == namespace if wanted is None else selects(wanted, namespaces.get(pod.namespace, {}))
        if near and selects(peer.get("podSelector", {}), pod.labels):
            yield pod.address, pod


def _without(place: IPv4Network, hole: IPv4Network) -> list[IPv4Network]:
    if not place.overlaps(hole):
        return [place]
    return sorted(place.address_exclude(hole)) if hole.subnet_of(place) else []


def _ports(rule: Object, destination: Pod | None) -> Iterator[str]:
    """The ports of a rule as nftables matches; one that matches all where it names none."""
    if not rule.get("ports"):
        yield ""
    for port in rule.get("ports") or []:
        protocol = port.get("protocol", "TCP").lower()
        number = port.get("port")
        if isinstance(number, str):
            if destination is None or number not in destination.ports:
                continue  # who has no port of that name cannot be reached at it
            number = destination.ports[number]
        if number is None:
            yield f"meta l4proto {protocol}"
        else:
            end = f"-{port['endPort']}" if "endPort" in port else ""
            yield f"{protocol} dport {number}{end}"


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches; an empty one matches everything. Raises ValueError for unknown operators."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_expression(one, labels) for one in selector.get("matchExpressions", []))


def _expression(one: Object, labels: Mapping[str, str]) -> bool:
    key, operator, values = one["key"], one["operator"], one.get("values", [])
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    raise ValueError(f"In, NotIn, Exists or DoesNotExist expected, got {operator}")
