"""What the operator accepts in a RayService, which then serves nothing, serves the old, or upgrades too often."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.render.preflight.metadata import INITIALIZING_TIMEOUT
from mlgitops.render.preflight.service import INCREMENTAL
from mlgitops.render.preflight.subject import Cluster, Group, Map, annotations_of, part
from mlgitops.render.preflight.violation import Violation, violation

SERVE = "serve"
DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}|[0-9a-f]{40}")
UNUSED = ("serviceUnhealthySecondThreshold", "deploymentUnhealthySecondThreshold")


def service_traps(obj: Map, cluster: Cluster) -> Iterator[Violation]:
    """Traps in a RayService."""
    spec = part(obj, "spec")
    yield from _serve_port(spec, cluster.head)
    if part(spec, "upgradeStrategy").get("type") == INCREMENTAL:
        yield violation(
            "gitops/incremental-gate-off",
            ("spec", "upgradeStrategy", "type"),
            f"{INCREMENTAL} needs the gate RayServiceIncrementalUpgrade, off by default: without it, changes of the "
            "cluster are never rolled out",
            "use NewCluster",
        )
    for name in UNUSED:
        if spec.get(name) is not None:
            yield violation("gitops/field-unused", ("spec", name), f"spec.{name} is accepted and not used", "remove it")
    if annotations_of(obj).get(INITIALIZING_TIMEOUT):
        yield violation(
            "gitops/timeout-is-final",
            ("metadata", "annotations", INITIALIZING_TIMEOUT),
            f"when {INITIALIZING_TIMEOUT} expires, the RayService is over: no commit mends it, it has to be deleted",
            "remove it, and alert on a RayService that does not become Ready",
        )
    for group in (cluster.head, *cluster.workers):
        yield from _digests(group)


def _serve_port(spec: Map, head: Group) -> Iterator[Violation]:
    if spec.get("serveService") is not None:
        return
    for container in head.containers[:1]:
        ports = container.get("ports") or ()
        names = [str(port.get("name") or "") for port in ports]
        if ports and not any(name == SERVE or name.startswith(f"{SERVE}-") for name in names):
            yield violation(
                "gitops/serve-port-missing",
                (*head.pointer, "template", "spec", "containers", 0, "ports"),
                "the head's container has ports and none is named serve: the RayService never becomes Ready, and only "
                "the operator's log says why",
                "add `{name: serve, containerPort: 8000, protocol: TCP}`, or remove all ports",
            )


def _digests(group: Group) -> Iterator[Violation]:
    for key, value in (part(group.spec, "template", "metadata").get("annotations") or {}).items():
        if value is not None and DIGEST.search(value):
            yield violation(
                "gitops/digest-in-annotation",
                (*group.pointer, "template", "metadata", "annotations", key),
                "a digest in a pod template's annotation starts a whole new cluster with each change of it",
                "leave it out: what runs is pinned by the image and the name of the code's ConfigMap",
            )
