"""The pods that an object makes, laid open: templates inside Ray objects too, and what the operator adds to them.

    >>> job = {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": {}}}}
    >>> [pod["role"] for pod in pods_of("job.yaml", job)]
    ['job']

Scanners look into Deployments and stop at custom resources, where Ray's pods are. The operator also makes pods and
containers that nobody wrote (a submitter, an autoscaler): they appear here as it would make them, so a rule on all
pods needs no exception. Source: KubeRay 1.6 and 1.7, controllers/ray/common/{job,pod}.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from mlgitops.source import Pointer, pointer_text

Json = Any
Pod = dict[str, Json]
"""`file`, `kind`, `name`, `namespace`: the object. `pointer`: of the template in it. `role`: `head`, `worker`,
`submitter`, the kind in lower case, or `other` in a kind that we do not know. `group`: of a worker. `submission`: a
RayJob's mode. `written`: false when the operator makes the pod from nothing. `injected`: names of containers that the
operator adds. `metadata`, `spec`: of the pod, never null."""

TEMPLATES: dict[str, Pointer] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"), ("spec", "template")
    ),
}
CLUSTERS: dict[str, Pointer] = {
    "RayCluster": ("spec",),
    "RayService": ("spec", "rayClusterConfig"),
    "RayJob": ("spec", "rayClusterSpec"),
    "RayCronJob": ("spec", "jobTemplate", "rayClusterSpec"),
}

_API_VERSIONS = {
    "v1": ("List", "Pod", "PodTemplate", "ReplicationController"),
    "apps/v1": ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "batch/v1": ("CronJob", "Job"),
    "ray.io/v1": tuple(CLUSTERS),
    "ray.io/v1alpha1": tuple(CLUSTERS),
}
_KNOWN = frozenset((version, kind) for version, kinds in _API_VERSIONS.items() for kind in kinds)
"""Whose fields we know. A kind of this name in another group (Volcano's `Job`) has its pods elsewhere."""

WITHOUT_PODS = frozenset(
    (
        "ConfigMap",
        "HTTPRoute",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PodMonitor",
        "PrometheusRule",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
    )
)
"""Kinds in whose groups no object holds a template of a pod: there is nothing to look for."""
GROUPS = frozenset(
    (
        "v1",
        "gateway.networking.k8s.io/v1",
        "monitoring.coreos.com/v1",
        "networking.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
    )
)

SUBMITTER, AUTOSCALER, WAITER = "ray-job-submitter", "autoscaler", "wait-gcs-ready"
SUBMITTED = "K8sJobMode"
"""The submission mode, and the default, in which a pod of its own starts a run's command."""
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


class _Form(NamedTuple):
    """Where an object has its pods: the one choice that both `pods_of` and `without_pods` go by."""

    form: Literal["list", "cluster", "template", "none", "searched"]
    where: Pointer = ()
    """Of the cluster, or of the template."""


def pods_of(file: str, data: Mapping[str, Json]) -> list[Pod]:
    """All pods that an object makes, in the order they stand in it; of a `List`, those of its items."""
    return list(_pods(file, data, ()))


def without_pods(data: Mapping[str, Json]) -> dict[str, Json]:
    """An object without the templates that `pods_of` lays open: null stands there. The object itself is not changed.

        >>> without_pods({"apiVersion": "batch/v1", "kind": "Job", "spec": {"a": 1, "template": {"spec": {}}}})
        {'apiVersion': 'batch/v1', 'kind': 'Job', 'spec': {'a': 1, 'template': None}}

    What is said twice is sent, read and searched twice: half of a Ray object is its templates. What a pod does not
    have, such as containers in a template without a `spec`, stays; so does the whole of an object of a kind that we do
    not know.
    """
    form, where = _form(data)
    if form == "list":
        items = [without_pods(item) if isinstance(item, Mapping) else item for item in data["items"]]
        return {**data, "items": items}
    slim = dict(data)
    for path in _written_templates(data, form, where):
        slim = _without(slim, path)
    return slim


def _form(data: Mapping[str, Json]) -> _Form:
    version, kind = _text(data.get("apiVersion")), _text(data.get("kind"))
    if (version, kind) in _KNOWN:
        if kind in CLUSTERS:
            return _Form("cluster", CLUSTERS[kind])
        if kind in TEMPLATES:
            return _Form("template", TEMPLATES[kind])
        if isinstance(data.get("items"), list):
            return _Form("list")
    return _Form("none" if kind in WITHOUT_PODS and version in GROUPS else "searched")


def _written_templates(data: Mapping[str, Json], form: str, where: Pointer) -> list[Pointer]:
    """Where the templates stand that an object of a known kind holds; a pod is no template."""
    if form == "template":
        return [where] if where else []
    if form != "cluster":
        return []
    groups = range(len(_list(_get(data, (*where, "workerGroupSpecs")))))
    paths: list[Pointer] = [(*where, "headGroupSpec", "template")]
    paths += [(*where, "workerGroupSpecs", index, "template") for index in groups]
    return [*paths, (*where[:-1], "submitterPodTemplate")] if _submission(data, where) == SUBMITTED else paths


def _without(value: Json, path: Pointer) -> Json:
    """A copy without the template at the path, where there is one."""
    if not path:
        return _left_of(value)
    first, rest = path[0], path[1:]
    if isinstance(value, Mapping) and value.get(str(first)) is not None:
        return {**value, str(first): _without(value[str(first)], rest)}
    if isinstance(value, list) and isinstance(first, int):
        return [_without(inner, rest) if index == first else inner for index, inner in enumerate(value)]
    return value


def _left_of(template: Json) -> Json:
    """What a pod does not take of a template; null when that is nothing."""
    if not isinstance(template, Mapping):
        return template
    taken = {key for key in ("metadata", "spec") if isinstance(template.get(key), Mapping)}
    return {key: value for key, value in template.items() if key not in taken} or None


def _pods(file: str, data: Mapping[str, Json], at: Pointer) -> Iterator[Pod]:
    kind, metadata = _text(data.get("kind")), _map(data.get("metadata"))
    head = {
        "file": file,
        "kind": kind,
        "name": _text(metadata.get("name")),
        "namespace": metadata.get("namespace"),
    }
    form, where = _form(data)
    if form == "list":
        for index, item in enumerate(data["items"]):
            yield from _pods(file, _map(item), (*at, "items", index))
    elif form == "cluster":
        yield from _ray_pods(data, where, head, at)
    elif form == "template":
        yield _pod(head, (*at, *where), kind.lower(), _map(_get(data, where)))
    elif form == "searched":
        for pointer, template in _templates(data, at):
            yield _pod(head, pointer, "other", template)


def _submission(data: Mapping[str, Json], where: Pointer) -> Json:
    """How a run's command is started; null of what is no run."""
    if where[-1] != "rayClusterSpec":
        return None
    return _map(_get(data, where[:-1])).get("submissionMode") or SUBMITTED


def _ray_pods(data: Mapping[str, Json], where: Pointer, head: Pod, at: Pointer) -> Iterator[Pod]:
    cluster, job = _map(_get(data, where)), _map(_get(data, where[:-1]))
    submission = _submission(data, where)
    if cluster:
        yield _head(cluster, head, (*at, *where), submission)
        yield from _workers(cluster, head, (*at, *where), submission)
    if submission == SUBMITTED:
        yield _submitter(job, cluster, head, (*at, *where[:-1]), submission)


def _head(cluster: Mapping[str, Json], head: Pod, at: Pointer, submission: str | None) -> Pod:
    template = _map(_get(cluster, ("headGroupSpec", "template")))
    extra: list[Json] = []
    if cluster.get("enableInTreeAutoscaling") is True:
        extra.append(_autoscaler(cluster, template))
    if submission == "SidecarMode":
        extra.append({"name": SUBMITTER, "image": _image(template)})
    pod = _pod(head, (*at, "headGroupSpec", "template"), "head", template, submission=submission)
    return _with_injected(pod, "containers", extra)


def _workers(cluster: Mapping[str, Json], head: Pod, at: Pointer, submission: str | None) -> Iterator[Pod]:
    for index, group in enumerate(_list(cluster.get("workerGroupSpecs"))):
        template, name = _map(_map(group).get("template")), _map(group).get("groupName")
        pointer = (*at, "workerGroupSpecs", index, "template")
        pod = _pod(head, pointer, "worker", template, submission=submission, group=name)
        yield _with_injected(pod, "initContainers", [_waiter(template)])


def _submitter(job: Mapping[str, Json], cluster: Mapping[str, Json], head: Pod, at: Pointer, submission: str) -> Pod:
    pointer = (*at, "submitterPodTemplate")
    written = job.get("submitterPodTemplate")
    if written is not None:
        return _pod(head, pointer, "submitter", _map(written), submission=submission)
    image = _image(_map(_get(cluster, ("headGroupSpec", "template"))))
    template = {"spec": {"containers": [{"name": SUBMITTER, "image": image}], "restartPolicy": "Never"}}
    return {**_pod(head, pointer, "submitter", template, submission=submission), "written": False}


def _autoscaler(cluster: Mapping[str, Json], template: Mapping[str, Json]) -> Json:
    """The operator copies these options and hardens nothing by itself."""
    options = _map(cluster.get("autoscalerOptions"))
    copied = ("imagePullPolicy", "env", "envFrom", "volumeMounts", "resources", "securityContext")
    own = {key: options[key] for key in copied if options.get(key) is not None}
    return {"name": AUTOSCALER, "image": options.get("image") or _image(template), **own}


def _waiter(template: Mapping[str, Json]) -> Json:
    """A copy of the Ray container's image, environment, mounts and security context."""
    ray = _ray_container(template)
    copied = ("imagePullPolicy", "env", "volumeMounts", "securityContext")
    return {"name": WAITER, "image": ray.get("image"), **{key: ray[key] for key in copied if key in ray}}


def _with_injected(pod: Pod, field: str, containers: list[Json]) -> Pod:
    if not containers:
        return pod
    written = pod["spec"].get(field)
    if written is not None and not isinstance(written, list):
        written = [written]  # no list, which the API server refuses; rules see it all the same
    spec = {**pod["spec"], field: [*(written or ()), *containers]}
    return {**pod, "spec": spec, "injected": [container["name"] for container in containers]}


def _pod(
    head: Pod,
    pointer: Pointer,
    role: str,
    template: Mapping[str, Json],
    *,
    submission: str | None = None,
    group: Json = None,
) -> Pod:
    return {
        **head,
        "pointer": pointer_text(pointer),
        "role": role,
        "group": group,
        "submission": submission,
        "written": True,
        "injected": [],
        "metadata": _map(template.get("metadata")),
        "spec": _map(template.get("spec")),
    }


def _templates(value: Json, at: Pointer) -> Iterator[tuple[Pointer, Mapping[str, Json]]]:
    """What looks like a pod template anywhere in an object of a kind that we do not know."""
    if isinstance(value, Mapping):
        spec = _map(value.get("spec"))
        if any(isinstance(spec.get(kind), list) for kind in CONTAINERS):
            yield at, value
        for key, inner in value.items():
            yield from _templates(inner, (*at, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _templates(inner, (*at, index))


def _ray_container(template: Mapping[str, Json]) -> Mapping[str, Json]:
    containers = _list(_get(template, ("spec", "containers")))
    return _map(containers[0]) if containers else {}


def _image(template: Mapping[str, Json]) -> Json:
    return _ray_container(template).get("image")


def _get(value: Json, pointer: Pointer) -> Json:
    for token in pointer:
        value = _map(value).get(str(token))
    return value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
