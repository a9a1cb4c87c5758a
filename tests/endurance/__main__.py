"""`python -m tests.endurance`: how serving stands faults that last, measured on a local Ray Serve with two replicas.

    --minutes 30   steady load at half of what it can do
    --kills 20     replicas killed under that load, one after another
    --overload 30  seconds of ten times that load

It prints a table of what was promised and what was seen. Each answer must be what the artifact says of the record. It
is no test: how fast a machine that others use answers is not the code's doing alone.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from mlgitops.contract.parts import Predictor
from mlgitops.runtime.predict import load_model
from tests.endurance.load import Load, Tally, capacity
from tests.endurance.replicas import replicas
from tests.registry.examples import new_key
from tests.runtime.serve.cluster import Cluster, started
from tests.runtime.serve.served import RECORD
from tests.runtime.serve.versions import config_of, registered

REPLICAS = 2
MANY = 3000
"""Connections of an overload: more than two replicas take and queue."""
BACK_WITHIN = 30.0
"""Seconds after an overload in which everything is answered again."""


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
        idle = Load(cluster, RECORD, expected, rate=5, connections=1).run(20)
        rows = [
            *_steady(cluster, expected, rate, asked.minutes * 60, idle),
            _killed(cluster, expected, rate, asked.kills),
            *_overloaded(cluster, expected, rate, asked.overload),
        ]
    for row in rows:
        sys.stdout.write(f"{row.what:28} {row.target:16} {row.measured:16} {'met' if row.met else 'missed'}\n")
    return 0 if all(row.met for row in rows) else 1


class Row(NamedTuple):
    """A promise of the serving path, and what was seen."""

    what: str
    target: str
    measured: str
    met: bool


def _steady(cluster: Cluster, expected: object, rate: float, seconds: float, idle: Tally) -> tuple[Row, Row]:
    found = Load(cluster, RECORD, expected, rate=rate).run(seconds)
    ratio = found.latency(99) / idle.latency(99)
    answered = found.share(200)
    _say(f"{seconds / 60:.0f} minutes without a fault: {found}; idle p99 {idle.latency(99) * 1000:.1f} ms")
    return (
        Row("answered with 2xx", "≥ 99.95 %", f"{answered:.4%}", answered >= 0.9995),
        Row("p99 against idle", "≤ 3 ×", f"{ratio:.1f} ×", ratio <= 3),
    )


def _killed(cluster: Cluster, expected: object, rate: float, kills: int) -> Row:
    load = Load(cluster, RECORD, expected, rate=rate, retries=1)
    with load.running() as tally:
        for number in range(kills):
            before = replicas()
            os.kill(before[number % len(before)], signal.SIGKILL)
            end = time.monotonic() + 120
            while time.monotonic() < end and (len(replicas()) < REPLICAS or not set(replicas()) - set(before)):
                time.sleep(0.2)
            time.sleep(1)
    _say(f"{kills} replicas killed: {tally}")
    return Row("answered after one retry", "≥ 99.9 %", f"{tally.share(200):.4%}", tally.share(200) >= 0.999)


def _overloaded(cluster: Cluster, expected: object, rate: float, seconds: float) -> tuple[Row, Row]:
    tally = Load(cluster, RECORD, expected, rate=rate * 10, connections=MANY).run(seconds)
    _say(f"ten times the load for {seconds:.0f} s: {tally}")
    begun = time.monotonic()
    back = None
    while back is None and time.monotonic() - begun < 2 * BACK_WITHIN:
        if Load(cluster, RECORD, expected, rate=rate).run(1).share(200) == 1:
            back = time.monotonic() - begun
    kinds = ", ".join(map(str, sorted(tally.statuses)))
    only = set(tally.statuses) <= {200, 429, 503}
    shown = "never" if back is None else f"{back:.0f} s"
    return (
        Row("statuses in an overload", "200, 429, 503", kinds, only),
        Row("back to all answered", f"≤ {BACK_WITHIN:.0f} s", shown, back is not None and back <= BACK_WITHIN),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"endurance: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
