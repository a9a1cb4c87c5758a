"""Who reaches what: the rendered NetworkPolicies in force, tried with connections."""

from __future__ import annotations

import re
import socket

import pytest

from tests.lab.component import wait_until
from tests.lab.node.conftest import Chapter, Node
from tests.lab.node.network import Attached, within
from tests.lab.node.story import NAMESPACE

pytestmark = pytest.mark.xdist_group("real-node")
WAIT = 1.5
"""Seconds without a word that are taken for a dropped connection."""

DROPPED = re.compile(r"8265/api/serve/applications/[^\n]*(?:Client.Timeout exceeded|i/o timeout)")
"""What the operator logs of a request that nobody answers."""

HEAD = {"gcs": 6379, "dashboard": 8265, "client": 10001, "serve": 8000, "metrics": 8080, "as": 44217, "dash": 44227}
WORKER = {"serve": 8000, "grpc": 9000, "watch": 9464, "metrics": 8080, "agent": 52365}

REACHED: dict[str, dict[str, set[str]]] = {
    "kuberay-system": {"head": {"dashboard"}, "worker": set()},
    "gateway-system": {"head": {"serve"}, "worker": {"serve", "grpc"}},
    "monitoring": {"head": {"metrics", "as", "dash"}, "worker": {"metrics", "watch"}},
    "kube-system": {"head": set(), "worker": set()},
    "other": {"head": set(), "worker": set()},
}
"""From each namespace: the ports that answer, or where nothing listens, say so. Everything else is silent."""


def reaches(source: Attached, address: str, port: int) -> bool:
    """Whether a connection is answered at all: accepted, or refused by the pod itself."""

    def tried() -> bool:
        try:
            with socket.create_connection((address, port), timeout=WAIT):
                return True
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            return False

    return within(source, tried)


@pytest.fixture(scope="module")
def sources(node: Node) -> dict[str, Attached]:
    """A network in each namespace, as a pod of it would have."""
    found = {}
    for namespace in REACHED:
        attached = node.lab.network.attach(f"from-{namespace}")
        node.lab.play(f"from-{namespace}", namespace, attached)
        found[namespace] = attached
    node.lab.enforcer.enforce()
    return found


@pytest.fixture(scope="module")
def pods(node: Node, first: Chapter) -> dict[str, str]:
    """The addresses of the pods that serve."""
    listed = node.lab.objects("pods", NAMESPACE, "app.kubernetes.io/component=serve")
    running = [
        one for one in listed if one["status"]["phase"] == "Running" and "deletionTimestamp" not in one["metadata"]
    ]
    return {one["metadata"]["labels"]["ray.io/node-type"]: one["status"]["podIP"] for one in running}


@pytest.mark.parametrize("role", ["head", "worker"])
@pytest.mark.parametrize("namespace", REACHED)
def test_what_is_reached(
    node: Node, sources: dict[str, Attached], pods: dict[str, str], namespace: str, role: str
) -> None:
    ports = HEAD if role == "head" else WORKER
    got = {name for name, port in ports.items() if reaches(sources[namespace], pods[role], port)}
    expected = REACHED[namespace][role]
    # The gateway's rule names both of Serve's ports, on whichever pod of the cluster.
    assert got - ({"grpc"} if role == "head" else set()) == expected


def test_without_the_policies_everything_is_reached(
    node: Node, sources: dict[str, Attached], pods: dict[str, str]
) -> None:
    """So what is silent above is silent by the policies, not for lack of a way."""
    with node.lab.enforcer.suspended():
        assert reaches(sources["other"], pods["head"], HEAD["dashboard"])
        assert reaches(sources["other"], pods["head"], HEAD["gcs"])
    assert not reaches(sources["other"], pods["head"], HEAD["dashboard"])


def test_a_serving_pod_leaves_the_cluster_by_no_way(node: Node, pods: dict[str, str]) -> None:
    """From inside a worker: its own head and names answer, other pods and the node's kubelet do not."""
    stranger = node.lab.network.attach("stranger")
    node.lab.play("stranger", "other", stranger)
    node.lab.enforcer.enforce()
    names = node.lab.played["dns"].address
    tried = {
        "its head": (pods["head"], 6379),
        "names": (names, 53),
        "another namespace": (stranger.address, 8000),
        "the kubelet": ("10.88.0.1", 10250),
        "the API, which Ray's autoscaler asks": ("10.96.0.1", 443),
    }
    got = {name for name, where in tried.items() if node.lab.connects_from(NAMESPACE, worker(node), *where)}
    assert got == {"its head", "names", "the API, which Ray's autoscaler asks"}


def worker(node: Node) -> str:
    """The name of a worker that serves."""
    [pod, *_] = node.lab.objects("pods", NAMESPACE, "app.kubernetes.io/component=serve,ray.io/node-type=worker")
    return str(pod["metadata"]["name"])


def test_without_the_operator_s_rule_no_release_comes_up(node: Node, pods: dict[str, str]) -> None:
    """The operator's own requests: without the rule they are dropped, and it learns nothing of any RayService.

    It is started again, since what was connected before stays so.
    """
    operator, log = node.lab.played["operator"], node.lab.components.log
    assert reaches(operator, pods["head"], HEAD["dashboard"])
    with node.lab.enforcer.without("kuberay-system"):
        assert not reaches(operator, pods["head"], HEAD["dashboard"])
        node.lab.components.restart("ray-operator")
        begun = len(log("ray-operator"))
        wait_until(lambda: DROPPED.search(log("ray-operator")[begun:]), "the operator's requests are dropped", 120)
    assert reaches(operator, pods["head"], HEAD["dashboard"])
