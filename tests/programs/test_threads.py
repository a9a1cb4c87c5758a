"""Work in threads: in order, with the first failure, and no wait for whoever is interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from mlgitops.programs.threads import in_threads


@pytest.mark.parametrize(("count", "most", "expected"), [(0, 3, 0), (1, 3, 0), (5, 1, 0), (2, 4, 2), (20, 3, 3)])
def test_results_are_in_order_and_threads_no_more_than_asked_for(count: int, most: int, expected: int) -> None:
    here, together = threading.get_ident(), threading.Barrier(max(expected, 1))
    seen: set[int] = set()

    def work(number: int) -> int:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            together.wait(20)  # the first work of each thread waits for that of all others
        return number * number

    assert in_threads(work, range(count), most) == [number * number for number in range(count)]
    assert len(seen - {here}) == expected


class Odd(BaseException):
    """Nothing that anybody expects."""


@pytest.mark.parametrize("kind", [ValueError, IndexError, Odd])
def test_the_first_failure_is_raised_as_it_is_and_nothing_more_is_begun(kind: type[BaseException]) -> None:
    begun: list[int] = []
    late = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        if number == 3:
            late.set()
            raise kind("three")
        if number == 2:
            late.wait(20)
            time.sleep(0.05)
            raise kind("two")

    with pytest.raises(kind, match=r"^two$"):
        in_threads(work, range(1000), 2)
    assert sorted(begun) == [0, 1, 2, 3]


def by_the_process(_: int) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def in_another_thread(thread: int) -> None:
    """The signal ends no wait of the main thread, as one that comes just before that wait."""
    time.sleep(0.1)  # until it waits
    signal.pthread_kill(thread, signal.SIGINT)


@pytest.mark.parametrize("interrupted", [by_the_process, in_another_thread])
def test_whoever_is_interrupted_waits_for_nobody(interrupted: Callable[[int], None]) -> None:
    release, begun = threading.Event(), threading.Barrier(3)

    def interrupt() -> None:
        begun.wait(20)
        interrupted(threading.get_ident())

    def work(number: int) -> None:
        taken.append(number)
        begun.wait(20)
        release.wait(20)

    taken: list[int] = []
    thread = threading.Thread(target=interrupt)
    thread.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        in_threads(work, range(9), 2)
    assert time.monotonic() - started < 5
    thread.join()
    release.set()
    time.sleep(0.05)
    assert sorted(taken) == [0, 1]
