"""What answers for simulated pods that serve: their release's name, at the address that Kubernetes has for each.

    with AnsweringPods(plane, network) as pods:
        …
    pods.asked                # every request that reached one, with the release that the pod is of

An address that no pod has (any more) takes no request: the connection ends without an answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from tests.lab.control_plane import ControlPlane, Refused
from tests.lab.pod_network import PodNetwork

PORT = 8000
"""Of Ray Serve's proxy on each pod."""
PODS = "/api/v1/pods?labelSelector=mlgitops.dev/part%3Dserve"


class Asked(NamedTuple):
    """One request as it reached a pod."""

    release: str
    path: str
    host: str


class AnsweringPods:
    """One server for all pods: it knows by the address that it is asked at which one is meant."""

    def __init__(self, plane: ControlPlane, network: PodNetwork) -> None:
        self.plane = plane
        self.asked: list[Asked] = []
        self._releases: dict[str, str] = {}
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"pods": self})
        self._server = ThreadingHTTPServer(("", PORT), handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = network.listen("0.0.0.0", PORT)
        self._threads = [
            threading.Thread(target=work, name="answering pods", daemon=True)
            for work in (self._server.serve_forever, self._follow)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def release_of(self, address: str) -> str | None:
        """The release whose pod has an address now."""
        return self._releases.get(address)

    def _follow(self) -> None:
        """Keep up with the pods that there are; begin anew where the API server ends a watch."""
        while not self._over.is_set():
            with suppress(OSError, ValueError, Refused):
                listed = self.plane.api(PODS)
                found = [entry for pod in listed["items"] if (entry := _address(pod))]
                self._releases = dict(found)
                for event in self.plane.watch(f"{PODS}&resourceVersion={listed['metadata']['resourceVersion']}"):
                    self._take(event)
            self._over.wait(0.2)

    def _take(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "ERROR":
            raise ValueError(event["object"])
        entry = _address(event["object"])
        if entry is None:
            return
        address, release = entry
        if event["type"] == "DELETED":
            if self._releases.get(address) == release:
                del self._releases[address]
        else:
            self._releases[address] = release


def _address(pod: Mapping[str, Any]) -> tuple[str, str] | None:
    """A pod's address, and the RayService that it is of: its cluster has that name, a hyphen and five characters."""
    address = pod.get("status", {}).get("podIP")
    cluster = pod["metadata"]["labels"].get("ray.io/cluster", "")
    return (address, cluster.rpartition("-")[0]) if address and cluster else None


class _Handler(BaseHTTPRequestHandler):
    pods: AnsweringPods
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _do(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        release = self.pods.release_of(self.connection.getsockname()[0])
        if release is None:
            self.close_connection = True
            return
        self.pods.asked.append(Asked(release, self.path, self.headers.get("Host", "")))
        content = json.dumps({"release": release}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _do  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked is in `asked`."""
