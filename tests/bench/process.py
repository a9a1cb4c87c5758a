"""One run of a program, measured: wall time, processor time, and the memory of all its processes.

Memory is looked at every few milliseconds in runs of their own, since looking costs time.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

PYTHON = Path(sys.executable)
MLGITOPS = PYTHON.with_name("mlgitops")
EVERY = 0.02
"""Seconds between two looks at memory."""


class Run(NamedTuple):
    """What a run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all processors, in it and its children."""
    output: str


class Memory(NamedTuple):
    """What a run took of memory, in MiB."""

    largest: float
    """The largest resident set of any one process."""
    together: float
    """The most that all processes had at once, pages that they share counted once."""


def run(argv: Sequence[str | Path], *, expected: int = 0, cwd: Path | None = None) -> Run:
    """Run a program to its end. Raises RuntimeError when it ends otherwise than expected."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=cwd, env=_environment())
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != expected:
        words = " ".join(map(str, argv))
        raise RuntimeError(f"{words} ended with {done.returncode}: {done.stderr[-800:]}{done.stdout[-800:]}")
    return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)


def _environment() -> dict[str, str]:
    """Ours, but that compiled modules may be kept: as on every machine."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def interleaved(times: int, tasks: dict[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Each task in turn, several times over: what slows the machine for a while slows all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in tasks}
    for _ in range(times):
        for name, task in tasks.items():
            runs[name].append(task())
    return runs


def median_wall(runs: Sequence[Run]) -> float:
    """The median of the wall times, in seconds."""
    return statistics.median(one.wall for one in runs)


def median_cpu(runs: Sequence[Run]) -> float:
    """The median of the processor times, in seconds."""
    return statistics.median(one.cpu for one in runs)


def memory_of(argv: Sequence[str | Path]) -> Memory:
    """Run a program and look at the memory of it and everything that it starts."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, env=_environment())
    ended = threading.Event()
    seen = {"largest": 0.0, "together": 0.0}

    def look() -> None:
        while not ended.wait(EVERY):
            family = _family(process.pid)
            seen["largest"] = max([seen["largest"], *(_status(pid, "VmHWM") for pid in family)])
            seen["together"] = max(seen["together"], sum(_proportional(pid) for pid in family))

    watcher = threading.Thread(target=look)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise RuntimeError(f"{' '.join(map(str, argv))} ended with {code}")
    return Memory(seen["largest"], seen["together"])


def _family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    family = [root]
    for pid in family:
        family += children.get(pid, ())
    return family


def _status(pid: int, field: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":")), 0.0)


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
