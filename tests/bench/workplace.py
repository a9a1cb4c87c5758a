"""A folder to measure in, gone afterwards: in memory by default, so that no disk is measured by accident."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.repository import ROOT

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that 10,000 models take, with what was rendered for them."""


@contextmanager
def workplace(asked: Path | None) -> Iterator[Path]:
    """A new folder below the one that is asked for."""
    above = asked or (MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else ROOT / "build")
    above.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mlgitops-bench-", dir=above, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def kind_of(folder: Path) -> str:
    """The type of the file system that a folder is on: `tmpfs`, `ext4`."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    found = [(mount[1], mount[2]) for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(found, key=lambda mount: len(mount[0]), default=("", "unknown"))[1]
