"""The same request again and again, beside what a test does.

with asked_again(lambda: gateway.ask(host, path), every=0.01) as answers:
    ...
assert {answer.status for answer in answers} == {200}
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Answer = TypeVar("Answer")


def at_once(run: Callable[[], None]) -> None:
    """Run it in the thread as it is."""
    run()


@contextmanager
def asked_again(
    ask: Callable[[], Answer], every: float, inside: Callable[[Callable[[], None]], object] = at_once
) -> Iterator[list[Answer]]:
    """Ask as long as this lasts, pausing `every` seconds; yields the list that the answers are put into.

    `inside` runs what the thread does, where that has to be in another network.
    """
    over, found = threading.Event(), list[Answer]()

    def run() -> None:
        while not over.wait(every):
            found.append(ask())

    thread = threading.Thread(target=lambda: inside(run), name="load", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
