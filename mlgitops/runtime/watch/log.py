"""The log of predictions and of labels: segments that are written once, on the environment's storage.

    <predictions>/<model>/<environment>/predictions/2026-11-21/r3f2a91bc4d-5f0c77aa-000017.jsonl.gz
    <predictions>/<model>/<environment>/labels/2026-11-21/…

A line is one record (`records`). What is to be logged waits in a queue of `MOST_WAITING` records; a thread writes a
segment every `FLUSH_SECONDS` or `SEGMENT_RECORDS`. Nobody who answers a request ever waits for it.

Losses are counted: a record that finds the queue full (`queueFull`), and a segment that the store has refused
`ATTEMPTS` times (`storage`). A replica that is killed loses, uncounted, what waits: at most `MOST_WAITING` records, of
at most `FLUSH_SECONDS` where the store answers.
"""

from __future__ import annotations

import gzip
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol

PREDICTIONS: Final = "predictions"
LABELS: Final = "labels"
"""Folders of the two logs."""
MOST_WAITING = 20_000
SEGMENT_RECORDS = 5_000
FLUSH_SECONDS = 15.0
ATTEMPTS = 4
RETRY_SECONDS = 1.0
"""Before the second attempt; ten times as long before each further one."""
COMPRESSION = 1
"""The fastest: a fifth of the time of level 6, for files that are a seventh larger."""
PAUSE_AFTER = 20
"""Lines made at once: between them the thread lets go of the interpreter, so that no request waits long."""

_log = logging.getLogger("mlgitops.watch")


class Segments(Protocol):
    """Where segments go: `mlgitops.registry.stores.Store`."""

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet."""


class Entry(NamedTuple):
    """What one request leaves: so many lines, made when they are written."""

    records: int
    lines: Callable[[], Iterable[bytes]]


class SegmentLog:
    """A bounded queue and the thread that writes it down."""

    def __init__(
        self, store: Segments, folder: str, writer: str, clock: Callable[[], float] = time.time, *, start: bool = True
    ) -> None:
        """`folder` is where its days are, `writer` what no other process is called: `<version>-<replica>`."""
        self.written = 0
        self.dropped = {"queueFull": 0, "storage": 0}
        self._store, self._folder, self._writer, self._clock = store, folder, writer, clock
        self._queue: deque[Entry] = deque()
        self._waiting = 0
        self._sequence = 0
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mlgitops-{folder.rpartition('/')[2]}", daemon=True)
        if start:
            self._thread.start()

    def append(self, entry: Entry) -> bool:
        """Put it into the queue; False where there was no room. Waits for nothing."""
        with self._lock:
            if self._waiting + entry.records > MOST_WAITING:
                self.dropped["queueFull"] += entry.records
                return False
            self._queue.append(entry)
            self._waiting += entry.records
            full = self._waiting >= SEGMENT_RECORDS
        if full:
            self._wake.set()
        return True

    def close(self, seconds: float = 10.0) -> None:
        """Write what waits, as far as there is time."""
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def flush(self) -> None:
        """Write what waits now, in segments."""
        while self._queue:
            self._write(self._next())

    def _run(self) -> None:
        last = False
        while not last:
            self._wake.wait(FLUSH_SECONDS)
            self._wake.clear()
            last = self._closing.is_set()
            try:
                self.flush()
            except Exception:
                _log.exception("the log of predictions lost a segment")

    def _next(self) -> list[bytes]:
        """The lines of the next segment; a request that cannot be written as JSON counts as lost."""
        lines: list[bytes] = []
        while self._queue and len(lines) < SEGMENT_RECORDS:
            entry = self._queue.popleft()
            try:
                for line in entry.lines():
                    lines.append(line)
                    if len(lines) % PAUSE_AFTER == 0:
                        time.sleep(0.0001)
            except Exception as error:
                _log.warning("a prediction could not be logged: %r", error)
                self._lose("storage", entry.records)
            with self._lock:
                self._waiting -= entry.records
        return lines

    def _write(self, lines: list[bytes]) -> None:
        if not lines:
            return
        self._sequence += 1
        day = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))
        name = f"{self._folder}/{day}/{self._writer}-{self._sequence:06d}.jsonl.gz"
        data = gzip.compress(b"\n".join(lines) + b"\n", COMPRESSION, mtime=0)
        wait = RETRY_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._store.write_new(name, data)
            except Exception as error:
                _log.warning("attempt %d to write %s failed: %s", attempt, name, error)
                if attempt < ATTEMPTS and not self._closing.wait(wait):
                    wait *= 10
            else:
                self.written += len(lines)
                return
        self._lose("storage", len(lines))

    def _lose(self, reason: str, records: int) -> None:
        with self._lock:
            self.dropped[reason] += records
