"""A stand-in for Ray: what the operator asks the dashboards and the proxies of all Ray clusters, answered by one proxy.

    with Dashboard() as dashboard:
        dashboard.set_job("churn", "FAILED", "KeyError: 'tenure'")
        dashboard.set_application("churn", "DEPLOYING")

Simulated pods have no Ray in them. The operator's HTTP_PROXY is this server, and each request names its cluster by the
host. A job succeeds after `seconds`, and an application runs, unless a test says otherwise for the clusters whose names
begin with a word; the longest such word counts.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

MISSES = 3
"""How often the operator asks for a job before it is there although the operator handed in none: in HTTPMode it does so
after the first time."""


class Said(NamedTuple):
    """What is answered about a job or an application."""

    status: str
    message: str = ""


class Dashboard:
    """The server, the jobs and applications that it was given, and what it says of them."""

    def __init__(self, seconds: float = 2.0) -> None:
        self.seconds = seconds
        self.submitted: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self._jobs: dict[str, tuple[dict[str, Any], float]] = {}
        self._configurations: dict[str, dict[str, Any]] = {}
        self._said: dict[str, dict[str, Said]] = {"job": {}, "application": {}, "dead": {}}
        self._missed: dict[str, int] = {}
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"dashboard": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="dashboard", daemon=True)

    def __enter__(self) -> Dashboard:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def set_job(self, clusters: str, status: str, message: str = "") -> None:
        """From now on jobs of clusters named so are PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED."""
        self._said["job"][clusters] = Said(status, message)

    def set_application(self, clusters: str, status: str, message: str = "") -> None:
        """From now on applications of clusters named so are DEPLOYING, RUNNING, DEPLOY_FAILED, UNHEALTHY…"""
        self._said["application"][clusters] = Said(status, message)

    def set_dead(self, clusters: str) -> None:
        """From now on nothing is answered for clusters named so."""
        self._said["dead"][clusters] = Said("dead")

    def forget(self, clusters: str = "") -> None:
        """Take back what was said of clusters with this very word, or of all."""
        for said in self._said.values():
            for word in [word for word in said if clusters in ("", word)]:
                del said[word]

    def configuration(self, cluster: str) -> dict[str, Any]:
        """The newest Serve configuration that the operator gave to clusters named so; {} where there was none."""
        with self._lock:
            found = [value for host, value in self._configurations.items() if host.startswith(cluster)]
        return found[-1] if found else {}

    def answer(self, method: str, url: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON for one request of the operator."""
        parts = urlsplit(url)
        cluster = parts.hostname or ""
        if self._about("dead", cluster):
            return 503, {"error": "nobody is there"}
        if parts.path.startswith("/api/jobs"):
            return self._jobs_answer(method, parts.path.removeprefix("/api/jobs/").strip("/"), cluster, body)
        if parts.path.startswith("/api/serve/applications"):
            return self._serve_answer(method, cluster, body)
        return 200, "success"

    def _jobs_answer(self, method: str, rest: str, cluster: str, body: bytes) -> tuple[int, Any]:
        name, _, action = rest.partition("/")
        with self._lock:
            if method == "POST" and not name:
                asked = json.loads(body)
                identity = asked.get("submission_id", "raysubmit")
                self._jobs.setdefault(identity, (asked, time.time()))
                self.submitted.append({**asked, "cluster": cluster})
                return 200, {"job_id": identity, "submission_id": identity}
            if method == "POST" and action == "stop":
                self.stopped.append(name)
                return 200, {"stopped": True}
            if not name:
                return 200, [self._job(identity, cluster) for identity in self._jobs]
            if name not in self._jobs and not self._handed_in_by_a_pod(name):
                return 404, f"job {name} does not exist"
            return 200, self._job(name, cluster)

    def _handed_in_by_a_pod(self, name: str) -> bool:
        """Whether a submitter pod has handed in a job by now: simulated ones do nothing, and the operator asks on."""
        self._missed[name] = self._missed.get(name, 0) + 1
        if self._missed[name] < MISSES:
            return False
        self._jobs[name] = ({"entrypoint": "", "submission_id": name}, time.time())
        return True

    def _job(self, name: str, cluster: str) -> dict[str, Any]:
        asked, begun = self._jobs[name]
        said = self._about("job", cluster)
        if name in self.stopped:
            said = Said("STOPPED", "Job was intentionally stopped.")
        elif said is None:
            said = Said("SUCCEEDED" if time.time() - begun >= self.seconds else "RUNNING")
        start = int(begun * 1000)
        ended = {} if said.status in ("PENDING", "RUNNING") else {"end_time": int(time.time() * 1000)}
        common = {"job_id": name, "submission_id": name, "entrypoint": asked.get("entrypoint", "")}
        return {**common, "status": said.status, "message": said.message, "start_time": start, **ended}

    def _serve_answer(self, method: str, cluster: str, body: bytes) -> tuple[int, Any]:
        with self._lock:
            if method == "PUT":
                self._configurations.pop(cluster, None)
                self._configurations[cluster] = json.loads(body)
                return 200, {}
            written = self._configurations.get(cluster, {}).get("applications", [])
        said = self._about("application", cluster) or Said("RUNNING")
        deployment = {"status": "HEALTHY" if said.status == "RUNNING" else "UPDATING", "message": said.message}
        applications = {
            each["name"]: {
                "name": each["name"],
                "status": said.status,
                "message": said.message,
                "route_prefix": each.get("route_prefix", "/"),
                "deployments": {
                    part["name"]: {"name": part["name"], **deployment} for part in each.get("deployments", [])
                },
            }
            for each in written
        }
        return 200, {"applications": applications, "deploy_mode": "MULTI_APP"}

    def _about(self, kind: str, cluster: str) -> Said | None:
        words = [word for word in self._said[kind] if cluster.startswith(word)]
        return self._said[kind][max(words, key=len)] if words else None


class _Handler(BaseHTTPRequestHandler):
    dashboard: Dashboard
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, said = self.dashboard.answer(self.command, self.path, body)
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked is in `submitted` and `configuration`."""
