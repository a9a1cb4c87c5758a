"""The gateway that environments name: Envoy, steered by Envoy Gateway after the HTTPRoutes that the API server has.

    with Gateway(plane) as gateway:
        gateway.ask("models.example.com", "/digits/predict").release
        with gateway.load("models.example.com", "/digits/predict") as answers:
            …

Both run in the network of the pods (`pod_network`), where Envoy reaches every endpoint at its own address. That network
is Envoy Gateway's only way in and out too, so that its ports, which cannot be chosen, are nobody else's.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.lab.answering import AnsweringPods
from tests.lab.argo_cd import await_served
from tests.lab.component import BIN, Component, program, wait_until
from tests.lab.control_plane import ControlPlane, Refused
from tests.lab.load import asked_again
from tests.lab.pod_network import PodNetwork

NAMESPACE, NAME = "gateway-system", "models"
"""Of the Gateway: what the example's environments name."""
CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
SYSTEM = "envoy-gateway-system"
DEFINITIONS = BIN / "share" / "envoy-gateway" / "config" / "crd" / "standard"
XDS, HTTP = 18000, 10080
"""Where Envoy Gateway tells Envoy what to do, and where Envoy listens for port 80 of the Gateway."""
TOLD = 1.0
"""Seconds in which Envoy has done what a route's status says: it is told while that is written."""

