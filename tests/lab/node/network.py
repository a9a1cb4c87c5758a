"""The network of a real node: a namespace of its own, in which every process of the lab lives.

    with Network() as network:
        network.inside("kubelet", …)          # the command that starts a program on the node
        operator = network.attach("operator")  # as a pod has one: operator.inside(…), operator.address

The node has the address NODE, its pods those of PODS, Services those of SERVICES. This machine reaches them all over
one cable, and they reach nothing else: there is no way out of the namespace. Needs root.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

Answer = TypeVar("Answer")

NAME = "mlgitops-lab"
NODE = "10.88.0.1"
PODS = "10.88.1.0/24"
SERVICES = "10.96.0.0/16"
HERE, THERE = "10.88.255.1", "10.88.255.2"
"""The two ends of the cable: this machine's, and the namespace's."""
CABLE = "lab-cable"
NAMED = Path("/run/netns")
CLONE_NEWNET = 0x40000000
REACHED = ("10.88.0.0/23", SERVICES)


class Attached(NamedTuple):
    """A network namespace that is connected as a pod's is."""

    name: str
    address: str

    def inside(self, *command: str) -> list[str]:
        """The command that runs another one in it."""
        return ["nsenter", f"--net=/run/netns/{self.name}", *command]


class Network:
    """The namespace, from `__enter__` to `__exit__`."""

    def __init__(self, plugins: Path, state: Path) -> None:
        """`plugins` holds the CNI plugins, `state` what they remember."""
        self.plugins, self.state = plugins, state

    def __enter__(self) -> Self:
        run("ip", "netns", "add", NAME)
        try:
            self._connect()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        remove_leftovers()

    def _connect(self) -> None:
        run("ip", "link", "add", CABLE, "type", "veth", "peer", "name", "uplink", "netns", NAME)
        run("ip", "address", "add", f"{HERE}/30", "dev", CABLE)
        run("ip", "link", "set", CABLE, "up")
        within = ("ip", "-netns", NAME)
        for device, address in (("uplink", f"{THERE}/30"), ("lo", f"{NODE}/32")):
            run(*within, "address", "add", address, "dev", device)
        for device in ("lo", "uplink"):
            run(*within, "link", "set", device, "up")
        for network in REACHED:
            run("ip", "route", "add", network, "via", THERE)
        run(*self.inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))

    def entered(self) -> list[str]:
        """The options with which nsenter goes to the node."""
        return [f"--net=/run/netns/{NAME}"]

    def inside(self, *command: str) -> list[str]:
        """The command that runs another one on the node."""
        return ["nsenter", *self.entered(), *command]

    def configuration(self) -> dict[str, object]:
        """What containerd reads to connect pods: each has a cable to the node, which routes between them."""
        ipam = {
            "type": "host-local",
            "ranges": [[{"subnet": PODS}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(self.state),
        }
        return {"cniVersion": "1.0.0", "name": "lab", "plugins": [{"type": "ptp", "ipMasq": False, "ipam": ipam}]}

    def attach(self, name: str) -> Attached:
        """Connect a namespace of its own as a pod's is: what runs in it is to others what a pod would be."""
        full = f"{NAME}-{name}"
        run("ip", "netns", "add", full)
        plugin = {**self.configuration()["plugins"][0], "cniVersion": "1.0.0", "name": "lab"}  # type: ignore[index]
        variables = {
            "CNI_COMMAND": "ADD",
            "CNI_CONTAINERID": full,
            "CNI_NETNS": f"/run/netns/{full}",
            "CNI_IFNAME": "eth0",
            "CNI_PATH": str(self.plugins),
        }
        said = run(*self.inside(str(self.plugins / "ptp")), text=json.dumps(plugin), variables=variables)
        return Attached(full, json.loads(said)["ips"][0]["address"].partition("/")[0])


def leftovers() -> list[str]:
    """What a lab that was not stopped has left of its network."""
    found = [path.name for path in NAMED.glob(f"{NAME}*")] if NAMED.is_dir() else []
    return sorted([*found, *([CABLE] if _is_there(CABLE) else [])])


def remove_leftovers() -> None:
    """Remove a lab's network, whoever left it. The cable takes its routes along."""
    if _is_there(CABLE):
        run("ip", "link", "delete", CABLE)
    for name in leftovers():
        run("ip", "netns", "delete", name)


def _is_there(device: str) -> bool:
    return (Path("/sys/class/net") / device).exists()


def run(*command: str, text: str = "", variables: Mapping[str, str] | None = None) -> str:
    """Run a command, and return what it prints. Raises RuntimeError with what it says where it fails."""
    done = subprocess.run(command, input=text, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def within(attached: Attached, function: Callable[[], Answer]) -> Answer:
    """What a function returns whose connections begin in another network; whatever it raises is raised here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_in_network, attached.name, function).result()


def _in_network(name: str, function: Callable[[], Answer]) -> Answer:
    library = ctypes.CDLL(None, use_errno=True)
    with (NAMED / name).open("rb") as namespace:
        # Of this thread alone, which ends with the function.
        if library.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"entering the network {name}")
    return function()
