"""Argo CD as it is installed: repo-server, application-controller, applicationset-controller and server, with redis.

    argo_cd = ArgoCD(control_plane)
    argo_cd.start()
    argo_cd.add_cluster("ml-dev", 0)
    argo_cd.cli("app", "list")

It differs in how soon it looks again at what nobody told it of, and in that no GPG keys are asked for.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.lab.component import BIN, Component, answers, free_ports, listens, program, require, wait_until
from tests.lab.control_plane import ControlPlane, Refused

FILES = BIN / "share" / "argocd" / "manifests"
NAMESPACE = "argocd"
LOOPBACKS = ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0")
"""Argo CD tells clusters apart by URL: names of one API server that it takes for several."""


class ArgoCD:
    """The parts of Argo CD, and its command line."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self.control_plane = control_plane
        self.components = control_plane.components
        self.address = control_plane.network.address
        self.folder = self.components.folder / "argocd"
        ports = free_ports(11)
        self.redis_port, self.repo_port, self.server_port, self.webhook_port = ports[:4]
        self.repo_metrics_port, self.controller_metrics_port, self._server_metrics_port = ports[4:7]
        self._set_metrics_port, self._probe_port = ports[7:9]

    def start(self, resync: int = 60) -> None:
        """From an API server to an Argo CD that answers; it looks at everything again each `resync` seconds."""
        require(("redis-server", "redis-server"), ("git", "git"))
        self._make_places()
        self._install()
        self.components.start(self._redis())
        self.components.start(self._repo_server())
        self.components.start(self._controller(resync), self._applicationset_controller(), self._server())

    def cli(self, *words: str) -> str:
        """What `argocd` prints. Raises Refused where it fails."""
        command = [program("argocd"), *words]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.settings()}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
        if done.returncode:
            raise Refused(["argocd", *words], done.returncode, done.stderr)
        return done.stdout

    def settings(self) -> dict[str, str]:
        """The variables that point `argocd` here; nobody has to log in."""
        return {
            "ARGOCD_OPTS": f"--plaintext --server {self.address}:{self.server_port}",
            "ARGOCD_CONFIG_DIR": str(self.folder / "config"),
        }

    def add_cluster(self, name: str, which: int) -> None:
        """Register the API server as a destination cluster, under the name that an Environment has for it."""
        plane = self.control_plane
        hosts = LOOPBACKS if self.address.startswith("127.") else (self.address, f"[::ffff:{self.address}]")
        url = f"https://{hosts[which]}:{plane.port}" if which < len(hosts) else f"{plane.url}/"
        config = {"bearerToken": plane.token, "tlsClientConfig": {"insecure": True}}
        plane.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"cluster-{name}",
                    "namespace": NAMESPACE,
                    "labels": {"argocd.argoproj.io/secret-type": "cluster"},
                },
                "stringData": {"name": name, "server": url, "config": json.dumps(config)},
            }
        )

    def tell_of_push(self, url: str, before: str, after: str, paths: Sequence[str]) -> None:
        """What a Git host sends after a push in which `paths` were modified: Argo CD looks at what they belong to."""
        # Its matcher wants a web address: this one stands for file:///path.
        page = url.replace("file://", "http://file///")
        push = {
            "ref": "refs/heads/main",
            "before": before,
            "after": after,
            "repository": {"html_url": page, "default_branch": "main"},
            "commits": [{"added": [], "removed": [], "modified": list(paths)}],
        }
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push"}
        address = f"http://{self.address}:{self.server_port}/api/webhook"
        request = urllib.request.Request(address, json.dumps(push).encode(), headers, method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()

    def manifests_generated(self) -> int:
        """How often the repo-server has generated an Application's manifests, and not had them cached."""
        address = f"http://{self.address}:{self.repo_metrics_port}/metrics"
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=30) as answer:
            text = answer.read().decode()
        [count] = re.findall(r"(?m)^argocd_repo_parallelism_wait_duration_seconds_count(?:\{.*\})? (\S+)$", text)
        return int(float(count))

    def _make_places(self) -> None:
        for name in ("tls", "ssh", "gpg", "plugins", "bin", "config", "tmp-repo", "tmp-controller", "tmp-server"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "gnupg").mkdir(mode=0o700, exist_ok=True)
        # Started for each revision even where no key is asked for, and no part of the program.
        wrapper = self.folder / "bin" / "git-verify-wrapper.sh"
        wrapper.write_text("#!/bin/sh\nexit 0\n")
        wrapper.chmod(0o755)
        (self.folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n")

    def _install(self) -> None:
        plane = self.control_plane
        plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        for folder in ("crds", "base/config"):
            files = [path for path in sorted((FILES / folder).glob("*.yaml")) if path.name != "kustomization.yaml"]
            words = ["apply", "--server-side", "-n", NAMESPACE, *(f"--filename={path}" for path in files)]
            plane.kubectl(*words)
        for kind in ("applications", "applicationsets", "appprojects"):
            await_served(plane, f"/apis/argoproj.io/v1alpha1/{kind}")
        # Whoever starts first would make it, and the others miss it.
        secret = {"stringData": {"server.secretkey": secrets.token_hex(32)}}
        plane.patch(f"/api/v1/namespaces/{NAMESPACE}/secrets/argocd-secret", secret)

    def _environment(self, role: str, temporary: str) -> dict[str, str]:
        return {
            "ARGOCD_BINARY_NAME": role,
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_TLS_DATA_PATH": str(self.folder / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(self.folder / "ssh"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_GNUPGHOME": str(self.folder / "gnupg"),
            "ARGOCD_GPG_DATA_PATH": str(self.folder / "gpg"),
            "ARGOCD_PLUGINSOCKFILEPATH": str(self.folder / "plugins"),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "KUBECONFIG": str(self.control_plane.kubeconfig),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "TMPDIR": str(self.folder / temporary),
        }

    def _redis(self) -> Component:
        command = ["redis-server", "--bind", self.address, "--port", str(self.redis_port), "--save", ""]
        command += ["--appendonly", "no", "--protected-mode", "no", "--dir", str(self.folder)]
        return Component("redis", command, listens(self.redis_port, self.address))

    def _repo_server(self) -> Component:
        command = [
            program("argocd"),
            f"--address={self.address}",
            f"--port={self.repo_port}",
            f"--metrics-address={self.address}",
            f"--metrics-port={self.repo_metrics_port}",
            f"--redis={self.address}:{self.redis_port}",
            "--disable-tls",
            "--client-ca-path=",
            "--revision-cache-expiration=3s",
            "--parallelismlimit=8",
        ]
        environment = self._environment("argocd-repo-server", "tmp-repo")
        return Component("argocd-repo-server", command, listens(self.repo_port, self.address), environment)

    def _controller(self, resync: int) -> Component:
        command = [
            program("argocd"),
            f"--kubeconfig={self.control_plane.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--metrics-port={self.controller_metrics_port}",
            *self._reaches_repo_server(),
            f"--app-resync={resync}",
            "--app-resync-jitter=0",
            "--self-heal-backoff-cap-seconds=3",
            "--status-processors=8",
            "--operation-processors=8",
        ]
        environment = self._environment("argocd-application-controller", "tmp-controller")
        ready = answers(f"http://{self.address}:{self.controller_metrics_port}/healthz")
        return Component("argocd-application-controller", command, ready, environment)

    def _applicationset_controller(self) -> Component:
        command = [
            program("argocd"),
            f"--kubeconfig={self.control_plane.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--metrics-addr={self.address}:{self._set_metrics_port}",
            f"--probe-addr={self.address}:{self._probe_port}",
            f"--webhook-addr={self.address}:{self.webhook_port}",
            f"--argocd-repo-server={self.address}:{self.repo_port}",
            "--repo-server-plaintext",
        ]
        environment = self._environment("argocd-applicationset-controller", "tmp-controller")
        ready = listens(self.webhook_port, self.address)
        return Component("argocd-applicationset-controller", command, ready, environment)

    def _server(self) -> Component:
        command = [
            program("argocd"),
            f"--kubeconfig={self.control_plane.kubeconfig}",
            f"--namespace={NAMESPACE}",
            f"--address={self.address}",
            f"--port={self.server_port}",
            f"--metrics-address={self.address}",
            f"--metrics-port={self._server_metrics_port}",
            *self._reaches_repo_server(),
            "--disable-auth",
            "--insecure",
            "--dex-server=http://127.0.0.1:1",
        ]
        environment = self._environment("argocd-server", "tmp-server")
        ready = answers(f"http://{self.address}:{self.server_port}/healthz")
        return Component("argocd-server", command, ready, environment)

    def _reaches_repo_server(self) -> list[str]:
        repo_server = f"--repo-server={self.address}:{self.repo_port}"
        return [f"--redis={self.address}:{self.redis_port}", repo_server, "--repo-server-plaintext"]


def await_served(plane: ControlPlane, path: str) -> None:
    """Wait until the API server answers for a kind whose definition was applied."""

    def served() -> bool:
        try:
            plane.api(path)
        except Refused:
            return False
        return True

    wait_until(served, f"the API serves {path}", every=0.1)


def apply_definitions(plane: ControlPlane, folder: Path) -> None:
    """Apply the CRDs of a folder; kubectl's own way is refused for large ones."""
    plane.kubectl("apply", "--server-side", *(f"--filename={path}" for path in sorted(folder.glob("*.yaml"))))
