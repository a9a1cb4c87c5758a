"""The network of simulated pods: all of their addresses are local to it, so that something can answer there.

    network = PodNetwork(components)
    network.start()
    network.inside("envoy", …)               # the command that runs another one in it
    network.listen("0.0.0.0", 8000)          # port 8000 of every pod, answered from here
    network.connect("127.0.0.1", 10080)

KWOK gives pods addresses that lead nowhere. In this namespace they lead to whoever listens, and nothing leads out of
it. It needs root, or a system on which everybody may have namespaces.
"""

from __future__ import annotations

import os
import shlex
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.lab.component import Component, Components, LabError, require
from tests.lab.nodes import PODS
from tests.lab.repository import ROOT

NAME = "pod-network"


class PodNetwork:
    """The namespace, which ends with the last socket and process in it."""

    def __init__(self, components: Components) -> None:
        self.components = components
        self._path = components.folder / "pod-network.sock"
        self._led: list[socket.socket] = []
        self._namespaces = ["--net"] if os.geteuid() == 0 else ["--user", "--net"]

    def start(self) -> None:
        """Make it. Raises LabError where this system does not let us."""
        require(("unshare", "util-linux"), ("ip", "iproute2"))
        source = shlex.join([sys.executable, "-m", "tests.lab.socket_source", str(self._path)])
        script = f"ip link set lo up && ip route add local {PODS} dev lo && exec {source}"
        root = ["--map-root-user"] if "--user" in self._namespaces else []
        command = ["unshare", *self._namespaces, *root, "sh", "-c", script]
        try:
            self.components.start(Component(NAME, command, self._answers, {"PYTHONPATH": str(ROOT)}))
        except LabError as error:
            raise LabError(
                "a network for simulated pods needs root, or namespaces for everybody"
                f" (sysctl kernel.apparmor_restrict_unprivileged_userns=0 where there is that setting): {error}"
            ) from None

    def inside(self, *command: str, root: Path | None = None) -> list[str]:
        """The command that runs another one in it, with a folder as its root where one is given."""
        where = [f"--target={self.components.pid(NAME)}", *self._namespaces]
        kept = ["--preserve-credentials"] if "--user" in self._namespaces else []
        return ["nsenter", *where, *kept, *([f"--root={root}", "--wd=/"] if root else []), *command]

    def socket(self) -> socket.socket:
        """A TCP socket of it, not yet bound or connected. Raises OSError where it has ended."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self._path))
            _, [descriptor], _, _ = socket.recv_fds(asking, 1, 1)
        return socket.socket(fileno=descriptor)

    def connect(self, address: str, port: int, timeout: float = 10.0) -> socket.socket:
        """A connection in it. Raises OSError where nobody listens."""
        made = self.socket()
        try:
            made.settimeout(timeout)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.connect((address, port))
        except BaseException:
            made.close()
            raise
        return made

    def listen(self, address: str, port: int) -> socket.socket:
        """A socket that takes connections in it."""
        made = self.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
        return made

    def listens(self, port: int) -> Callable[[], bool]:
        """Ready when a connection to a port in it is accepted."""

        def ask() -> bool:
            try:
                self.connect("127.0.0.1", port, 1.0).close()
            except OSError:
                return False
            return True

        return ask

    def lead_out(self, port: int) -> None:
        """Let a port of its loopback be that of this machine's, as long as we run."""
        listener = self.listen("127.0.0.1", port)
        self._led.append(listener)
        threading.Thread(target=_forward, args=(listener, port), name=f"port {port}", daemon=True).start()

    def stop(self) -> None:
        """End what we have in it; nothing else of it may be in use."""
        for listener in self._led:
            listener.shutdown(socket.SHUT_RDWR)
        self.components.stop(NAME)
        self._path.unlink()

    def _answers(self) -> bool:
        try:
            self.socket().close()
        except OSError:
            return False
        return True


def _forward(listener: socket.socket, port: int) -> None:
    with listener, suppress(OSError):  # until it is shut down
        while True:
            here, _ = listener.accept()
            threading.Thread(target=_join, args=(here, port), name=f"port {port}", daemon=True).start()


def _join(here: socket.socket, port: int) -> None:
    """Lead one connection to a port of this machine, until either end is over."""
    with here, suppress(OSError), socket.create_connection(("127.0.0.1", port)) as there:
        back = threading.Thread(target=_copy, args=(there, here), name=f"port {port}", daemon=True)
        back.start()
        _copy(here, there)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
