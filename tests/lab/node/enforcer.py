"""NetworkPolicies in force: what the API has of them, as rules of the node's network, as long as it runs.

    with Enforcer(plane, network, players) as enforcer:
        …
    enforcer.dropped("in", pod)      # packets that a pod's rules did not let through

Each half second it looks at policies, pods and namespaces, and changes the rules where one of them has.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from tests.lab.component import LabError
from tests.lab.control_plane import ControlPlane
from tests.lab.node.network import Network
from tests.lab.node.policies import TABLE, Pod, pods_of, ruleset

EVERY = 0.5
Object = dict[str, Any]


def _as_it_is(policy: Object) -> list[Object]:
    return [policy]


class Enforcer:
    """A thread that keeps the rules; `players` are processes that are to others what pods would be."""

    def __init__(self, plane: ControlPlane, network: Network, players: Sequence[Pod] = ()) -> None:
        self.plane, self.network, self.players = plane, network, list(players)
        self._applied = ""
        self._change: Callable[[Object], list[Object]] = _as_it_is
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="policies", daemon=True)
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self.enforce()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def enforce(self) -> None:
        """Bring the rules up to date. Raises LabError where nft does not take them."""
        policies = self.plane.api("/apis/networking.k8s.io/v1/networkpolicies")["items"]
        listed = self.plane.api("/api/v1/namespaces")["items"]
        namespaces = {one["metadata"]["name"]: one["metadata"].get("labels", {}) for one in listed}
        for player in self.players:
            namespaces.setdefault(player.namespace, {"kubernetes.io/metadata.name": player.namespace})
        pods = [*pods_of(self.plane.api("/api/v1/pods")["items"]), *self.players]
        with self._lock:
            changed = [one for policy in policies for one in self._change(policy)]
            text = ruleset(changed, pods, namespaces)
            if text != self._applied:
                self._nft("--file", "-", given=text)
                self._applied = text

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """No policy at all, as long as this lasts."""
        with self._leaving_out(lambda policy: []):
            yield

    @contextmanager
    def without(self, namespace: str) -> Iterator[None]:
        """All policies without what they say of one namespace, as long as this lasts."""

        def rest(policy: Object) -> list[Object]:
            spec = dict(policy["spec"])
            spec["ingress"] = [rule for rule in spec.get("ingress", []) if f'"{namespace}"' not in json.dumps(rule)]
            return [{**policy, "spec": spec}]

        with self._leaving_out(rest):
            yield

    @contextmanager
    def _leaving_out(self, change: Callable[[Object], list[Object]]) -> Iterator[None]:
        self._change = change
        self.enforce()
        try:
            yield
        finally:
            self._change = _as_it_is
            self.enforce()

    def dropped(self, chain: str, address: str) -> int:
        """Packets that the chain `in` or `out` of an address has not let through since the last change of rules."""
        name = f"{chain}_{address.replace('.', '_')}"
        listed = json.loads(self._nft("--json", "list", "chain", "inet", TABLE, name))["nftables"]
        counters = [
            part["counter"] for one in listed for part in one.get("rule", {}).get("expr", []) if "counter" in part
        ]
        return int(counters[-1]["packets"])

    def _keep(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self.enforce()
                self.error = None
            except (OSError, LabError, ValueError) as error:
                self.error = error  # the API server may be restarting

    def _nft(self, *words: str, given: str | None = None) -> str:
        command = self.network.inside("nft", *words)
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"nft {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout
