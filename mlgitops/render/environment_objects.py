"""What an environment is made of besides its models: namespaces with their limits, and the queue.

    rendered/<env>/_environment/          everything, where training and serving share a cluster
    rendered/<env>/_environment/training/ and serving/, where they do not: one Argo CD Application goes to one cluster

    namespace-<name>.yaml         Pod Security `restricted`; kept whatever happens to the file
    resourcequota-<name>.yaml     the environment's quota, for each namespace
    networkpolicy-<name>.yaml     denies all traffic that no other policy allows
    localqueue-<name>.yaml, clusterqueue.yaml, resourceflavor-*.yaml      Kueue, where there is a queue

Namespaces are those that models of the environment are in. A namespace is never pruned or deleted by a commit: all
that it holds would go with it.

In Kueue a resource belongs to one group of flavors. Cores, memory and scratch space are in one whose quota bounds
nothing, since the namespaces' quota does; each accelerator type is a flavor with the environment's limit, chosen by the
node selector that pods have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from mlgitops.render.labels import ENVIRONMENT, MANAGED_BY
from mlgitops.render.network import network_policy
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, object_set
from mlgitops.render.pods import quantity
from mlgitops.spec.documents.environment import Environment, EnvironmentSpec, NamespaceQuota

DestinationName = Literal["training", "serving"]

KUEUE = "kueue.x-k8s.io/v1beta2"
GENERAL_RESOURCES = {"cpu": "1M", "memory": "1000Pi", "ephemeral-storage": "1000Pi"}
"""Quotas that bound nothing: Kueue wants one for every resource that a pod asks for. In Kubernetes' canonical form, as
Kueue's webhook writes them back."""
UNBOUNDED = "1M"
"""Of an accelerator type without a limit."""
_NAMESPACE_KEPT = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
}


def environment_folders(environment: EnvironmentSpec) -> dict[str, str]:
    """Folder below `_environment` → the cluster that it goes to. The folder is "" where there is but one cluster."""
    used = _used(environment)
    clusters = {name: getattr(environment.destinations, name).cluster for name in used}
    if len(set(clusters.values())) == 1:
        return {"": next(iter(clusters.values()))}
    return {str(name): cluster for name, cluster in clusters.items()}


def render_environment(environment: Environment, namespaces: Mapping[DestinationName, Sequence[str]]) -> ObjectSet:
    """The environment's objects; `namespaces` are those that its models are in, by destination."""
    spec = environment.spec
    folders = environment_folders(spec)
    objects: list[RenderedObject] = []
    for folder in folders:
        parts = [part for part in _used(spec) if folder in ("", part)]
        wanted = sorted({namespace for part in parts for namespace in namespaces.get(part, ())})
        queued = sorted(namespaces.get("training", ())) if "training" in parts else []
        for file, data in _objects(environment, wanted, queued):
            objects.append(RenderedObject(f"{folder}/{file}" if folder else file, data))
    return object_set(objects)


def _used(environment: EnvironmentSpec) -> list[DestinationName]:
    used: list[DestinationName] = []
    if environment.trains:
        used.append("training")
    if environment.serves:
        used.append("serving")
    return used


def _objects(
    environment: Environment, namespaces: Sequence[str], queued: Sequence[str]
) -> Iterator[tuple[str, Object]]:
    """The objects for one cluster, each with its file."""
    spec = environment.spec
    labels = {"app.kubernetes.io/managed-by": MANAGED_BY, ENVIRONMENT: environment.metadata.name}
    for namespace in namespaces:
        yield f"namespace-{namespace}.yaml", _namespace(namespace, labels)
        metadata = {"name": "default-deny", "namespace": namespace, "labels": labels}
        yield f"networkpolicy-{namespace}.yaml", network_policy(metadata, {}, ingress=[], egress=[])
        if spec.quota is not None:
            yield f"resourcequota-{namespace}.yaml", _resource_quota(namespace, labels, spec, spec.quota)
    if spec.queue is None or not queued:
        return
    for namespace in queued:
        yield f"localqueue-{namespace}.yaml", _local_queue(spec.queue.name, spec.queue.clusterQueue, namespace, labels)
    yield "clusterqueue.yaml", _cluster_queue(environment, spec.queue.clusterQueue, labels)
    yield from _flavors(environment, labels)


def _namespace(name: str, labels: Object) -> Object:
    security = {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", "restricted"), ("-version", "latest"))
    }
    metadata = {"name": name, "labels": {**labels, **security}, "annotations": _NAMESPACE_KEPT}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _resource_quota(namespace: str, labels: Object, environment: EnvironmentSpec, quota: NamespaceQuota) -> Object:
    hard: Object = {}
    if quota.cpu is not None:
        hard["requests.cpu"] = hard["limits.cpu"] = quantity(quota.cpu)
    if quota.memory is not None:
        hard["requests.memory"] = hard["limits.memory"] = quota.memory
    if quota.accelerators is not None:
        for resource in {accelerator.resource for accelerator in environment.accelerators.values()}:
            hard[f"requests.{resource}"] = str(quota.accelerators)
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "quota", "namespace": namespace, "labels": labels},
        "spec": {"hard": hard},
    }


def _local_queue(name: str, cluster_queue: str, namespace: str, labels: Object) -> Object:
    return {
        "apiVersion": KUEUE,
        "kind": "LocalQueue",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"clusterQueue": cluster_queue},
    }


def _cluster_queue(environment: Environment, name: str, labels: Object) -> Object:
    return {
        "apiVersion": KUEUE,
        "kind": "ClusterQueue",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "namespaceSelector": {"matchLabels": {ENVIRONMENT: environment.metadata.name}},
            "preemption": {"withinClusterQueue": "LowerPriority"},
            "queueingStrategy": "BestEffortFIFO",
            "resourceGroups": _resource_groups(environment),
        },
    }


def _resource_groups(environment: Environment) -> list[Object]:
    general = {
        "name": f"{environment.metadata.name}-general",
        "resources": [{"name": name, "nominalQuota": amount} for name, amount in GENERAL_RESOURCES.items()],
    }
    groups: list[Object] = [{"coveredResources": list(GENERAL_RESOURCES), "flavors": [general]}]
    spec = environment.spec
    by_resource: dict[str, list[Object]] = {}
    for kind in sorted(spec.accelerators):
        resource = spec.accelerators[kind].resource
        limit = spec.limits.accelerators.get(kind)
        amount = {"name": resource, "nominalQuota": str(limit.total) if limit is not None else UNBOUNDED}
        by_resource.setdefault(resource, []).append({"name": _flavor_name(environment, kind), "resources": [amount]})
    groups += [{"coveredResources": [resource], "flavors": by_resource[resource]} for resource in sorted(by_resource)]
    return groups


def _flavors(environment: Environment, labels: Object) -> Iterator[tuple[str, Object]]:
    yield "resourceflavor-general.yaml", _flavor(f"{environment.metadata.name}-general", labels, {})
    for kind, accelerator in environment.spec.accelerators.items():
        spec = {"nodeLabels": dict(accelerator.nodeSelector)} if accelerator.nodeSelector else {}
        yield f"resourceflavor-{kind.lower()}.yaml", _flavor(_flavor_name(environment, kind), labels, spec)


def _flavor(name: str, labels: Object, spec: Object) -> Object:
    data: Object = {"apiVersion": KUEUE, "kind": "ResourceFlavor", "metadata": {"name": name, "labels": labels}}
    return {**data, "spec": spec} if spec else data


def _flavor_name(environment: Environment, kind: str) -> str:
    return f"{environment.metadata.name}-{kind.lower()}"
