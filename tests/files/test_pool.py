"""Batches in processes: in order, whatever becomes of the processes; and none of them outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.files.pool import batches_in_processes
from mlgitops.programs.process import ProgramFailed


def doubled(batch: int) -> tuple[int, int]:
    time.sleep(0.02 if batch % 3 == 0 else 0)
    return batch * 2, os.getpid()


def test_results_are_in_order_and_from_several_processes() -> None:
    found = list(batches_in_processes(doubled, range(20), 3))
    assert [number for number, _ in found] == list(range(0, 40, 2))
    processes = {process for _, process in found}
    assert os.getpid() not in processes
    assert 1 < len(processes) <= 3
    assert_no_children()


@pytest.mark.parametrize(("batches", "jobs"), [([1], 4), ([1, 2, 3], 1), ([1, 2, 3], 0), ([], 4)])
def test_one_batch_or_one_job_stays_here(batches: list[int], jobs: int) -> None:
    found = list(batches_in_processes(doubled, batches, jobs))
    assert found == [(batch * 2, os.getpid()) for batch in batches]


def test_the_first_result_comes_before_the_last_is_done() -> None:
    started = time.monotonic()
    results = batches_in_processes(time.sleep, [0, 60], 2)
    next(results)
    assert time.monotonic() - started < 30
    results.close()
    assert_no_children()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_dies_is_an_error(number: signal.Signals) -> None:
    def work(batch: int) -> int:
        if batch == 2:
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)  # pytest would write where it happened
            os.kill(os.getpid(), number)
        return batch

    with pytest.raises(MlgitopsError) as raised:
        list(batches_in_processes(work, range(5), 2))
    assert str(raised.value) == f"a process that mlgitops started was killed by {number.name}; nothing was written"
    assert raised.value.hint == "free some memory, or run again with --jobs 1"
    assert_no_children()


def test_a_process_that_leaves_is_an_error() -> None:
    with pytest.raises(MlgitopsError, match=r"^a process that mlgitops started ended by itself; nothing was written$"):
        list(batches_in_processes(lambda batch: os._exit(0), range(2), 2))


@pytest.mark.parametrize("error", [ProgramFailed("opa failed", "mend it", code=2, stderr=b"x"), ValueError("mine")])
def test_errors_come_as_they_are(error: Exception) -> None:
    def work(batch: int) -> int:
        raise error

    with pytest.raises(type(error), match=str(error)) as raised:
        list(batches_in_processes(work, range(2), 2))
    assert vars(raised.value) == vars(error) | {"__notes__": raised.value.__notes__}
    assert raised.value.__notes__[0].startswith("in a process of its own: work:")
    assert_no_children()


def test_a_result_that_cannot_be_sent_is_said() -> None:
    with pytest.raises(TypeError, match=r"^a result cannot leave its process: "):
        list(batches_in_processes(lambda batch: lambda: batch, range(2), 2))


def test_whoever_stops_asking_ends_the_processes() -> None:
    results = batches_in_processes(lambda batch: time.sleep(60 * batch), range(3), 2)
    next(results)
    started = time.monotonic()
    results.close()
    assert time.monotonic() - started < 3
    assert_no_children()


def test_processes_end_at_once_whenever_they_are_asked() -> None:
    """Each time at another moment: of Python's own work after a fork, of a call that is about to wait."""
    asked = "from mlgitops.cli.ending import end_in_order; end_in_order()\n"
    code = f"""{asked}
import time
from mlgitops.files.pool import batches_in_processes

slowest = 0.0
for _ in range(60):
    results = batches_in_processes(lambda batch: time.sleep(60 * batch), range(3), 2)
    next(results)
    started = time.monotonic()
    results.close()
    slowest = max(slowest, time.monotonic() - started)
print(slowest < 3)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "True\n", "")


def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    fork, count = os.fork, iter(range(9))

    def second_fails() -> int:
        if next(count) == 1:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", second_fails)
    with pytest.raises(MlgitopsError, match=r"^cannot start a process: Resource temporarily unavailable$"):
        list(batches_in_processes(doubled, range(5), 3))
    assert_no_children()


def test_whoever_ignores_the_ends_of_children_gets_the_results() -> None:
    code = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from mlgitops.files.former import _aside
from mlgitops.files.pool import batches_in_processes
print(list(batches_in_processes(lambda number: number * 2, range(4), 2)))
with _aside(lambda: b"told", wanted=True) as answer:
    print(answer())
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[0, 2, 4, 6]\nb'told'\n", "")


def assert_no_children() -> None:
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


SCRIPT = """
import os, signal, sys, time
from mlgitops.cli.ending import end_in_order
from mlgitops.files.pool import batches_in_processes

end_in_order()

def work(batch):
    try:
        os.write(1, b"at work %d\\n" % os.getpid())
        time.sleep(60)
    finally:
        os.write(1, b"cleared up\\n")

try:
    list(batches_in_processes(work, range(4), 2))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True, cwd=root, start_new_session=True
    ) as process:
        yield process


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(process.stdout.readline().removeprefix("at work ")) for _ in range(2)]


def gone(pid: int) -> bool:
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z"):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_parent_that_is_asked_to_end_ends_its_processes(parent: subprocess.Popen[str], number: int) -> None:
    workers = workers_of(parent)
    parent.send_signal(number)
    rest, _ = parent.communicate(timeout=20)
    assert parent.returncode == 130
    assert rest.split("\n") == ["cleared up", "cleared up", ""]
    assert all(gone(pid) for pid in workers)


def test_a_terminal_that_interrupts_everybody(parent: subprocess.Popen[str]) -> None:
    workers = workers_of(parent)
    os.killpg(parent.pid, signal.SIGINT)
    rest, _ = parent.communicate(timeout=20)
    assert parent.returncode == 130
    assert rest.split("\n") == ["cleared up", "cleared up", ""]
    assert all(gone(pid) for pid in workers)


def test_a_parent_that_is_killed_takes_its_processes_along(parent: subprocess.Popen[str]) -> None:
    workers = workers_of(parent)
    parent.kill()
    rest, _ = parent.communicate(timeout=20)
    assert rest.split("\n") == ["cleared up", "cleared up", ""]
    assert all(gone(pid) for pid in workers)
