"""One local Ray with Serve as it is shipped: HAProxy in front, one event loop a replica."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_proxy import free_ports, own_proxy

from tests.runtime.serve.cluster import Cluster

with warnings.catch_warnings():
    # Ray's own models use what pydantic deprecates, and its imports say so.
    warnings.simplefilter("ignore")
    import ray
    from ray import serve

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Ray Serve on two CPUs, without a dashboard; what it starts ends with the session."""
    http, grpc = free_ports(2)
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
            "RAY_USAGE_STATS_ENABLED": "0",
            **own_proxy(Path(folder)),
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
