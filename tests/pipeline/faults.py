"""Commands run in processes of their own, in which the n-th call that reaches the disk goes wrong.

    with Faults() as faults:
        calls = faults.run(root, ["render"], "count").calls
        faults.run(root, ["render"], "kill", at=7)

Modules are loaded once, in a process that forks for every run. What is counted: opening, writing, renaming, making and
removing files and folders below the root, fsync, syncfs and renameat2. `kill` sends SIGKILL instead of making the call;
a write gets half of its bytes through before.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pytest

EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "os.listdir")
WRITING = ("os.rename", "os.mkdir", "os.remove", "os.rmdir")
CLOCK = "/clock"
"""The file whose ctime tells the file system's time: how often it is asked depends on the machine."""
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}


class Outcome(NamedTuple):
    """What became of a run."""

    status: int
    """Its exit code, negative for a signal."""
    output: str
    calls: list[str]
    """What was counted, in order."""


class Faults:
    """The process that forks the runs."""

    def __enter__(self) -> Faults:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.faults"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, root: Path, words: list[str], mode: str = "count", at: int = -1, *, reading: bool = False) -> Outcome:
        """Run a command; the call with number `at` goes wrong. Reading calls are counted where that is asked for."""
        self.start(root, words, mode, at, reading=reading)
        return self.answer()

    def start(self, root: Path, words: list[str], mode: str = "count", at: int = -1, *, reading: bool = False) -> None:
        """As `run`, without waiting for its end."""
        order = {"root": str(root), "words": words, "mode": mode, "at": at, "reading": reading}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Outcome:
        """What became of the run that was started."""
        assert self._process.stdout is not None
        return Outcome(*json.loads(self._process.stdout.readline()))


class Counter:
    """Counts calls, and lets one go wrong."""

    def __init__(self, order: dict[str, Any], log: int) -> None:
        self.root = order["root"]
        self.mode = order["mode"]
        self.at = order["at"]
        self.reading = order["reading"]
        self.log = log
        self.count = 0
        self.write = os.write
        self.descriptors: set[int] = set()

    def call(self, name: str, path: str = "") -> bool:
        """Counts one call; whether it is to be killed in the middle. Raises OSError where it is to fail."""
        number, self.count = self.count, self.count + 1
        if self.mode == "count":
            self.write(self.log, f"{name} {path.removeprefix(self.root)}\n".encode())
        if number != self.at:
            return False
        if self.mode in ERRORS:
            raise OSError(ERRORS[self.mode], os.strerror(ERRORS[self.mode]), path)
        return self.mode == "kill"

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook of Python's."""
        if event not in EVENTS or not arguments or not self._ours(event, arguments):
            return
        if self.call(event, str(arguments[0])):
            die()

    def _ours(self, event: str, arguments: tuple[Any, ...]) -> bool:
        path = arguments[0]
        if event in ("os.remove", "os.rmdir"):
            return True  # with a descriptor of its folder
        if not isinstance(path, str) or not path.startswith(self.root) or path.endswith(CLOCK):
            return False
        if event == "open":
            writes = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            return writes or self.reading
        return event in WRITING or self.reading

    def install(self) -> None:
        """Puts the counter before the calls."""
        fsync, write, libc = os.fsync, os.write, ctypes.CDLL

        def counted_write(descriptor: int, data: Any) -> int:
            if self.call("write", _path(descriptor)):
                write(descriptor, bytes(data)[: len(data) // 2])
                die()
            return write(descriptor, data)

        def counted_fsync(descriptor: int) -> None:
            if self.call("fsync", _path(descriptor)):
                die()
            fsync(descriptor)

        class CountedLibrary(libc):  # type: ignore[misc, valid-type]
            """libc, of which two functions are counted."""

            def __getattr__(library, name: str) -> Any:  # noqa: N805
                function = super().__getattr__(name)
                if name in ("syncfs", "renameat2"):
                    function = self.counted(name, function)
                    setattr(library, name, function)
                return function

        os.write, os.fsync, ctypes.CDLL = counted_write, counted_fsync, CountedLibrary  # type: ignore[assignment, misc]
        sys.addaudithook(self.audit)

    def counted(self, name: str, function: Any) -> Any:
        """A C function that reports errors through errno."""

        def call(*arguments: Any) -> int:
            try:
                if self.call(name, ""):
                    die()
            except OSError as error:
                ctypes.set_errno(error.errno or 0)
                return -1
            result: int = function(*arguments)
            return result

        return call


def _path(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")


def die() -> None:
    """End as a machine that loses power ends a process: nothing of it runs any more."""
    os.kill(os.getpid(), signal.SIGKILL)


def child(order: dict[str, Any], output: int, log: int) -> int:
    """The run."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    from mlgitops.cli.main import main

    Counter(order, log).install()
    code = main(["-C", order["root"], *order["words"], "--as-of", "2026-11-21"])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _load_everything(folder: Path) -> None:
    """Render once, so that no run has to load a module."""
    from tests.pipeline.miniature import miniature, mlgitops

    ran = mlgitops(miniature(folder), "render")
    assert ran.code == 0, ran


def serve() -> None:
    """Fork a run for every line of stdin."""
    import tempfile

    from tests.pipeline.words import without_engine

    without_engine(pytest.MonkeyPatch().setattr)
    with tempfile.TemporaryDirectory() as folder:
        _load_everything(Path(folder))
    gc.freeze()  # a collection in every run would copy every page
    gc.disable()
    for line in sys.stdin:
        order = json.loads(line)
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as log:
            pid = os.fork()
            if not pid:
                code = 99
                try:
                    code = child(order, output.fileno(), log.fileno())
                finally:
                    os._exit(code)
            _, status = os.waitpid(pid, 0)
            output.seek(0)
            log.seek(0)
            calls = log.read().decode().splitlines()
            answer = [os.waitstatus_to_exitcode(status), output.read().decode(), calls]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
