"""Argo CD's objects: how `rendered/` gets into clusters, and nothing else does.

    appproject-root.yaml, application-root.yaml     applied once by hand (docs/argocd.md); syncs rendered/argocd
    appproject-<env>.yaml                           this repository alone, into the environment's namespaces alone
    applicationset-<env>-train.yaml, -serve.yaml    an Application for each rendered/<env>/<model>/<part>
    application-<env>-environment.yaml              rendered/<env>/_environment; where training and serving have
                                                    clusters of their own, -environment-training and -serving
    configmap-argocd-cm.yaml                        the health checks, and no other key of Argo CD's settings

Training and serving are Applications of their own, without waves or hooks: a sync that waited for a run would hold
up a rollback that was committed meanwhile. One thing is waited for: where serving changes its release, `PruneLast`
keeps the old RayService until the new one is healthy. A new one that never gets there turns Degraded, which ends that
sync, and `retry.refresh` lets the next attempt take what Git says by then.

Fields whose value is Go's zero are left out: Argo CD's controllers drop them when they write an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from mlgitops.render.environment_objects import environment_folders
from mlgitops.render.health import health_customizations
from mlgitops.render.labels import ENVIRONMENT, MODEL, PART
from mlgitops.render.names import Part
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, object_set
from mlgitops.render.sync_options import CONFIRM, FIRST, NEVER_PRUNED, SYNC_OPTIONS
from mlgitops.spec.documents.environment import Destination, Environment
from mlgitops.spec.documents.repository import Repository

ROOT = "mlgitops-root"
IN_CLUSTER = "in-cluster"
"""Argo CD's name for the cluster it runs in."""

API = "argoproj.io/v1alpha1"


class Kind(NamedTuple):
    """A kind that an environment's Applications may make."""

    group: str
    """Empty for Kubernetes' core."""
    kind: str
    namespaced: bool = True
    name: str = ""
    """Of the one object that is meant; empty for all."""


_MODEL_KINDS = (
    Kind("", "ConfigMap"),
    Kind("", "Service"),
    Kind("", "ServiceAccount"),
    Kind("batch", "CronJob"),
    Kind("batch", "Job"),
    Kind("gateway.networking.k8s.io", "HTTPRoute"),
    Kind("monitoring.coreos.com", "PodMonitor"),
    Kind("monitoring.coreos.com", "PrometheusRule"),
    Kind("networking.k8s.io", "NetworkPolicy"),
    Kind("policy", "PodDisruptionBudget"),
    Kind("ray.io", "RayJob"),
    Kind("ray.io", "RayService"),
)
_SEEN_KINDS = (Kind("", "Pod"), Kind("ray.io", "RayCluster"))
"""What operators make of them: Argo CD shows pods and their logs only where a project permits the kind."""
_ENVIRONMENT_KINDS = (Kind("", "ResourceQuota"),)


def render_argocd(
    repository: Repository, environments: Sequence[Environment], extras: Mapping[str, Iterable[Kind]] | None = None
) -> ObjectSet:
    """The objects of `rendered/argocd`; `extras` are kinds that templates and kustomizations add, by environment."""
    objects = [
        RenderedObject("appproject-root.yaml", _root_project(repository)),
        RenderedObject("application-root.yaml", _root_application(repository)),
        RenderedObject("configmap-argocd-cm.yaml", _settings(repository)),
    ]
    for environment in environments:
        objects += _environment(repository, environment, (extras or {}).get(environment.metadata.name, ()))
    return object_set(objects)


def project_name(environment: str) -> str:
    """The AppProject of an environment; none is called as the root's."""
    return f"mlgitops-env-{environment}"


def _environment(repository: Repository, environment: Environment, extras: Iterable[Kind]) -> list[RenderedObject]:
    name, spec = environment.metadata.name, environment.spec
    objects = [RenderedObject(f"appproject-{name}.yaml", _project(repository, environment, extras))]
    parts: list[tuple[Part, Destination]] = []
    if spec.trains:
        parts.append(("train", spec.destinations.training))
    if spec.serves:
        parts += [("serve", spec.destinations.serving), ("score", spec.destinations.serving)]
    for part, destination in parts:
        data = _application_set(repository, environment, part, destination)
        objects.append(RenderedObject(f"applicationset-{name}-{part}.yaml", data))
    for folder in environment_folders(spec):
        suffix = f"-{folder}" if folder else ""
        data = _environment_application(repository, environment, folder)
        objects.append(RenderedObject(f"application-{name}-environment{suffix}.yaml", data))
    return objects


