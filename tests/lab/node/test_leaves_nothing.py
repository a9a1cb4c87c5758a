"""A node leaves nothing on its machine: neither when it is stopped, nor when whoever holds it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.component import BIN, Components, LabError, wait_until
from tests.lab.node import kubelet, lab, machine, network

pytestmark = pytest.mark.xdist_group("real-node")
ROOT = Path(__file__).resolve().parents[3]

HOLDER = """
import sys, time
from pathlib import Path
from tests.lab.component import BIN, Components
from tests.lab.node import kubelet
from tests.lab.node.machine import Machine
from tests.lab.node.network import Network

folder = Path(sys.argv[1])
with Network(BIN, folder / "addresses") as network:
    components = Components(folder, network.inside())
    node = Machine(components, network)
    node.start()
    components.start(kubelet.containerd(node, BIN))
    network.attach("someone")
    print("up", flush=True)
    time.sleep(600)
"""


def traces(folder: Path) -> list[str]:
    """What is there of a node: mounts, processes, networks, control groups."""
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(folder) in line]
    return [*mounts, *processes(folder), *network.leftovers(), *machine.leftovers()]


def processes(folder: Path) -> list[str]:
    """Those that name a folder, besides ourselves."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command and path.parent.name != str(os.getpid()):
            found.append(command)
    return found


def routes() -> str:
    return subprocess.run(["ip", "route"], check=True, capture_output=True, text=True).stdout


def test_who_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """Its network, its processes and its mounts; what this machine had is as it was."""
    before = routes(), Path("/proc/sys/net/ipv4/ip_forward").read_text(), Path("/proc/mounts").read_text()
    with lab.alone(), network.Network(BIN, tmp_path / "addresses") as one:
        components = Components(tmp_path, one.inside())
        node = machine.Machine(components, one)
        try:
            node.start()
            components.start(kubelet.containerd(node, BIN))
            attached = one.attach("someone")
            assert attached.address.startswith("10.88.1.")
            assert network.within(attached, lambda: Path("/proc/self/net/dev").exists())
            assert len(processes(tmp_path)) >= 2
        finally:
            components.close()
            node.close()
    assert traces(tmp_path) == []
    assert before == (routes(), Path("/proc/sys/net/ipv4/ip_forward").read_text(), Path("/proc/mounts").read_text())


def test_who_is_killed_leaves_no_process_and_what_the_next_one_removes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tools'}"}
    with lab.alone():
        holder = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        assert len(processes(tmp_path)) >= 3
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        wait_until(lambda: not processes(tmp_path), "everything has ended", 20)
        assert network.leftovers() == ["lab-cable", "mlgitops-lab", "mlgitops-lab-someone"]
        holder.stdout.close()
    with lab.alone():
        assert network.leftovers() == []


def test_there_is_one_node_a_machine() -> None:
    with lab.alone(), pytest.raises(LabError, match="another real node runs"), lab.alone():
        pass


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="needs root: it makes namespaces, mounts and control groups"):
        lab.refuse()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="apt-get install debootstrap iproute2 nftables runc util-linux"):
        lab.refuse()
