"""A component of the lab: one process, declared by its command, its environment and how to tell that it is ready.

    components = Components(folder)
    components.start(Component("etcd", [etcd, "--data-dir", ...], ready=answers("http://127.0.0.1:23790/health")))
    components.stop("etcd")
    components.close()

Each leads a process group of its own, which the system kills where we are killed ourselves (`Leash`): nothing outlives
the lab. What a component prints is in `<folder>/logs/<name>.log`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from mlgitops.programs.leash import Leash

BIN = Path(__file__).resolve().parents[2] / "tools" / "bin"
PREFIX = "mlgitops-lab-"
Answer = TypeVar("Answer")
PATIENCE = float(os.environ.get("LAB_PATIENCE", "4"))
"""How much longer than on an idle machine with two cores everything may take before it counts as failed."""

GRACE = 10.0
"""Seconds between asking a component to end and ending it."""


class LabError(Exception):
    """The lab cannot do what it was asked for; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Component:
    """One process. `command` has the program's path first; `ready` is asked until it says yes, for `within` seconds."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    within: float = 30.0


class Components:
    """The components that run, in the order in which they were started; `prefix` goes in front of each command.

    A prefix is, say, `("nsenter", "--net=/run/netns/lab-node")`.
    """

    def __init__(self, folder: Path, prefix: Sequence[str] = ()) -> None:
        self.folder = folder
        self._prefix = tuple(prefix)
        self._running: dict[str, tuple[Component, subprocess.Popen[bytes], Leash]] = {}
        self._known: dict[str, Component] = {}
        (folder / "logs").mkdir(parents=True, exist_ok=True)

    def start(self, *components: Component) -> None:
        """Start components side by side, and return when all are ready. Raises LabError with the end of a log."""
        for component in components:
            self.launch(component)
        for component in components:
            self.await_ready(component.name)

    def launch(self, component: Component) -> None:
        """Start a component without waiting for it."""
        program = component.command[0]
        if not Path(program).is_file() and shutil.which(program) is None:
            raise LabError(f"{component.name}: there is no program {program} (`make lab-tools` builds the lab's own)")
        leash = Leash()
        with self.log_file(component.name).open("ab") as log:
            process = subprocess.Popen(
                [*self._prefix, *component.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**_ambient(), **component.environment},
                start_new_session=True,
                pass_fds=leash.passed,
            )
        leash.tie(process.pid)
        self._known[component.name] = component
        self._running[component.name] = (component, process, leash)

    def await_ready(self, name: str) -> None:
        """Wait until a component that was started says that it is ready."""
        component, process, _ = self._running[name]
        limit = time.monotonic() + component.within * PATIENCE
        while not component.ready():
            if process.poll() is not None:
                raise LabError(f"{name} ended with {process.returncode} before it was ready:\n{self.log(name)[-2000:]}")
            if time.monotonic() > limit:
                raise LabError(
                    f"{name} was not ready after {component.within * PATIENCE:.0f} s:\n{self.log(name)[-2000:]}"
                )
            time.sleep(0.05)

    def stop(self, name: str, sent: signal.Signals = signal.SIGTERM) -> None:
        """End a component and all of its process group; after `GRACE` seconds by force."""
        _, process, leash = self._running.pop(name)
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sent)
            limit = time.monotonic() + GRACE
            # Not reaped yet: the group's number must not be another's when what is left of it is ended.
            while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                if time.monotonic() > limit:
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(0.01)
        leash.close()
        process.wait()

    def kill(self, name: str) -> None:
        """End a component as a crash would."""
        self.stop(name, signal.SIGKILL)

    def restart(self, name: str, **changes: object) -> None:
        """Start a component again, which may still run, with some of its declaration changed."""
        if name in self._running:
            self.stop(name)
        former = self._known[name]
        values = {part: getattr(former, part) for part in ("name", "command", "ready", "environment", "within")}
        self.start(Component(**{**values, **changes}))

    def declared(self, name: str) -> Component:
        """What a component was started as last."""
        return self._known[name]

    def pid(self, name: str) -> int:
        """The process number of a component that runs."""
        return self._running[name][1].pid

    def ended(self) -> list[str]:
        """The components that ended by themselves."""
        return [name for name, (_, process, _) in self._running.items() if process.poll() is not None]

    def memory(self) -> dict[str, int]:
        """The resident memory of each component, in MiB, without that of its children."""
        page = os.sysconf("SC_PAGE_SIZE")
        used = {}
        for name, (_, process, _) in self._running.items():
            with suppress(OSError):
                used[name] = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * page >> 20
        return used

    def log_file(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def log(self, name: str) -> str:
        """What a component has printed so far."""
        path = self.log_file(name)
        return path.read_text(errors="replace") if path.is_file() else ""

    def copy_logs(self, target: Path) -> None:
        """Keep the logs in a folder of their own, in place of what was there."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.folder / "logs", target)

    def close(self) -> None:
        """End all, the last one first."""
        for name in reversed(list(self._running)):
            self.stop(name)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for one lab, gone when it ends; those of labs that were killed go first."""
    for former in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = former.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(former, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str) -> str:
    """The path of one of the lab's own programs."""
    return str(BIN / name)


def require(*programs: tuple[str, str]) -> None:
    """Raise LabError unless programs are there; each comes with the Debian package that has it."""
    missing = [package for name, package in programs if shutil.which(name) is None]
    if missing:
        raise LabError(f"the lab needs programs that are not here: apt-get install {' '.join(sorted(set(missing)))}")


def free_ports(count: int, address: str = "127.0.0.1") -> list[int]:
    """Ports on which nothing listens at the moment, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((address, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(url: str) -> Callable[[], bool]:
    """Ready when a GET of `url` is answered with 200; whose certificate it is does not matter."""
    context = ssl._create_unverified_context()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def ask() -> bool:
        try:
            with opener.open(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    return ask


def listens(port: int, address: str = "127.0.0.1") -> Callable[[], bool]:
    """Ready when a connection to a port is accepted."""

    def ask() -> bool:
        try:
            with socket.create_connection((address, port), timeout=1):
                return True
        except OSError:
            return False

    return ask


def wait_until(question: Callable[[], Answer], what: str, within: float = 60.0, every: float = 0.2) -> Answer:
    """Ask until the answer is true, and return it. Raises TimeoutError that says what was waited for."""
    within *= PATIENCE
    limit = time.monotonic() + within
    while not (answer := question()):
        if time.monotonic() > limit:
            raise TimeoutError(f"after {within:.0f} s not yet: {what}")
        time.sleep(every)
    return answer


def _ambient() -> dict[str, str]:
    """What a component gets of our environment: where programs are, and nothing that steers one."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
