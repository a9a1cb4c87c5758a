"""What Kueue needs of a Ray object, which neither the API server nor the operator asks for."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.subject import Cluster, Map, annotations_of, labels_of, part
from mlgitops.render.preflight.violation import Violation, violation

QUEUE = "kueue.x-k8s.io/queue-name"
ELASTIC = "kueue.x-k8s.io/elastic-job"
MAX_GROUPS = 17


def queue_traps(obj: Map, cluster: Cluster | None) -> Iterator[Violation]:
    """Traps in an object that waits in a queue."""
    if not labels_of(obj).get(QUEUE):
        return
    spec = part(obj, "spec")
    if spec.get("suspend") is not None:
        yield violation(
            "gitops/suspend-in-git",
            ("spec", "suspend"),
            "Kueue changes spec.suspend when it admits the object, and self-heal changes it back: it never runs",
            "remove suspend, and ignore differences of /spec/suspend",
        )
    if obj["kind"] == "RayJob":
        yield from _job(spec)
    if cluster is None:
        return
    if cluster.autoscaled and (annotations_of(obj).get(ELASTIC) or "") != "true":
        yield violation(
            "gitops/queue-with-autoscaling",
            (*cluster.pointer, "enableInTreeAutoscaling"),
            "Kueue does not admit an autoscaled cluster that is no elastic job: it waits for ever",
            f'add the annotation `{ELASTIC}: "true"` where Kueue\'s gate is on, or turn autoscaling off',
        )
    groups = len(cluster.workers)
    if groups > MAX_GROUPS:
        yield violation(
            "gitops/queue-groups",
            (*cluster.pointer, "workerGroupSpecs"),
            f"Kueue takes at most {MAX_GROUPS} worker groups, got {groups}",
            "merge groups",
        )


def _job(spec: Map) -> Iterator[Violation]:
    if not spec.get("shutdownAfterJobFinishes"):
        yield violation(
            "gitops/queue-needs-shutdown",
            ("spec", "shutdownAfterJobFinishes"),
            "a RayJob in a Kueue queue must shut its cluster down: its quota is never given back otherwise",
            "set shutdownAfterJobFinishes: true",
        )
    if spec.get("clusterSelector"):
        yield violation(
            "gitops/queue-with-selector",
            ("spec", "clusterSelector"),
            "Kueue does not queue a RayJob that runs in a cluster of its own choosing",
            "write rayClusterSpec, or remove the queue's label",
        )
