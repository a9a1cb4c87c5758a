"""Whatever is rendered and listens asks for a token, or is reached by nobody but those it is for.

Asserted on every object below rendered/, whose pods are laid open as KubeRay makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ryaml import loads

from mlgitops.policy.pods import CLUSTERS, pods_of

Json = Any
ROOT = Path(__file__).parents[2]
TARGETS = sorted(path.parent for path in (ROOT / "rendered").glob("*/*/*/networkpolicy.yaml"))


def _objects(folder: Path) -> dict[str, Json]:
    return {path.name: loads(path.read_text()) for path in sorted(folder.glob("*.yaml"))}


def test_all_targets_are_looked_at() -> None:
    having_pods = {path.parent for path in (ROOT / "rendered").glob("*/*/*/ray*.yaml")}
    assert having_pods == set(TARGETS)
    assert len(TARGETS) > 8


@pytest.mark.parametrize("folder", TARGETS, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_ray_cluster_asks_for_a_token(folder: Path) -> None:
    clusters = [data for data in _objects(folder).values() if data["kind"] in CLUSTERS]
    assert clusters
    for data in clusters:
        spec = data
        for key in CLUSTERS[data["kind"]]:
            spec = spec[str(key)]
        assert spec["authOptions"] == {"mode": "token"}
        assert spec["headGroupSpec"]["serviceType"] == "ClusterIP"
        assert not spec["headGroupSpec"].get("enableIngress")


@pytest.mark.parametrize("folder", TARGETS, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_pod_is_behind_a_network_policy(folder: Path) -> None:
    objects = _objects(folder)
    policies = [data for data in objects.values() if data["kind"] == "NetworkPolicy"]
    pods = [pod for name, data in objects.items() for pod in pods_of(name, data)]
    assert pods
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        mine = [one for one in policies if _selects(one["spec"]["podSelector"], labels)]
        assert mine, (pod["file"], pod["pointer"])
        assert {one["metadata"]["namespace"] for one in mine} == {pod["namespace"]}
        assert all(sorted(one["spec"]["policyTypes"]) == ["Egress", "Ingress"] for one in mine)
        for source in _peers(mine, "ingress", "from", labels):
            assert "ipBlock" not in source, "no pod is open to a network"
            assert any(source.get(key, {}).get("matchLabels") for key in ("podSelector", "namespaceSelector")), source
        for destination in _peers(mine, "egress", "to", labels):
            assert destination.get("ipBlock", {}).get("cidr") != "0.0.0.0/0", "no pod may reach everything"


def _peers(policies: list[Json], direction: str, key: str, labels: dict[str, str]) -> Iterator[Json]:
    """Everybody whom a pod may talk with; on every port only with those of its own cluster, as Ray does."""
    for policy in policies:
        for rule in policy["spec"].get(direction) or []:
            assert rule.get(key), f"a rule without `{key}` is one for everybody"
            if not rule.get("ports"):
                own = [peer for peer in rule[key] if peer.keys() == {"podSelector"}]
                assert own == rule[key]
                assert all("mlgitops.dev/model" in peer["podSelector"]["matchLabels"] for peer in own)
                assert all(_selects(peer["podSelector"], labels) for peer in own)
            yield from rule[key]


def _selects(selector: Json, labels: dict[str, str]) -> bool:
    """As Kubernetes does, of the operators that are rendered."""
    for requirement in selector.get("matchExpressions", []):
        assert requirement["operator"] == "In"
        if labels.get(requirement["key"]) not in requirement["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


def test_every_service_stays_inside() -> None:
    services = [
        data
        for path in (ROOT / "rendered").rglob("service*.yaml")
        if (data := loads(path.read_text()))["kind"] == "Service"
    ]
    assert len(services) > 3
    for data in services:
        assert data["spec"]["type"] == "ClusterIP"
        assert "externalIPs" not in data["spec"]
