"""The lab with a real node: the same control plane, and pods that run. Needs root and Linux.

    with real_lab(make_repository) as lab:
        lab.bootstrap()
        lab.as_pod("gateway").get("http://10.96.…/…")

Everything is in network, process and mount namespaces of its own, on addresses of its own; this machine's rules, routes
beyond the lab's and settings stay as they are.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.lab.argo_cd import ArgoCD, apply_definitions, await_served
from tests.lab.component import (
    BIN,
    Component,
    Components,
    LabError,
    answers,
    program,
    require,
    temporary_folder,
    wait_until,
)
from tests.lab.control_plane import ControlPlane
from tests.lab.control_plane import Network as Addresses
from tests.lab.lab import Lab
from tests.lab.node import kubelet, machine
from tests.lab.node.enforcer import Enforcer
from tests.lab.node.images import Images
from tests.lab.node.machine import Machine
from tests.lab.node.network import NODE, SERVICES, Attached, Network, remove_leftovers
from tests.lab.node.policies import Pod
from tests.lab.nodes import ready_nodes
from tests.lab.ray import DEFINITIONS
from tests.lab.repository import Repository

CLUSTER = "ml-dev"
"""The destination of the environment."""
API_PORT = 6443
"""One of those that rendered policies let Ray's autoscaler reach."""
GATEWAY_API = "gateway.networking.k8s.io/v1"
ROUTES = f"/apis/{GATEWAY_API}/httproutes"
OPERATOR_PORT = 8082
PLAYED = {"dns": "kube-system", "operator": "kuberay-system"}
"""Processes that are to others what pods of a namespace would be."""
NEEDED = (
    ("runc", "runc"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("nsenter", "util-linux"),
    ("debootstrap", "debootstrap"),
)


class Prepared(NamedTuple):
    """What a repository for the lab is made from."""

    folder: Path
    """Where it is to be, with whatever belongs to it."""
    image: str
    """Of Ray's pods and of the platform's Jobs."""


class RealLab(Lab):
    """A lab whose pods run."""

    def __init__(self, plane: ControlPlane, argo_cd: ArgoCD, repository: Repository, network: Network) -> None:
        super().__init__(plane, argo_cd, repository)
        self.network = network
        self.enforcer = Enforcer(plane, network)
        self.played: dict[str, Attached] = {}

    def play(self, name: str, namespace: str, attached: Attached) -> None:
        """Have policies take a connected process for a pod."""
        self.played[name] = attached
        self.enforcer.players.append(Pod(name, namespace, attached.address))

    def connects_from(self, namespace: str, pod: str, address: str, port: int) -> bool:
        """Whether a connection from inside a pod is answered at all: accepted, or refused."""
        script = f"""
import socket
try:
    socket.create_connection(({address!r}, {port}), timeout=2)
except ConnectionRefusedError:
    pass
except OSError:
    print("silent")
"""
        return self.kubectl("exec", "--namespace", namespace, pod, "--", "python", "-c", script) == ""

    def accept_routes(self) -> int:
        """Say of every HTTPRoute what a gateway would that takes it; returns how many there are."""
        routes = self.api(ROUTES)["items"]
        for route in routes:
            about = route["metadata"]
            path = f"/apis/{GATEWAY_API}/namespaces/{about['namespace']}/httproutes/{about['name']}/status"
            parents = [_accepted(parent) for parent in route["spec"]["parentRefs"]]
            if not route.get("status", {}).get("parents"):
                self.plane.patch(path, {"status": {"parents": parents}})
        return len(routes)


def _accepted(parent: dict[str, Any]) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    conditions = [
        {"type": kind, "status": "True", "reason": kind, "message": "", "lastTransitionTime": now}
        for kind in ("Accepted", "ResolvedRefs")
    ]
    reference = {key: parent[key] for key in ("name", "namespace") if key in parent}
    return {"controllerName": "example.com/gateway", "parentRef": reference, "conditions": conditions}


@contextmanager
def real_lab(make_repository: Callable[[Prepared], Repository]) -> Iterator[RealLab]:
    """A lab with one real node, and nothing in its Argo CD yet. Raises LabError where this machine cannot have one."""
    refuse()
    with ExitStack() as stack:
        stack.enter_context(alone())
        folder = stack.enter_context(temporary_folder())
        network = stack.enter_context(Network(BIN, folder / "addresses"))
        components = Components(folder, network.inside())
        node = Machine(components, network)
        stack.callback(node.close)
        stack.callback(components.close)
        images = Images(node)
        played = {name: network.attach(name) for name in PLAYED}
        plane = start_node(components, node, images, played["dns"])
        start_operator(plane, played["operator"], node.folder)
        argo_cd = ArgoCD(plane)
        argo_cd.start()
        argo_cd.add_cluster(CLUSTER, 0)
        lab = RealLab(plane, argo_cd, make_repository(Prepared(folder, images.ray)), network)
        for name, attached in played.items():
            lab.play(name, PLAYED[name], attached)
        stack.enter_context(lab.enforcer)
        yield lab


def refuse() -> None:
    """Raise LabError where this machine cannot have a real node, with the reason."""
    if os.geteuid() != 0:
        raise LabError("the real node needs root: it makes namespaces, mounts and control groups")
    require(*NEEDED)


@contextmanager
def alone() -> Iterator[None]:
    """One real node a machine: its addresses are fixed. Raises LabError where there is another."""
    with (Path(tempfile.gettempdir()) / "mlgitops-real-node.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("another real node runs on this machine") from None
        machine.refuse_another()
        remove_leftovers()
        yield


def start_node(components: Components, node: Machine, images: Images, dns: Attached) -> ControlPlane:
    """The control plane, and its one node with the images in it."""
    by_address = ["--kubelet-preferred-address-types=InternalIP"]
    plane = ControlPlane(components, Addresses(NODE, SERVICES, API_PORT), apiserver=by_address)
    plane.start()
    node.start()
    components.start(kubelet.containerd(node, BIN))
    images.provide()
    inside = ["nsenter", f"--net=/run/netns/{dns.name}"]
    components.start(kubelet.coredns(node.folder, dns.address, inside, plane.kubeconfig))
    components.start(kubelet.kubelet(node, plane.kubeconfig, dns.address), kubelet.kube_proxy(node, plane.kubeconfig))
    wait_until(lambda: ready_nodes(plane) == [kubelet.NODE_NAME], "the node is Ready", 60)
    for module in sorted((BIN / "share" / "definitions").rglob("*.yaml")):
        plane.kubectl("apply", "--server-side", f"--filename={module}")
    return plane


def start_operator(plane: ControlPlane, attached: Attached, folder: Path) -> None:
    """The KubeRay operator, which reaches Ray's dashboards as in a cluster: by name, from an address of its own."""
    apply_definitions(plane, DEFINITIONS)
    for kind in ("rayclusters", "rayjobs", "rayservices"):
        await_served(plane, f"/apis/ray.io/v1/{kind}")
    names = folder / "names.conf"
    dns = plane.components.folder / "node" / "Corefile"
    address = dns.read_text().split("bind ")[1].split()[0]
    names.write_text(f"nameserver {address}\nsearch svc.cluster.local cluster.local\noptions ndots:5\n")
    operator = [
        program("ray-operator"),
        "--enable-leader-election=false",
        "--metrics-addr=0",
        f"--health-probe-bind-address={attached.address}:{OPERATOR_PORT}",
        "--log-stdout-encoder=console",
    ]
    script = f"mount --bind {shlex.quote(str(names))} /etc/resolv.conf && exec {shlex.join(operator)}"
    command = attached.inside("unshare", "--mount", "sh", "-c", script)
    ready = answers(f"http://{attached.address}:{OPERATOR_PORT}/readyz")
    plane.components.start(Component("ray-operator", command, ready, {"KUBECONFIG": str(plane.kubeconfig)}))
