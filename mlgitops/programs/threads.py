"""Work in threads that nobody waits for who was interrupted.

    answers = in_threads(ask, questions, 4)

A pool of `concurrent.futures` would wait, for as long as a server or a program takes that does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

LONGEST_DEAF_SECONDS = 0.5
"""A wait does not end by a signal that came just before it, or to another thread: it is looked for this often."""


def in_threads(work: Callable[[T], R], items: Sequence[T], most: int) -> list[R]:
    """`work` on every item, in at most `most` threads; the results in the order of the items. One needs no thread.

    Raises what `work` raises, of the first item that fails, when what was under way is done; nothing more is begun.
    An exception in the caller's thread, such as KeyboardInterrupt, is raised at once: what the threads wait for ends
    with whoever opened it, or with the process.
    """
    if most <= 1 or len(items) <= 1:
        return [work(item) for item in items]
    from queue import Empty, SimpleQueue  # here, since small runs have no use for them
    from threading import Thread

    begun: SimpleQueue[int] = SimpleQueue()
    ended: SimpleQueue[None] = SimpleQueue()
    done: dict[int, R] = {}
    failed: dict[int, BaseException] = {}
    for number in range(len(items)):
        begun.put(number)

    def serve() -> None:
        with suppress(Empty):
            while not failed:
                number = begun.get_nowait()
                try:
                    done[number] = work(items[number])
                except BaseException as error:  # the caller's to raise, whatever it is
                    failed[number] = error
        ended.put(None)

    threads = [Thread(target=serve, daemon=True) for _ in range(min(most, len(items)))]
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            with suppress(Empty):
                ended.get(timeout=LONGEST_DEAF_SECONDS)
                running -= 1
    except BaseException as error:
        failed.setdefault(len(items), error)  # so that nothing more is begun
        raise
    if failed:
        raise failed[min(failed)]
    return [done[number] for number in range(len(items))]