CONFIGURATION = {
    "apiVersion": "gateway.envoyproxy.io/v1alpha1",
    "kind": "EnvoyGateway",
    "gateway": {"controllerName": CONTROLLER},
    "provider": {
        "type": "Kubernetes",
        "kubernetes": {"leaderElection": {"disable": True}, "proxyTopologyInjector": {"disabled": True}},
    },
}
GATEWAY_API = "gateway.networking.k8s.io/v1"
OBJECTS: tuple[dict[str, Any], ...] = (
    {
        "apiVersion": GATEWAY_API,
        "kind": "GatewayClass",
        "metadata": {"name": "envoy"},
        "spec": {"controllerName": CONTROLLER},
    },
    {
        "apiVersion": GATEWAY_API,
        "kind": "Gateway",
        "metadata": {"name": NAME, "namespace": NAMESPACE},
        "spec": {
            "gatewayClassName": "envoy",
            "listeners": [
                {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
            ],
        },
    },
)


class Answered(NamedTuple):
    """What became of one request: HTTP's status, 0 where there was no answer, and the release that answered."""

    status: int
    release: str
    said: str = ""


class Gateway:
    """Envoy and what steers it, from `__enter__` to `__exit__`, after which routes are as they were without."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.components = plane.components
        self.folder = plane.folder / "gateway"
        self.network = PodNetwork(plane.components)

    def __enter__(self) -> Self:
        self.network.start()
        self.network.lead_out(self.plane.port)
        self.pods = AnsweringPods(self.plane, self.network)
        self.pods.__enter__()
        self._prepare()
        self.components.start(self._envoy_gateway())
        self.components.start(self._envoy())
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("envoy", "envoy-gateway"):
            self.components.stop(name)
        self.pods.__exit__()
        self.network.stop()
        for route in self.plane.api(f"/apis/{GATEWAY_API}/httproutes")["items"]:
            others = [one for one in route["status"]["parents"] if one["controllerName"] != CONTROLLER]
            status = {"parents": others} if others else None
            self.plane.patch(f"{_path(route['metadata'])}/status", {"status": status})
        for name in (NAMESPACE, SYSTEM):
            self.plane.api(f"/api/v1/namespaces/{name}", method="DELETE")

    def ask(self, host: str, path: str, headers: Mapping[str, str] | None = None, timeout: float = 20.0) -> Answered:
        """One request, on a connection of its own."""
        connection = http.client.HTTPConnection(host)
        try:
            connection.sock = self.network.connect("127.0.0.1", HTTP, timeout)
            connection.request("POST", path, b"{}", dict(headers or {}))
            response = connection.getresponse()
            said = response.read().decode(errors="replace")
            release = json.loads(said)["release"] if response.status == 200 else ""
            return Answered(response.status, release, said[:300])
        except (OSError, http.client.HTTPException) as error:
            return Answered(0, "", repr(error))
        finally:
            connection.close()

    def load(self, host: str, path: str, every: float = 0.01) -> AbstractContextManager[list[Answered]]:
        """Requests one after the other as long as this lasts, and their answers."""
        return asked_again(lambda: self.ask(host, path), every)

    def await_route(self, namespace: str, name: str) -> None:
        """Wait until Envoy goes by an HTTPRoute as the API server has it now."""

        def taken() -> bool:
            route = self.plane.api(_path({"namespace": namespace, "name": name}))
            conditions = [
                condition
                for parent in route["status"].get("parents", [])
                if parent["controllerName"] == CONTROLLER
                for condition in parent["conditions"]
            ]
            generation = route["metadata"]["generation"]
            return bool(conditions) and all(
                (one["status"], one["observedGeneration"]) == ("True", generation) for one in conditions
            )

        wait_until(taken, f"the gateway goes by {namespace}/{name}", every=0.05)
        time.sleep(TOLD)

    def _prepare(self) -> None:
        """What Envoy Gateway expects to find: namespaces, definitions and keys, and a Gateway that is its business."""
        plane = self.plane
        for name in (NAMESPACE, SYSTEM):
            plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        plane.kubectl("apply", "--server-side", *(f"--filename={path}" for path in sorted(DEFINITIONS.glob("*.yaml"))))
        for path in sorted(DEFINITIONS.glob("*.yaml")):
            await_served(plane, f"/apis/{GATEWAY_API}/{path.stem.rpartition('_')[2]}")
        command = [program("envoy-gateway"), "certgen", "--disable-topology-injector"]
        environment = {"PATH": os.environ["PATH"], "KUBECONFIG": str(plane.kubeconfig)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise Refused(command, done.returncode, done.stdout + done.stderr)
        for secret in ("envoy-gateway", "envoy"):
            self._write_keys(secret, self.folder / secret / "certs")
        plane.apply(*OBJECTS)

    def _write_keys(self, secret: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        data = self.plane.api(f"/api/v1/namespaces/{SYSTEM}/secrets/{secret}")["data"]
        for name, text in data.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(base64.b64decode(text))

    def _envoy_gateway(self) -> Component:
        """It reads its keys from /certs: it gets a root of its own, with what it needs and nothing else."""
        root = self.folder / "envoy-gateway"
        shutil.copyfile(self.plane.kubeconfig, root / "kubeconfig")
        (root / "configuration.yaml").write_text(json.dumps(CONFIGURATION))
        (root / "tmp").mkdir()
        shutil.copy2(program("envoy-gateway"), root / "envoy-gateway")
        words = ["/envoy-gateway", "server", "--config-path=/configuration.yaml"]
        environment = {"KUBECONFIG": "/kubeconfig", "ENVOY_GATEWAY_NAMESPACE": SYSTEM}
        ready = self.network.listens(XDS)
        return Component("envoy-gateway", self.network.inside(*words, root=root), ready, environment)

    def _envoy(self) -> Component:
        bootstrap = self.folder / "envoy" / "bootstrap.json"
        bootstrap.write_text(json.dumps(_bootstrap(self.folder / "envoy" / "certs")))
        words = [program("envoy"), "--config-path", str(bootstrap), "--concurrency", "1", "--disable-hot-restart"]
        words += ["--service-cluster", f"{NAMESPACE}/{NAME}", "--service-node", "lab", "--log-level", "warning"]
        return Component("envoy", self.network.inside(*words), self.network.listens(HTTP))


def _path(metadata: Mapping[str, str]) -> str:
    """Where the API has an HTTPRoute."""
    return f"/apis/{GATEWAY_API}/namespaces/{metadata['namespace']}/httproutes/{metadata['name']}"


def _bootstrap(keys: Path) -> dict[str, Any]:
    """Where Envoy asks what it is to do; Envoy Gateway says the rest."""
    source = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
    steered = {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"envoy_grpc": {"cluster_name": "steering"}}],
        "set_node_on_first_message_only": True,
    }
    certificate = {
        "certificate_chain": {"filename": str(keys / "tls.crt")},
        "private_key": {"filename": str(keys / "tls.key")},
    }
    encrypted = {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "common_tls_context": {
            "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
            "tls_certificates": [certificate],
            "validation_context": {"trusted_ca": {"filename": str(keys / "ca.crt")}},
        },
    }
    protocol = {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {}},
    }
    endpoint = {"address": {"socket_address": {"address": "127.0.0.1", "port_value": XDS}}}
    steering = {
        "name": "steering",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "steering", "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": protocol},
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": encrypted},
    }
    return {
        "dynamic_resources": {"ads_config": steered, "lds_config": source, "cds_config": source},
        "static_resources": {"clusters": [steering]},
    }
