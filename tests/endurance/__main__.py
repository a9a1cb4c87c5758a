"""`python -m tests.endurance`: how serving stands faults that last, measured on a local Ray Serve with two replicas.

    --minutes 30   steady load at half of what it can do
    --kills 20     replicas killed under that load, one after another
    --overload 30  seconds of more requests at once than they take and queue (needs `wrk`)

It says each minute and at each kill how it goes, prints a table of what was promised and what was seen, and writes it
to build/endurance.json. Each answer must be what the artifact says of the record. It is no test: how fast a machine
that others use answers is not the code's doing alone.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from mlgitops.contract.parts import Predictor
from mlgitops.runtime.predict import load_model
from tests.endurance.load import WORDS, Load, capacity
from tests.endurance.overload import expected_text, overload
from tests.endurance.replicas import replicas, resident
from tests.registry.examples import new_key
from tests.runtime.serve.cluster import ROOT, Cluster, started
from tests.runtime.serve.served import RECORD
from tests.runtime.serve.versions import config_of, registered

RESULTS = ROOT / "build/endurance.json"
REPLICAS = 2
IDLE_RATE, IDLE_SECONDS = 20, 60
"""Requests a second, and for how long: enough of them to have a 99th percentile."""
TOLD_EVERY = 60.0
MANY = 5000
"""Requests at once in an overload: more than twice what two replicas take and queue."""
TAKEN_OR_SHED = {200, 429, 503}
"""What a caller is told who waited for the answer, or for whom nobody has time."""
BACK_WITHIN = 30.0
"""Seconds after an overload in which everything is answered again."""
REPLACED_WITHIN = 120.0
MOST_GROWTH = 1.2
"""Of what a replica's memory may be after the steady load."""


def main() -> int:
    """Measure, print, and exit with 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance", description="How serving stands faults.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--overload", type=float, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, started() as cluster:
        store = Path(folder)
        example = registered(store, new_key(store), 1)
        expected = load_model(example.folder / "signed" / "artifact", Predictor()).answers(
            {name: [value] for name, value in RECORD.items()}
        )[0]
        cluster.ready(config_of(store, example), num_replicas=REPLICAS)
        rate = capacity(cluster, RECORD, expected) / 2
        _say(f"half of its capacity is {rate:.0f} requests a second")
        rows = [
            *_steady(cluster, expected, rate, asked.minutes * 60),
            *_killed(cluster, expected, rate, asked.kills),
            *_overloaded(cluster, expected, rate, asked.overload),
        ]
    _written(asked, rate, rows)
    for row in rows:
        sys.stdout.write(f"{row.what:28} {row.target:16} {row.measured:32} {'met' if row.met else 'missed'}\n")
    return 0 if all(row.met for row in rows) else 1


def _written(asked: argparse.Namespace, rate: float, rows: list[Row]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    found = {**vars(asked), "requests_per_second": round(rate), "rows": [row._asdict() for row in rows]}
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    _say(f"written to {os.path.relpath(RESULTS)}")


class Row(NamedTuple):
    """A promise of the serving path, and what was seen."""

    what: str
    target: str
    measured: str
    met: bool


def _steady(cluster: Cluster, expected: object, rate: float, seconds: float) -> tuple[Row, Row, Row]:
    idle = Load(cluster, RECORD, expected, rate=IDLE_RATE, connections=1).run(IDLE_SECONDS)
    _say(f"idle, {IDLE_RATE} a second: {idle}")
    before = {pid: resident(pid) for pid in replicas()}
    with Load(cluster, RECORD, expected, rate=rate).running() as found:
        begun = time.monotonic()
        while (left := begun + seconds - time.monotonic()) > 0:
            time.sleep(min(TOLD_EVERY, left))
            _say(f"{(time.monotonic() - begun) / 60:.1f} of {seconds / 60:g} minutes without a fault: {found}")
    ratio, answered = found.latency(99) / idle.latency(99), found.share(200)
    same = set(replicas()) == set(before)
    growth = max(resident(pid) / size for pid, size in before.items()) if same else float("inf")
    return (
        Row("answered with 2xx", "≥ 99.95 %", f"{answered:.4%} of {found.statuses.total():,}", answered >= 0.9995),
        Row("p99 against idle", "≤ 3 ×", f"{ratio:.1f} × {idle.latency(99) * 1000:.1f} ms", ratio <= 3),
        Row("memory of a replica after it", f"≤ {MOST_GROWTH} ×", f"{growth:.2f} ×", growth <= MOST_GROWTH),
    )


def _killed(cluster: Cluster, expected: object, rate: float, kills: int) -> tuple[Row, Row]:
    replaced = 0
    with Load(cluster, RECORD, expected, rate=rate, retries=1).running() as tally:
        for number in range(kills):
            before = replicas()
            os.kill(before[number % len(before)], signal.SIGKILL)
            replaced += _replaced(before)
            time.sleep(1)
            _say(f"{number + 1} of {kills} replicas killed, {replaced} replaced: {tally}")
    answered = tally.share(200)
    return (
        Row("replicas replaced", f"{kills} of {kills}", f"{replaced} of {kills}", replaced == kills),
        Row("answered after one retry", "≥ 99.9 %", f"{answered:.4%} of {tally.statuses.total():,}", answered >= 0.999),
    )


def _replaced(before: list[int]) -> bool:
    """Whether there are as many replicas as there should be again, and one that was not there before."""
    end = time.monotonic() + REPLACED_WITHIN
    while time.monotonic() < end:
        now = replicas()
        if len(now) == REPLICAS and set(now) - set(before):
            return True
        time.sleep(0.2)
    return False


def _overloaded(cluster: Cluster, expected: object, rate: float, seconds: float) -> tuple[Row, Row]:
    calm = Load(cluster, RECORD, expected, rate=rate)
    found = overload(calm.url, calm.body, expected_text(expected), MANY, seconds)
    begun = time.monotonic()
    kinds = ", ".join(f"{number:,} × {WORDS.get(status, status)}" for status, number in sorted(found.items()))
    _say(f"{MANY:,} requests at once for {seconds:g} s: {kinds}")
    back = None
    while back is None and time.monotonic() - begun < 2 * BACK_WITHIN:
        if calm.run(1).share(200) == 1:
            back = time.monotonic() - begun
    shown = "never" if back is None else f"{back:.0f} s"
    return (
        Row("answers in an overload", "200, 429, 503", kinds, set(found) <= TAKEN_OR_SHED),
        Row("back to all answered", f"≤ {BACK_WITHIN:.0f} s", shown, back is not None and back <= BACK_WITHIN),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"endurance: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
