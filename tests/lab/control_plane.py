"""Kubernetes without nodes: etcd, kube-apiserver, kube-controller-manager and kube-scheduler on this machine.

    control_plane = ControlPlane(components, Network())
    control_plane.start()
    control_plane.kubectl("get", "namespaces")
    control_plane.api("/api/v1/nodes")["items"]

Both kinds of lab have the same: ServiceAccounts are admitted as in a cluster, and all controllers run. What nodes are
behind it, simulated ones or a real one, is added by the lab.
"""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.component import Component, Components, LabError, answers, free_ports, program, require


@dataclass(frozen=True, slots=True)
class Network:
    """Where the control plane listens, and what addresses Services get."""

    address: str = "127.0.0.1"
    services: str = "10.96.0.0/16"
    port: int | None = None
    """Of the API server; any free one where it is None."""


class Refused(LabError):
    """A program said no: `code` is what it exited with, and `said` what it wrote."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        super().__init__(f"{' '.join(command[:6])} … exited with {code}: {said.strip()[-2000:]}")
        self.code = code
        self.said = said


class ControlPlane:
    """The four programs, their keys and the kubeconfig of their administrator, whose context is in `argocd`."""

    def __init__(
        self, components: Components, network: Network | None = None, *, apiserver: Sequence[str] = ()
    ) -> None:
        self.components = components
        self.network = network or Network()
        self.folder = components.folder
        self.etcd_port, self._peers, self.port, *_ = free_ports(3)
        self.port = self.network.port or self.port
        self.url = f"https://{self.network.address}:{self.port}"
        self.issuer = "https://kubernetes.default.svc"
        """Who ServiceAccounts' tokens say that they are from."""
        self.token = secrets.token_hex(16)
        self.kubeconfig = self.folder / "kubeconfig"
        self.authority = self.folder / "certificates" / "apiserver.crt"
        self._extra = list(apiserver)

    def start(self) -> None:
        """From nothing to an API that answers."""
        require(("openssl", "openssl"))
        self._write_keys()
        self.components.start(self._etcd())
        self.components.start(self._apiserver())
        self.write_kubeconfig(self.kubeconfig, self.token)
        self.components.start(self._controller_manager(), self._scheduler())

    def write_kubeconfig(self, path: Path, token: str) -> None:
        """The kubeconfig of whoever has a token; JSON is YAML."""
        path.touch(mode=0o600)
        authority = base64.b64encode(self.authority.read_bytes()).decode()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": {"server": self.url, "certificate-authority-data": authority}}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin", "namespace": "argocd"}}],
            "current-context": "lab",
        }
        path.write_text(json.dumps(config))

    def kubectl(self, *words: str, given: str | None = None) -> str:
        """What kubectl prints; `given` is its standard input. Raises Refused where it fails."""
        command = [program("kubectl"), "--kubeconfig", str(self.kubeconfig), *words]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise Refused(["kubectl", *words], done.returncode, done.stderr)
        return done.stdout

    def apply(self, *objects: dict[str, Any], dry_run: bool = False) -> str:
        """Apply objects as Argo CD does: on the server, with unknown fields refused."""
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        words = ["apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"]
        return self.kubectl(*words, *(["--dry-run=server"] if dry_run else []), given=listed)

    def api(self, path: str, *, method: str = "GET", body: object = None, kind: str = "application/json") -> Any:
        """One request to the API, without a process for it. Raises Refused with the server's words."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with self._opener().open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise Refused([method, path], error.code, error.read().decode(errors="replace")) from error

    def patch(self, path: str, body: object) -> Any:
        """Merge into an object."""
        return self.api(path, method="PATCH", body=body, kind="application/merge-patch+json")

    def watch(self, path: str) -> Iterator[dict[str, Any]]:
        """The changes of a collection, as they come, until the server ends the answer."""
        request = urllib.request.Request(
            f"{self.url}{path}&watch=true", headers={"Authorization": f"Bearer {self.token}"}
        )
        with self._opener().open(request) as answer:
            for line in answer:
                yield json.loads(line)

    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context(cafile=str(self.authority))
        # The API server signs its own certificate; one that is its own authority is no strict X.509.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        return urllib.request.build_opener(*handlers)

    def _write_keys(self) -> None:
        key, public = self.folder / "sa.key", self.folder / "sa.pub"
        commands = (
            ["openssl", "genrsa", "-out", str(key), "2048"],
            ["openssl", "rsa", "-in", str(key), "-pubout", "-out", str(public)],
        )
        for command in commands:
            subprocess.run(command, check=True, capture_output=True)
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self.token},admin,admin,"system:masters"\n')

    def _etcd(self) -> Component:
        client, peer = (f"http://{self.network.address}:{port}" for port in (self.etcd_port, self._peers))
        command = [
            program("etcd"),
            "--name=lab",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=lab={peer}",
            "--unsafe-no-fsync=true",
            "--log-level=warn",
        ]
        return Component("etcd", command, answers(f"{client}/health"))

    def _apiserver(self) -> Component:
        command = [
            program("kube-apiserver"),
            f"--etcd-servers=http://{self.network.address}:{self.etcd_port}",
            f"--cert-dir={self.authority.parent}",
            f"--bind-address={self.network.address}",
            f"--advertise-address={self.network.address}",
            f"--secure-port={self.port}",
            # Loopback is no address that an Endpoints object may have.
            *(["--endpoint-reconciler-type=none"] if self.network.address.startswith("127.") else []),
            f"--service-cluster-ip-range={self.network.services}",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            f"--service-account-issuer={self.issuer}",
            f"--service-account-key-file={self.folder / 'sa.pub'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--profiling=false",
            *self._extra,
        ]
        return Component("kube-apiserver", command, answers(f"{self.url}/readyz"))

    def _controller_manager(self) -> Component:
        [port] = free_ports(1)
        command = [
            program("kube-controller-manager"),
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            f"--bind-address={self.network.address}",
            f"--secure-port={port}",
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
            f"--root-ca-file={self.authority}",
            "--use-service-account-credentials=false",
        ]
        return Component("kube-controller-manager", command, answers(f"https://{self.network.address}:{port}/healthz"))

    def _scheduler(self) -> Component:
        [port] = free_ports(1)
        command = [
            program("kube-scheduler"),
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            f"--bind-address={self.network.address}",
            f"--secure-port={port}",
        ]
        return Component("kube-scheduler", command, answers(f"https://{self.network.address}:{port}/healthz"))