def _object(kind: str, repository: Repository, name: str, spec: Object, annotations: Object | None = None) -> Object:
    metadata: Object = {
        "name": name,
        "namespace": repository.spec.argocd.namespace,
        "labels": {"app.kubernetes.io/managed-by": "mlgitops", "app.kubernetes.io/part-of": repository.metadata.name},
    }
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


_NO_TEMPLATE: Object = {"metadata": {}, "spec": {"destination": {}, "project": ""}}
"""What Argo CD writes into a generator without a template of its own, whenever it is told of a push.

A list is compared as a whole: without this, each push made every ApplicationSet differ from Git (seen in the lab).
"""

_COMPARED = {
    "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
    "argocd.argoproj.io/manifest-generate-paths": ".",
}
"""Annotations of every Application: defaults inside lists are no difference, and a commit elsewhere is none."""


def _application_spec(
    repository: Repository, project: str, path: str, destination: Object, options: Sequence[str], queued: bool = False
) -> Object:
    spec: Object = {
        "destination": destination,
        "project": project,
        "source": {
            "directory": {"include": "*.yaml"},
            "path": path,
            "repoURL": repository.spec.repoURL,
            "targetRevision": repository.spec.targetRevision,
        },
        "syncPolicy": {
            "automated": {"allowEmpty": False, "enabled": True, "prune": True, "selfHeal": True},
            "retry": {
                # Minute by minute for an hour: a revert waits for the next try.
                "backoff": {"duration": "10s", "factor": 2, "maxDuration": "1m"},
                "limit": 60,
                "refresh": True,
            },
            "syncOptions": ["ServerSideApply=true", *options],
        },
    }
    if queued:
        spec["ignoreDifferences"] = [{"group": "ray.io", "kind": "RayJob", "jsonPointers": ["/spec/suspend"]}]
    return spec


