"""A real Prometheus with the rendered rules over three replicas: it tells drift, its end, and a metric that is gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chisquare, entropy

from mlgitops.contract import names
from tests.render.prometheus_rules import PROMETHEUS, rule_file
from tests.runtime.watch.example import tenures

WINDOW = 12
QUARTERS = [0.25, 0.25, 0.25, 0.25]


class Replica:
    """A process with the real `Watch`."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.runtime.watch.replica"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def ask(self, seed: int, rows: int, shift: float = 0.0) -> np.ndarray[Any, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"seed": seed, "rows": rows, "shift": shift}) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "counted\n"
        return tenures(seed, rows, shift)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class Prometheus:
    """A server on this machine, asked over HTTP."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        rules = rule_file(folder, f"{{drift: {{threshold: 0.2, window: {WINDOW}s}}}}")
        targets = [f"127.0.0.1:{port}" for port in ports]
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "400ms", "evaluation_interval": "500ms"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "replicas", "static_configs": [{"targets": targets}]}],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [str(PROMETHEUS), f"--config.file={folder / 'prometheus.yml'}", "--log.level=warn"]
        command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={self.address}"]
        self.log = (folder / "prometheus.log").open("w")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def get(self, path: str, **query: str) -> Any:
        address = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return json.load(answer)["data"]

    def value(self, query: str) -> float | None:
        result = self.get("query", query=query)["result"]
        return float(result[0]["value"][1]) if result else None

    def firing(self) -> set[tuple[str, str]]:
        alerts = [one for one in self.get("alerts")["alerts"] if one["state"] == "firing"]
        return {(one["labels"]["alertname"], one["labels"].get("metric", "")) for one in alerts}

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


@pytest.fixture
def replicas() -> Iterator[list[Replica]]:
    made = [Replica() for _ in range(3)]
    yield made
    for replica in made:
        replica.kill()


@pytest.fixture
def prometheus(tmp_path: Path, replicas: list[Replica]) -> Iterator[Prometheus]:
    server = Prometheus(tmp_path, [replica.port for replica in replicas])
    yield server
    server.close()


def wait_for(what: str, condition: Callable[[], bool], limit: float = 60) -> None:
    until = time.monotonic() + limit
    while time.monotonic() < until:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.25)
    raise AssertionError(f"waited {limit} s for {what}")


def counts_of(*parts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """NumPy's own histogram over the union."""
    return np.histogram(np.concatenate(parts), bins=[-np.inf, 1, 2, 4, np.inf])[0]


def test_drift_fires_and_resolves_and_a_metric_that_vanishes_is_told(
    replicas: list[Replica], prometheus: Prometheus
) -> None:
    of = '{kind="dataDrift",feature="tenure"}'
    sample = names.WINDOW_SAMPLE + of
    wait_for("the first scrapes", lambda: prometheus.value(f"count({names.REFERENCE_SHARE}{of})") == 15)
    assert prometheus.value(names.INSUFFICIENT_DATA + of) in (None, 1)

    before = [replica.ask(number, 400) for number, replica in enumerate(replicas)]
    wait_for("normal traffic", lambda: prometheus.value(sample) == 1200)
    assert prometheus.value(names.PSI + of) < 0.02
    assert prometheus.value(names.INSUFFICIENT_DATA + of) == 0

    replicas[2].kill()
    after = [replica.ask(10 + number, 500, 1.0) for number, replica in enumerate(replicas[:2])]
    wait_for("the union of the three", lambda: prometheus.value(sample) == 2200, WINDOW)
    found = [prometheus.value(name + of) for name in (names.PSI, names.JENSEN_SHANNON, names.CHI_SQUARED)]
    counts = counts_of(*before, *after)
    expected = counts.sum() * np.array(QUARTERS)
    assert found == pytest.approx(
        [
            entropy(counts, QUARTERS) + entropy(QUARTERS, counts),
            jensenshannon(counts, QUARTERS),
            chisquare(counts, expected).statistic,
        ],
        rel=1e-9,
    )

    def traffic(shift: float, until: Callable[[], bool]) -> Callable[[], bool]:
        def step() -> bool:
            for replica in replicas[:2]:
                replica.ask(time.monotonic_ns() % 1000, 100, shift)
            return until()

        return step

    drift = ("ModelDataDrift", "")
    wait_for("drift to fire", traffic(3.0, lambda: drift in prometheus.firing()))
    wait_for("drift to resolve", traffic(0.0, lambda: drift not in prometheus.firing()))
    assert not {name for name, _ in prometheus.firing()} & {"ModelMetricAbsent", "ModelDriftUnknown"}
    for replica in replicas[:2]:
        replica.kill()
    wait_for(
        "an alert of what vanished",
        lambda: (
            {("ModelMetricAbsent", metric) for metric in (names.FEATURE_VALUES, names.REFERENCE_SHARE)}
            <= prometheus.firing()
        ),
    )
    assert drift not in prometheus.firing()
