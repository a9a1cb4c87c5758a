"""Preflight: what the API server, the KubeRay operator, Ray Serve and Argo CD will make of an object.

    >>> [problem.code for problem in preflight({"apiVersion": "ray.io/v1", "kind": "RayJob",
    ...     "metadata": {"name": "churn"}, "spec": {"clusterSelector": {"ray.io/cluster": "x"}, "backoffLimit": 1}})]
    ['kuberay/selector-with-backoff', 'gitops/run-not-in-name', 'gitops/default-submitter']

KubeRay checks most of its rules only after an object was admitted, where nobody looks; a RayJob that fails them stays
failed even when it is mended. So they are checked here first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlgitops.render.preflight.authentication import authentication_problems
from mlgitops.render.preflight.autoscaling import autoscaling_problems
from mlgitops.render.preflight.cluster import cluster_problems, owner_problems
from mlgitops.render.preflight.cron_job import cron_job_problems
from mlgitops.render.preflight.deletion import deletion_problems
from mlgitops.render.preflight.fault_tolerance import fault_tolerance_problems
from mlgitops.render.preflight.gates import gate_problems
from mlgitops.render.preflight.job import job_problems
from mlgitops.render.preflight.metadata import metadata_problems, metadata_types
from mlgitops.render.preflight.pod_template import job_structure
from mlgitops.render.preflight.schema import Schema, load
from mlgitops.render.preflight.serve_config import serve_config_problems
from mlgitops.render.preflight.service import service_problems
from mlgitops.render.preflight.structure import explain
from mlgitops.render.preflight.subject import Cluster, Map, cluster_of, job_spec_of
from mlgitops.render.preflight.trap_argocd import argocd_traps
from mlgitops.render.preflight.trap_cluster import cluster_traps
from mlgitops.render.preflight.trap_job import job_traps, ray_job_traps
from mlgitops.render.preflight.trap_queue import queue_traps
from mlgitops.render.preflight.trap_service import service_traps
from mlgitops.render.preflight.versions import applies, supported
from mlgitops.render.preflight.violation import Violation, fragment, nearest, one_of, violation

GROUP = "ray.io/"

OTHER_TRAPS: dict[str, Callable[[Map], Iterator[Violation]]] = {
    "Application": argocd_traps,
    "ApplicationSet": argocd_traps,
    "ConfigMap": argocd_traps,
    "Job": job_traps,
}
"""Kinds that are not Ray's and are looked at."""


def preflight(obj: Mapping[str, Any], *, kuberay: str = "1.6.2") -> list[Violation]:
    """What is wrong with one object, of any kind, for a version of KubeRay with its default feature gates.

    Raises ValueError for a version of KubeRay that is not known.
    """
    supported(kuberay)
    plain = obj if isinstance(obj, dict) else dict(obj)
    if str(plain.get("apiVersion", "")).startswith(GROUP):
        found = _ray_problems(plain, load(kuberay))
    else:
        found = _other_problems(plain, kuberay)
    return [problem for problem in found if applies(problem.code, kuberay)] if found else found


def _other_problems(obj: Map, kuberay: str) -> list[Violation]:
    kind = str(obj.get("kind", ""))
    found = list(metadata_types(obj))
    if kind == "Job" and str(obj.get("apiVersion", "")).startswith("batch/"):
        found += job_structure(obj, load(kuberay))
    traps = OTHER_TRAPS.get(kind)
    return found if found or traps is None else list(traps(obj))


def _ray_problems(obj: Map, schema: Schema) -> list[Violation]:
    root = schema.kinds.get(f"{obj['apiVersion']}/{obj.get('kind')}")
    if root is None:
        return [_unknown_kind(obj, schema)]
    found = list(metadata_problems(obj, obj["kind"]))
    found += _structure(obj, schema, root)
    if any(problem.code == "kuberay/wrong-type" for problem in found):
        # The rules below read values; nobody knows what one of the wrong type was meant to be.
        return found
    cluster = cluster_of(obj)
    found += _operator_rules(obj, cluster)
    found += _traps(obj, cluster)
    return found


def _unknown_kind(obj: Map, schema: Schema) -> Violation:
    kinds = sorted({name.rpartition("/")[2] for name in schema.kinds})
    given = f"{obj['apiVersion']}/{obj.get('kind')}"
    hint = nearest(given, schema.kinds) or f"write {one_of(kinds)}, the kinds of KubeRay's ray.io/v1"
    return violation("kuberay/unknown-kind", ("kind",), f"KubeRay serves no {fragment(given)}", hint)


def _structure(obj: Map, schema: Schema, root: int) -> Iterator[Violation]:
    properties = schema.nodes[root]["properties"]
    for name, value in obj.items():
        if name == "spec":
            if value is not None and not schema.test(properties["spec"], False)(value):
                yield from explain(schema, properties["spec"], value, ("spec",))
        elif name == "status" and value is not None:
            # The server drops the status of what is created, but not before it looked for fields that it does not know.
            for problem in explain(schema, properties["status"], value, ("status",)):
                if problem.code == "kuberay/unknown-field":
                    yield problem
        elif name not in properties:
            hint = nearest(name, properties) or "move it under spec, or remove it"
            yield violation("kuberay/unknown-field", (name,), f"the object has no field {fragment(name)}", hint)


def _operator_rules(obj: Map, cluster: Cluster | None) -> Iterator[Violation]:
    kind = obj["kind"]
    job = job_spec_of(obj)
    if job is not None:
        yield from job_problems(*job, cluster)
        yield from deletion_problems(*job, cluster)
    if cluster is not None:
        yield from cluster_problems(cluster)
        yield from autoscaling_problems(cluster)
        yield from fault_tolerance_problems(cluster)
        yield from authentication_problems(cluster, kind)
        yield from gate_problems(cluster)
    if kind == "RayService" and cluster is not None:
        yield from service_problems(obj, cluster)
    if kind == "RayCluster":
        yield from owner_problems(obj)
    if kind == "RayCronJob":
        yield from cron_job_problems(obj)


def _traps(obj: Map, cluster: Cluster | None) -> Iterator[Violation]:
    kind = obj["kind"]
    yield from cluster_traps(obj, cluster)
    yield from queue_traps(obj, cluster)
    if kind in ("RayJob", "RayCronJob"):
        yield from ray_job_traps(obj)
    if kind == "RayService" and cluster is not None:
        yield from service_traps(obj, cluster)
        yield from serve_config_problems(obj)
