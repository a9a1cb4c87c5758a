"""Requests at a steady rate whatever the answers do, and what came of them.

The rate is kept by the clock, not by the answers: a server that stands still for a second meets all the requests of
that second afterwards, and their waiting counts (else the slowest answers would hide the requests never sent). More
than `LONGEST_QUEUE` of them do not wait here: they are counted as unsent, and as no answers.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp

from tests.runtime.serve.cluster import ROUTE, Cluster

TIMEOUT = 35.0
"""Seconds; longer than the server's own, so that it is the server who says 503."""
LONGEST_QUEUE = 10_000
"""Requests that are due, sent or not, and have no answer yet."""
LOST, WRONG = 0, -1
"""In place of a status: no answer at all, or one that is not the artifact's."""
WORDS = {LOST: "no answer", WRONG: "a wrong answer"}


class Tally:
    """What came of requests."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.retried = 0
        self.unsent = 0

    def share(self, status: int) -> float:
        """Of all requests that were due, those with this status."""
        return self.statuses[status] / max(1, self.statuses.total() + self.unsent)

    def latency(self, percentile: float) -> float:
        """Seconds within which so many per cent of the requests were answered with 200."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percentile / 100))] if ordered else float("inf")

    def __str__(self) -> str:
        kinds = ", ".join(f"{number:,} × {WORDS.get(status, status)}" for status, number in sorted(self.counted()))
        p50, p99 = (self.latency(percentile) * 1000 for percentile in (50, 99))
        unsent = f", {self.unsent:,} unsent" if self.unsent else ""
        return f"{kinds or 'nothing'}; p50 {p50:.1f} ms, p99 {p99:.1f} ms; {self.retried} retried{unsent}"

    def counted(self) -> list[tuple[int, int]]:
        """Statuses and how many requests had them; whole, while requests go on."""
        return list(self.statuses.items())


class Load:
    """Requests to one route for one record, whose answer is known."""

    def __init__(
        self,
        cluster: Cluster,
        record: object,
        expected: object,
        *,
        rate: float,
        connections: int = 64,
        retries: int = 0,
    ) -> None:
        """`rate` is in requests a second."""
        self.url = f"http://127.0.0.1:{cluster.http_port}{ROUTE}/predict"
        self.body = json.dumps(record).encode()
        self.expected, self.rate, self.connections, self.retries = expected, rate, connections, retries

    def run(self, seconds: float) -> Tally:
        """Ask for so long."""
        tally = Tally()
        asyncio.run(self._ask(tally, lambda elapsed: elapsed < seconds))
        return tally

    @contextmanager
    def running(self) -> Iterator[Tally]:
        """Ask as long as the block runs."""
        tally, stop = Tally(), threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._ask(tally, lambda _: not stop.is_set())))
        thread.start()
        try:
            yield tally
        finally:
            stop.set()
            thread.join()

    async def _ask(self, tally: Tally, going_on: Callable[[float], bool]) -> None:
        begun, number = time.perf_counter(), 0
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.connections), timeout=timeout
        ) as session:
            waiting: set[asyncio.Task[None]] = set()
            while going_on(time.perf_counter() - begun):
                due = begun + number / self.rate
                number += 1
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if len(waiting) >= LONGEST_QUEUE:
                    tally.unsent += 1
                    continue
                task = asyncio.create_task(self._one(session, tally, due))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            await asyncio.gather(*waiting)

    async def _one(self, session: aiohttp.ClientSession, tally: Tally, due: float) -> None:
        status = LOST
        for attempt in range(1 + self.retries):
            tally.retried += attempt
            status = await self.status(session)
            if status == 200:
                break
        tally.statuses[status] += 1
        if status == 200:
            tally.seconds.append(time.perf_counter() - due)

    async def status(self, session: aiohttp.ClientSession) -> int:
        try:
            async with session.post(self.url, data=self.body) as response:
                text = await response.read()
                if response.status != 200:
                    return response.status
                return 200 if json.loads(text)["prediction"] == self.expected else WRONG
        except (aiohttp.ClientError, TimeoutError):
            return LOST


def capacity(cluster: Cluster, record: object, expected: object, seconds: float = 8, workers: int = 16) -> float:
    """Requests a second that this client and the server manage together when each answer brings the next request."""
    load = Load(cluster, record, expected, rate=1, connections=workers)
    answered = 0

    async def ask_on() -> None:
        nonlocal answered
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT, sock_read=TIMEOUT)
        async with aiohttp.ClientSession(timeout=timeout) as session:

            async def one() -> None:
                nonlocal answered
                while time.perf_counter() - begun < seconds:
                    assert await load.status(session) == 200
                    answered += 1

            begun = time.perf_counter()
            await asyncio.gather(*(one() for _ in range(workers)))

    asyncio.run(ask_on())
    return answered / seconds
