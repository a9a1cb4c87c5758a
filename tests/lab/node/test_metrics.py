"""A real Prometheus, told of the rendered PodMonitor by its operator's own code, sees what replicas count."""

from __future__ import annotations

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.lab.component import Component, answers, program, wait_until
from tests.lab.node.conftest import Chapter, Node
from tests.lab.node.story import MODEL, NAMESPACE

pytestmark = pytest.mark.xdist_group("real-node")
PORT = 9090


class Prometheus(NamedTuple):
    """One that scrapes, from the namespace that rendered policies let in."""

    address: str

    def value(self, query: str) -> list[tuple[dict[str, str], float]]:
        """The labels and values of an instant query."""
        words = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"http://{self.address}:{PORT}/api/v1/query?{words}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]


@pytest.fixture(scope="module")
def prometheus(node: Node, first: Chapter) -> Iterator[Prometheus]:
    folder = node.lab.plane.folder / "prometheus"
    folder.mkdir()
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(node.lab.plane.token)
    monitor = node.repository.folder / f"rendered/dev/{MODEL}/serve/podmonitor.yaml"
    told = [
        f"-server={node.lab.plane.url}",
        f"-token={token}",
        f"-authority={node.lab.plane.authority}",
    ]
    command = [program("prometheus-config"), *told, str(monitor)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (folder / "prometheus.yml").write_text(text)
    attached = node.lab.network.attach("prometheus")
    node.lab.play("prometheus", "monitoring", attached)
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
    ]
    command.append(f"--web.listen-address={attached.address}:{PORT}")
    ready = answers(f"http://{attached.address}:{PORT}/-/ready")
    node.lab.components.start(Component("prometheus", attached.inside(*command), ready))
    yield Prometheus(attached.address)
    node.lab.components.stop("prometheus")


def test_every_port_that_the_monitor_names_is_scraped(node: Node, prometheus: Prometheus) -> None:
    """Head and worker by Ray's own exporters, and the replica's page; all of them up, with the model's labels."""
    wanted = {"metrics", "as-metrics", "dash-metrics", "watch"}

    def scraped() -> dict[str, float]:
        return {labels["endpoint"]: value for labels, value in prometheus.value("min by (endpoint) (up)")}

    wait_until(lambda: scraped() == dict.fromkeys(wanted, 1.0), "every endpoint is up", 90)
    [(labels, _), *_] = prometheus.value("up")
    assert labels["namespace"] == NAMESPACE
    assert labels["mlgitops_dev_model"] == MODEL
    assert labels["ray_io_cluster"]


def test_predictions_are_counted(node: Node, first: Chapter, prometheus: Prometheus) -> None:
    """Ten requests more are ten more in Prometheus, of the version that answered."""
    query = f'sum by (version) (mlgitops_predictions_total{{model="{MODEL}"}})'

    def counted() -> float:
        return sum(value for labels, value in prometheus.value(query))

    wait_until(lambda: bool(prometheus.value(query)), "predictions are counted", 60)
    before = counted()
    got = [node.gateway.ask().status for _ in range(10)]
    assert got == [200] * 10
    wait_until(lambda: counted() == before + 10, f"{before + 10:.0f} predictions are counted, now {counted():.0f}", 60)
    assert {labels.get("version") for labels, _ in prometheus.value(query)} >= {node.gateway.ask().version}
