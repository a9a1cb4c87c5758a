"""Reading the log back: the records of some days, one after another, whoever wrote them.

A replica that serves contributors' code wrote it, so a line is what it should be or it is counted and passed over.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

from mlgitops.problem import RunProblem
from mlgitops.registry.stores import Store

LARGEST_SEGMENT = 64 << 20
"""Bytes of a segment, and of what it unpacks to ten times as many."""
UNPACKED = 10


class Logged(NamedTuple):
    """A line; what a label or a prediction does not have is None."""

    time: float
    id: str | None
    version: str | None
    answer: dict[str, Any] | None
    inputs: dict[str, Any] | None
    truth: str | int | float | bool | None


class LogReader:
    """The records of one model in one environment; counts what it could not use."""

    def __init__(self, store: Store, folder: str) -> None:
        self.unusable = 0
        self._store, self._folder = store, folder

    def records(self, kind: Literal["predictions", "labels"], since: datetime, until: datetime) -> Iterator[Logged]:
        """The records of the days from `since` to `until`, in the order of their segments' names."""
        day = since.date()
        while day <= until.date():
            for name in self._store.names(f"{self._folder}/{kind}/{day.isoformat()}"):
                yield from self._segment(name)
            day += timedelta(days=1)

    def _segment(self, name: str) -> Iterator[Logged]:
        try:
            packed = self._store.read(name, LARGEST_SEGMENT)
        except RunProblem as problem:
            if problem.code != "store/too-large":
                raise
            packed = b""
        for line in _unpacked(packed or b"").splitlines():
            record = read_line(line)
            if record is None:
                self.unusable += 1
            else:
                yield record
        if not packed:
            self.unusable += 1


def _unpacked(packed: bytes) -> bytes:
    """What can be unpacked: a segment that was cut off gives its whole lines and one that is none."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        return unpack.decompress(packed, LARGEST_SEGMENT * UNPACKED)
    except zlib.error:
        return b"\n"


def read_line(line: bytes) -> Logged | None:
    """A record; None for what is none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("time"), int | float):
        return None
    answer, inputs, truth = data.get("answer"), data.get("inputs"), data.get("truth")
    if not isinstance(answer, dict | None) or not isinstance(inputs, dict | None):
        return None
    if not isinstance(truth, str | int | float | None):
        return None
    identifier, version = data.get("id"), data.get("version")
    if not isinstance(identifier, str | None) or not isinstance(version, str | None):
        return None
    if answer is None and truth is None:
        return None
    return Logged(float(data["time"]), identifier, version, answer, inputs, truth)


def moment(time: float) -> datetime:
    """Seconds since 1970 in UTC."""
    return datetime.fromtimestamp(time, UTC)