def _application_set(repository: Repository, environment: Environment, part: Part, destination: Destination) -> Object:
    name, spec = environment.metadata.name, environment.spec
    folders = f"rendered/{name}/*/{part}"
    # A dot parts what no name contains, so that no two of an environment and a model read alike.
    metadata = {
        "annotations": _COMPARED,
        "labels": {ENVIRONMENT: name, MODEL: "{{index .path.segments 2}}", PART: part},
        "name": f"{name}.{{{{index .path.segments 2}}}}.{part}",
    }
    target = {"name": destination.cluster, "namespace": destination.namespace}
    # A run may take days: nothing waits for it, so what a newer one replaces goes at once.
    options = ["FailOnSharedResource=true", *(["PruneLast=true"] if part == "serve" else [])]
    queued = part == "train" and spec.queue is not None
    template = _application_spec(repository, project_name(name), "{{.path.path}}", target, options, queued)
    policy: Object = {"applicationsSync": "sync"}
    if spec.protected:
        policy = {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    generator = {
        "directories": [{"path": folders}],
        "repoURL": repository.spec.repoURL,
        "revision": repository.spec.targetRevision,
        "template": _NO_TEMPLATE,
    }
    data: Object = {
        "generators": [{"git": generator}],
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "syncPolicy": policy,
        "template": {"metadata": metadata, "spec": template},
    }
    return _object("ApplicationSet", repository, f"{name}.{part}", data, CONFIRM if spec.protected else None)


def _environment_application(repository: Repository, environment: Environment, folder: str) -> Object:
    """Without a finalizer: who removes an environment's folder does not remove its namespaces."""
    name, spec = environment.metadata.name, environment.spec
    path, title = f"rendered/{name}/_environment", f"{name}.environment"
    if folder:
        path, title = f"{path}/{folder}", f"{title}-{folder}"
    trains = folder == "training" or (not folder and spec.trains)
    destination = spec.destinations.training if trains else spec.destinations.serving
    # The objects say their own namespaces; the project permits the Application only with one that it lists.
    target = {"name": destination.cluster, "namespace": destination.namespace}
    data = _object(
        "Application",
        repository,
        title,
        _application_spec(repository, project_name(name), path, target, ["FailOnSharedResource=true"]),
        {**_COMPARED, **(CONFIRM if spec.protected else {})},
    )
    data["metadata"]["labels"][ENVIRONMENT] = name
    return data


def _namespaces(environment: Environment) -> list[tuple[str, str]]:
    """(cluster, namespace) of everything that the environment makes."""
    spec = environment.spec
    used = [
        destination
        for destination, does in (
            (spec.destinations.training, spec.trains),
            (spec.destinations.serving, spec.serves),
        )
        if does
    ]
    return sorted({(one.cluster, name) for one in used for name in (one.namespace, *one.namespaces.values())})


def _project(repository: Repository, environment: Environment, extras: Iterable[Kind]) -> Object:
    places = _namespaces(environment)
    kinds = {*_MODEL_KINDS, *_SEEN_KINDS, *_ENVIRONMENT_KINDS, *extras}
    kinds |= {Kind("", "Namespace", False, namespace) for _, namespace in places}
    queue = environment.spec.queue
    if queue is not None:
        kinds |= {
            Kind("kueue.x-k8s.io", "ClusterQueue", False, queue.clusterQueue),
            Kind("kueue.x-k8s.io", "LocalQueue"),
            Kind("kueue.x-k8s.io", "ResourceFlavor", False),
        }
    destinations = [{"name": cluster, "namespace": namespace} for cluster, namespace in places]
    spec = _project_spec(repository, f"Models in {environment.metadata.name}", destinations, kinds)
    name = project_name(environment.metadata.name)
    return _object("AppProject", repository, name, spec, {**FIRST, **(CONFIRM if environment.spec.protected else {})})


def _project_spec(
    repository: Repository, description: str, destinations: Sequence[Object], kinds: Iterable[Kind]
) -> Object:
    """A project that permits what it lists: an absent list of cluster-wide kinds permits none of them."""
    known = sorted(kinds)
    spec: Object = {
        "description": description,
        "destinations": list(destinations),
        "namespaceResourceWhitelist": [{"group": k.group, "kind": k.kind} for k in known if k.namespaced],
        "sourceRepos": [repository.spec.repoURL],
    }
    wide = [
        {"group": k.group, "kind": k.kind} | ({"name": k.name} if k.name else {}) for k in known if not k.namespaced
    ]
    if wide:
        spec["clusterResourceWhitelist"] = wide
    return spec


_PASSING = {
    "Application": (
        "/metadata/annotations/argocd.argoproj.io~1hydrate",
        "/metadata/annotations/argocd.argoproj.io~1refresh",
        "/operation",
    ),
    "ApplicationSet": ("/metadata/annotations/argocd.argoproj.io~1application-set-refresh",),
}
"""What Argo CD is asked by, and takes away when it has answered.

It compares a dry run of applying with what it saw last: without this, a push that came in between made the root sync
again, with nothing to do (seen in the lab).
"""

_ARGO_CD_KINDS: tuple[Literal["Application", "ApplicationSet", "AppProject"], ...] = (
    "Application",
    "ApplicationSet",
    "AppProject",
)


def _root_project(repository: Repository) -> Object:
    """Whoever may write what this project syncs governs Argo CD: `rendered/argocd` has code owners."""
    kinds = [Kind("argoproj.io", kind) for kind in _ARGO_CD_KINDS]
    destinations = [{"name": IN_CLUSTER, "namespace": repository.spec.argocd.namespace}]
    description = "What says to Argo CD where models go"
    spec = _project_spec(repository, description, destinations, [*kinds, Kind("", "ConfigMap")])
    return _object("AppProject", repository, ROOT, spec, {**FIRST, **NEVER_PRUNED})


def _root_application(repository: Repository) -> Object:
    destination = {"name": IN_CLUSTER, "namespace": repository.spec.argocd.namespace}
    spec = _application_spec(repository, ROOT, "rendered/argocd", destination, [])
    spec["ignoreDifferences"] = [
        {"group": "argoproj.io", "kind": kind, "jsonPointers": list(pointers)} for kind, pointers in _PASSING.items()
    ]
    return _object("Application", repository, ROOT, spec, {**_COMPARED, **NEVER_PRUNED})


def _settings(repository: Repository) -> Object:
    """A part of Argo CD's own ConfigMap: server-side apply owns these keys and leaves all others alone."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": repository.spec.argocd.namespace,
            "labels": {"app.kubernetes.io/part-of": "argocd"},
            "annotations": {**FIRST, SYNC_OPTIONS: "Prune=false,ServerSideApply=true"},
        },
        "data": health_customizations(),
    }
