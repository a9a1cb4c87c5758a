"""One Ray cluster of this machine for all tests of a session: starting one takes ten seconds."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from own_proxy import free_port

from tests.runtime.train.runs import REPOSITORY, SETTINGS

CPUS = 3
"""Two workers', and one for preparing the next attempt's data while the last one's workers go."""


class Cluster(NamedTuple):
    """A head by itself."""

    address: str
    process: subprocess.Popen[bytes]

    def workers(self) -> list[int]:
        """The processes that train, of whatever run."""
        folders = (folder for folder in Path("/proc").iterdir() if folder.name.isdecimal())
        return [int(folder.name) for folder in folders if self._trains(folder)]

    def _trains(self, folder: Path) -> bool:
        try:
            named = (folder / "cmdline").read_bytes().startswith(b"ray::RayTrainWorker")
            group = os.getsid(int(folder.name))
        except OSError:  # ended meanwhile
            return False
        return named and group == self.process.pid


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    folder = tempfile.mkdtemp(prefix="r", dir="/tmp")  # Ray's sockets need a short path
    port = free_port()
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--disable-usage-stats"),
        *("--node-ip-address=127.0.0.1", f"--port={port}", f"--num-cpus={CPUS}", "--include-dashboard=false"),
        *(f"--temp-dir={folder}", "--object-store-memory=100000000"),
        f"--ray-client-server-port={free_port()}",
        *("--min-worker-port=0", "--max-worker-port=0"),
    ]
    with open(f"{folder}.log", "wb") as log:
        settings = {**os.environ, **SETTINGS, "PYTHONPATH": str(REPOSITORY)}
        process = subprocess.Popen(command, env=settings, stdout=log, stderr=log, start_new_session=True)
    _wait_for(Path(f"{folder}.log"), process)
    yield Cluster(f"127.0.0.1:{port}", process)
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)
    os.unlink(f"{folder}.log")


def _wait_for(log: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if b"block forever" in log.read_bytes():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text())
