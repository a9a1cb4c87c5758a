"""One local Ray with Serve as it is shipped: HAProxy in front, one event loop a replica."""

from __future__ import annotations

import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.runtime.serve.cluster import Cluster

with warnings.catch_warnings():
    # Ray's own models use what pydantic deprecates, and its imports say so.
    warnings.simplefilter("ignore")
    import ray
    from ray import serve

ROOT = Path(__file__).parents[3]


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Ray Serve on two CPUs, without a dashboard; what it starts ends with the session."""
    http, grpc, metrics, stats = free_ports(4)
    # Sockets have short names, and two runs at once have no file in common.
    with tempfile.TemporaryDirectory(prefix="mg") as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "MLGITOPS_METRICS_PORT": "0",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "RAY_SERVE_ENABLE_HA_PROXY": "1",
            "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
            "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
            "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "1",
            "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": f"{folder}/haproxy.cfg",
            "RAY_SERVE_HAPROXY_SOCKET_PATH": f"{folder}/admin.sock",
            "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": folder,
            "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": f"{folder}/state",
            "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
            "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
            "RAY_USAGE_STATS_ENABLED": "0",
        }.items():
            patch.setenv(name, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ray.init("local", num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
            try:
                yield Cluster(http, grpc)
            finally:
                serve.shutdown()
                ray.shutdown()
