"""What containers of the lab live in: processes and mounts of their own, which end with it to the last one.

    machine = Machine(components, network)
    machine.start()
    machine.inside("containerd", …)       # a command on the node, to be started as a component

The first process is one that only reaps (`tools/pause`). Where it ends, whoever ends it, the kernel ends all that runs
in here: shims and containers, which no process group holds. What they mounted goes with them; the machine's own
/var/lib, /var/log and /run are never touched. Needs root.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from tests.lab.component import Component, Components, LabError, program, wait_until
from tests.lab.node.network import Network

OWN = ("var/lib", "var/log", "run")
"""Folders of the node's, in place of this machine's."""
CONTROL_GROUPS = Path("/sys/fs/cgroup")
PODS = "kubepods"
"""The control group that a kubelet makes for all of its pods."""


class Machine:
    """The node's processes and mounts."""

    def __init__(self, components: Components, network: Network) -> None:
        self.components, self.network = components, network
        self.folder = components.folder / "node"
        self._first = 0

    def start(self) -> None:
        """Make it; it ends with the components."""
        mounts = ["mount --make-rprivate /"]
        for path in OWN:
            (self.folder / path).mkdir(parents=True)
            mounts.append(f"mount --bind {shlex.quote(str(self.folder / path))} /{path}")
        # Volumes that the kubelet mounts have to reach containers.
        mounts.append("mount --make-rshared /")
        script = f"{' && '.join(mounts)} && exec {shlex.quote(program('pause'))}"
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "sh", "-c", script]
        self.components.start(Component("machine", unshare, self._is_made))

    def _is_made(self) -> bool:
        holder = self.components.pid("machine")
        with suppress(OSError, IndexError):
            self._first = int(Path(f"/proc/{holder}/task/{holder}/children").read_text().split()[0])
            return Path(os.readlink(f"/proc/{self._first}/exe")).name == "pause"
        return False

    def inside(self, *command: str) -> list[str]:
        """The command that runs another one on the node."""
        where = ["nsenter", f"--target={self._first}", "--mount", "--pid", *self.network.entered()]
        return [*where, f"--wdns={self.folder}", *command]

    def close(self) -> None:
        """Remove the control groups of pods that have ended."""
        wait_until(lambda: not _processes(), "the end of all containers", 30)
        for path in _groups():
            with suppress(FileNotFoundError):
                path.rmdir()


def refuse_another() -> None:
    """Raise LabError where this machine runs pods already: a node has its control groups to itself."""
    if _processes():
        raise LabError(
            f"pods of another kubelet run here ({CONTROL_GROUPS}/*/{PODS}): the real node needs a machine without"
        )


def leftovers() -> list[str]:
    """Control groups of pods that are still there."""
    return sorted(map(str, _groups()))


def _groups() -> list[Path]:
    """The control groups of pods, the innermost first, in whichever hierarchies this machine has."""
    places = [CONTROL_GROUPS / PODS, *CONTROL_GROUPS.glob(f"*/{PODS}")]
    found = [Path(path) for place in places for path, _, _ in os.walk(place)]
    return sorted(found, key=lambda path: -len(path.parts))


def _processes() -> list[str]:
    ids: list[str] = []
    for path in _groups():
        with suppress(OSError):
            ids += (path / "cgroup.procs").read_text().split()
    return ids
