"""Deploying to a local Ray Serve as KubeRay does: a whole configuration, whose application is imported and built."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from own_proxy import free_ports, own_proxy

from mlgitops.contract.serve import ServeConfig

NAME, ROUTE = "churn", "/churn"
PATIENCE = 90.0
SLOWEST = 2.0
GRPC = "mlgitops.runtime.serve.inference_grpc:add_inference_service"


ROOT = Path(__file__).parents[3]

with warnings.catch_warnings():
    # Ray's own models use what pydantic deprecates, and its imports say so.
    warnings.simplefilter("ignore")
    import ray
    from ray import serve


@contextmanager
def started() -> Iterator[Cluster]:
    """Ray Serve as it is shipped, HAProxy in front, one event loop a replica: on two CPUs, without a dashboard."""
    http_port, grpc_port = free_ports(2)
    with ExitStack() as stack:
        # Sockets have short names, and two runs at once have no file in common.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mg")))
        stack.enter_context(mock.patch.dict(os.environ, _environment(folder)))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        ray.init("local", num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
        try:
            yield Cluster(http_port, grpc_port)
        finally:
            serve.shutdown()
            ray.shutdown()


def _environment(folder: Path) -> dict[str, str]:
    return {
        "MLGITOPS_METRICS_PORT": "0",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "60",  # or a machine that is busy is taken for a proxy that is dead
        "RAY_SERVE_PROXY_MIN_DRAINING_PERIOD_S": "1",
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
        "RAY_USAGE_STATS_ENABLED": "0",
        **own_proxy(folder),
    }


class Answered(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]
    """By names in lower case; of a header that comes twice both values, joined by a comma."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Cluster:
    def __init__(self, http_port: int, grpc_port: int) -> None:
        self.http_port, self.grpc_port = http_port, grpc_port

    def deploy(self, config: ServeConfig, import_path: str = "mlgitops.runtime.serve:app", **options: object) -> None:
        """Set what is wanted, and return at once."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from ray.serve.api import start
            from ray.serve.context import _get_global_client
            from ray.serve.schema import ServeDeploySchema

            start(
                proxy_location="EveryNode",
                http_options={"host": "127.0.0.1", "port": self.http_port, "request_timeout_s": 30},
                grpc_options={"port": self.grpc_port, "grpc_servicer_functions": [GRPC], "request_timeout_s": 30},
            )
            deployment = {
                "name": "predictor",
                "num_replicas": 1,
                "max_ongoing_requests": 100,
                "max_queued_requests": 1000,
                "max_surge_percent": 100,
                "graceful_shutdown_timeout_s": 5,
                "ray_actor_options": {"num_cpus": 0.1},
                **options,
            }
            application = {
                "name": NAME,
                "route_prefix": ROUTE,
                "import_path": import_path,
                "args": json.loads(config.model_dump_json(exclude_defaults=True)) | {"contract": 1},
                "deployments": [deployment],
            }
            _get_global_client().deploy_apps(ServeDeploySchema.model_validate({"applications": [application]}))

    def status(self) -> tuple[str, str]:
        """State of the application, and every message in its status."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = serve.status().applications[NAME]
        messages = [found.message, *(deployment.message for deployment in found.deployments.values())]
        return str(found.status.value), "\n".join(messages)

    def wait(self, until: Callable[[str, str], bool]) -> str:
        """The messages once the status is as wanted."""
        end = time.monotonic() + PATIENCE
        state, messages = "", ""
        while time.monotonic() < end:
            state, messages = self.status()
            if until(state, messages):
                return messages
            time.sleep(0.1)
        raise AssertionError(f"not in {PATIENCE:g} s: {state} {messages[-3000:]}")

    def ready(self, config: ServeConfig, **options: object) -> None:
        """Deploy, and wait until this version answers."""
        self.deploy(config, **options)
        self.wait(lambda state, _: state == "RUNNING")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.ask("GET", "/readyz")
            if found.status == 200 and found.json["version"] == config.artifact.version:
                return
            time.sleep(0.1)
        raise AssertionError(f"{config.artifact.version} does not answer: {found}")

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] = {}) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
        try:
            return _asked(connection, method, path, body, headers)
        except OSError as error:
            return Answered(0, str(error).encode(), {})
        finally:
            connection.close()

    @contextmanager
    def load(self, record: object) -> Iterator[Counter[tuple[int, str | None]]]:
        """Ask all the time, over one connection; counts statuses and versions.

        With no replica left requests wait for one: an answer that takes longer than `SLOWEST` counts as none.
        """
        counts: Counter[tuple[int, str | None]] = Counter()
        stop = threading.Event()

        def ask_on() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=30)
            while not stop.is_set():
                started = time.monotonic()
                try:
                    found = _asked(connection, "POST", "/predict", record, {})
                    if time.monotonic() - started > SLOWEST:
                        counts[0, "late"] += 1
                    counts[found.status, found.json.get("version") if found.status == 200 else None] += 1
                except (OSError, http.client.HTTPException) as error:
                    counts[0, repr(error)] += 1
                    connection.close()
                stop.wait(0.005)
            connection.close()

        thread = threading.Thread(target=ask_on)
        thread.start()
        try:
            yield counts
        finally:
            stop.set()
            thread.join()


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: object, headers: Mapping[str, str]
) -> Answered:
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, ROUTE + path, content, dict(headers))
    response = connection.getresponse()
    found: dict[str, str] = {}
    for name, value in response.getheaders():
        found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
    return Answered(response.status, response.read(), found)
