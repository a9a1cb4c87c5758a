"""The log never blocks, and what it loses it counts."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from mlgitops.registry.stores import Store
from mlgitops.runtime.watch import log
from mlgitops.runtime.watch.log import Entry, SegmentLog
from mlgitops.runtime.watch.records import line, record_ids


class Broken:
    """A store that fails so many times."""

    def __init__(self, failures: int) -> None:
        self.failures, self.written = failures, dict[str, bytes]()

    def write_new(self, name: str, data: bytes) -> bool:
        if self.failures:
            self.failures -= 1
            raise OSError(28, "No space left on device")
        self.written[name] = data
        return True


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(log, "FLUSH_SECONDS", 0.02)


def entries(count: int) -> Entry:
    return Entry(count, lambda: [b"{}"] * count)


def test_a_full_queue_drops_at_once_and_counts() -> None:
    segments = SegmentLog(Broken(0), "churn/dev/predictions", "v1-a", start=False)
    assert [segments.append(entries(10_000)) for _ in range(3)] == [True, True, False]
    assert segments.dropped == {"queueFull": 10_000, "storage": 0}
    begun = time.process_time()
    for _ in range(1000):
        segments.append(entries(1))
    assert time.process_time() - begun < 0.1
    segments.flush()
    assert (segments.written, segments.dropped["queueFull"]) == (20_000, 11_000)
    assert segments.append(entries(1))


def test_a_store_that_fails_for_a_while_loses_nothing() -> None:
    store = Broken(log.ATTEMPTS - 1)
    segments = SegmentLog(store, "churn/dev/predictions", "v1-a", lambda: 1_763_740_800.0, start=False)
    segments.append(entries(3))
    segments.flush()
    assert list(store.written) == ["churn/dev/predictions/2025-11-21/v1-a-000001.jsonl.gz"]
    assert segments.dropped == {"queueFull": 0, "storage": 0}


def test_a_store_that_goes_on_failing_loses_what_is_counted() -> None:
    segments = SegmentLog(Broken(1000), "churn/dev/predictions", "v1-a", start=False)
    segments.append(entries(3))
    segments.flush()
    assert (segments.written, segments.dropped) == (0, {"queueFull": 0, "storage": 3})


def test_a_record_that_cannot_be_written_takes_no_other_with_it() -> None:
    def broken() -> list[bytes]:
        raise TypeError("nothing to see")

    store = Broken(0)
    segments = SegmentLog(store, "f", "w", start=False)
    segments.append(entries(1))
    segments.append(Entry(2, broken))
    segments.append(entries(1))
    segments.flush()
    assert (segments.written, segments.dropped["storage"]) == (2, 2)


def test_the_thread_writes_segments_that_are_whole(tmp_path: Path) -> None:
    segments = SegmentLog(Store(tmp_path.as_uri()), "churn/dev/labels", "v1-a")
    for number in range(30):
        segments.append(Entry(1, lambda number=number: [line({"n": number})]))  # type: ignore[misc]
        time.sleep(0.002)
    segments.close()
    found = sorted(tmp_path.rglob("*.gz"))
    assert len(found) > 1
    lines = [one for path in found for one in gzip.decompress(path.read_bytes()).splitlines()]
    assert lines == [b'{"n":%d}' % number for number in range(30)]


def test_lines_are_json_whatever_the_values() -> None:
    import numpy as np

    assert line({"a": float("nan"), "b": np.float32(0.5), "c": np.int64(3), "d": [float("inf")]}) == (
        b'{"a":null,"b":0.5,"c":3,"d":[null]}'
    )
    assert line({"a": "\udc80"}) == b'{"a":"?"}'


def test_a_request_s_id_tells_its_records_apart() -> None:
    assert record_ids("r", 1) == ["r"]
    assert record_ids("r", 2) == ["r/0", "r/1"]
    assert record_ids(["a", None], 2) == ["a", None]
    assert record_ids(None, 2) == [None, None]
