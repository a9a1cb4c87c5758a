"""Kubernetes' own Pod Security admission, on the pods that KubeRay's own code makes of what is rendered.

`tools/bin/kuberay-validate pods` asks both. Every namespace enforces `restricted`: a pod that it refuses never starts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import ryaml

from tests.render.preflight.operator import ask
from tests.render.test_serving import VARIANTS as SERVING
from tests.render.test_serving import rendered as render_serving
from tests.render.test_training import VARIANTS as TRAINING
from tests.render.test_training import variant

RENDERED = Path(__file__).resolve().parents[2] / "rendered"
Json = Any


class Pod(NamedTuple):
    """What is said of one pod."""

    name: str
    allowed: bool
    refused: tuple[str, ...]
    containers: tuple[str, ...]


def judged(objects: list[Json]) -> list[list[Pod]]:
    """The pods of each object."""
    answers = ask(["pods"], "".join(json.dumps(one) + "\n" for one in objects).encode()).decode().splitlines()
    assert len(answers) == len(objects)
    return [
        [Pod(one["pod"], one["allowed"], tuple(one["refused"]), tuple(one["containers"])) for one in json.loads(answer)]
        for answer in answers
    ]


WITH_PODS = {"CronJob", "Job", "RayJob", "RayService"}
RAY = [("head", ("ray-head",)), ("workers", ("wait-gcs-ready", "ray-worker"))]
SCALED = [("head", ("ray-head", "autoscaler")), RAY[1]]


def test_every_pod_of_the_examples_is_allowed() -> None:
    objects = [ryaml.loads(path.read_text()) for path in sorted(RENDERED.rglob("*.yaml"))]
    found = judged(objects)
    assert {data["kind"] for data, pods in zip(objects, found, strict=True) if pods} == WITH_PODS
    assert [pod for pods in found for pod in pods if not pod.allowed or pod.refused] == []
    pods = {
        data["kind"]: [(pod.name, pod.containers) for pod in pods] for data, pods in zip(objects, found, strict=True)
    }
    assert (pods["RayJob"], pods["RayService"]) == (RAY, SCALED)


def variants() -> Iterator[tuple[str, Json]]:
    """Every kind of cluster that mlgitops renders, and the Jobs."""
    for name in TRAINING:
        yield from ((f"{name}/{file}", data) for file, data in variant(name).items() if data["kind"] in WITH_PODS)
    for name, change in SERVING.items():
        yield from (
            (f"{name}/{file}", data) for file, data in render_serving(**change).items() if data["kind"] in WITH_PODS
        )


def test_every_pod_of_every_variant_is_allowed() -> None:
    names, objects = zip(*variants(), strict=True)
    found = dict(zip(names, judged(list(objects)), strict=True))
    assert [pod for pods in found.values() for pod in pods if not pod.allowed] == []
    assert [(pod.name, pod.containers) for pod in found["elastic/rayjob.yaml"]] == [
        *SCALED,
        ("submitter", ("ray-job-submitter",)),
    ]
    assert [pod.name for pod in found["full/job-evaluate.yaml"]] == ["job"]


ELASTIC, EVALUATE = variant("elastic")["rayjob.yaml"], variant("full")["job-evaluate.yaml"]
SERVICE = render_serving()["rayservice.yaml"]


def cluster(data: Json) -> Json:
    return data["spec"].get("rayClusterSpec") or data["spec"]["rayClusterConfig"]


PLACES: dict[str, tuple[Json, Callable[[Json], Json]]] = {
    "head of a run": (ELASTIC, lambda data: cluster(data)["headGroupSpec"]["template"]["spec"]),
    "workers of a run": (ELASTIC, lambda data: cluster(data)["workerGroupSpecs"][0]["template"]["spec"]),
    "submitter": (ELASTIC, lambda data: data["spec"]["submitterPodTemplate"]["spec"]),
    "job": (EVALUATE, lambda data: data["spec"]["template"]["spec"]),
    "head of a service": (SERVICE, lambda data: cluster(data)["headGroupSpec"]["template"]["spec"]),
    "workers of a service": (SERVICE, lambda data: cluster(data)["workerGroupSpecs"][0]["template"]["spec"]),
}
"""A pod spec in an object."""

REMOVED = "removed"

OF_CONTAINERS: dict[str, tuple[str, Json, str]] = {
    "privilege escalation": ("allowPrivilegeEscalation", True, "allowPrivilegeEscalation != false"),
    "privilege escalation by default": ("allowPrivilegeEscalation", REMOVED, "allowPrivilegeEscalation != false"),
    "capabilities by default": ("capabilities", REMOVED, "unrestricted capabilities"),
    "capabilities kept": ("capabilities", {"drop": ["NET_RAW"]}, "unrestricted capabilities"),
    "capabilities added": ("capabilities", {"drop": ["ALL"], "add": ["SYS_ADMIN"]}, "unrestricted capabilities"),
    "privileged": ("privileged", True, "privileged"),
    "root allowed": ("runAsNonRoot", False, "runAsNonRoot != true"),
    "root": ("runAsUser", 0, "runAsUser=0"),
    "no seccomp": ("seccompProfile", {"type": "Unconfined"}, "seccompProfile"),
    "unmasked /proc": ("procMount", "Unmasked", "procMount"),
    "SELinux": ("seLinuxOptions", {"type": "spc_t"}, "seLinuxOptions"),
}
"""A field of a container's security context, a value, and the control that it breaks."""


def soften(security: Json, field: str, value: Json) -> None:
    if value == REMOVED:
        del security[field]
    else:
        security[field] = value


OF_PODS: dict[str, tuple[Callable[[Json], object], str]] = {
    "host network": (lambda pod: pod.update(hostNetwork=True), "host namespaces"),
    "host processes": (lambda pod: pod.update(hostPID=True), "host namespaces"),
    "host IPC": (lambda pod: pod.update(hostIPC=True), "host namespaces"),
    "host path": (
        lambda pod: pod["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        "restricted volume types",
    ),
    "host port": (
        lambda pod: pod["containers"][0].update(ports=[{"containerPort": 9, "hostPort": 9, "protocol": "TCP"}]),
        "hostPort",
    ),
    "sysctl": (
        lambda pod: pod["securityContext"].update(sysctls=[{"name": "kernel.msgmax", "value": "1"}]),
        "forbidden sysctls",
    ),
    "root": (lambda pod: pod["securityContext"].update(runAsUser=0), "runAsUser=0"),
    "no seccomp": (
        lambda pod: pod["securityContext"].update(seccompProfile={"type": "Unconfined"}),
        "seccompProfile",
    ),
    "root allowed": (lambda pod: pod["securityContext"].update(runAsNonRoot=False), "runAsNonRoot != true"),
    "root by default": (lambda pod: dropped(pod, "runAsNonRoot"), "runAsNonRoot != true"),
    "no seccomp by default": (lambda pod: dropped(pod, "seccompProfile"), "seccompProfile"),
    "a container more": (
        lambda pod: pod["containers"].append({"name": "more", "image": "registry.example.com/more:1"}),
        "allowPrivilegeEscalation != false",
    ),
}


def dropped(pod: Json, field: str) -> None:
    """Without the field, in the pod and in its containers: each would do."""
    for security in (pod["securityContext"], *(one["securityContext"] for one in pod["containers"])):
        del security[field]


def alone(data: Json) -> Json:
    """A copy of which no part is another's."""
    return json.loads(json.dumps(data))


def softened() -> Iterator[tuple[str, Json, str]]:
    """(what and where, the object, the control that it breaks)."""
    for place, (data, pod_of) in PLACES.items():
        for fault, (field, value, control) in OF_CONTAINERS.items():
            changed = alone(data)
            soften(pod_of(changed)["containers"][0]["securityContext"], field, value)
            yield f"{fault}: {place}", changed, control
        for fault, (change, control) in OF_PODS.items():
            changed = alone(data)
            change(pod_of(changed))
            yield f"{fault}, in the pod: {place}", changed, control
    for name, data in (("run", ELASTIC), ("service", SERVICE)):
        for fault, (field, value, control) in OF_CONTAINERS.items():
            changed = alone(data)
            soften(cluster(changed)["autoscalerOptions"]["securityContext"], field, value)
            yield f"{fault}: autoscaler of a {name}", changed, control


def test_every_way_to_soften_a_pod_is_refused_for_what_it_is() -> None:
    cases = list(softened())
    assert len(cases) == len(PLACES) * (len(OF_CONTAINERS) + len(OF_PODS)) + 2 * len(OF_CONTAINERS)
    found = judged([data for _, data, _ in cases])
    missed = [
        (name, control, pods)
        for (name, _, control), pods in zip(cases, found, strict=True)
        if not any(control in pod.refused and not pod.allowed for pod in pods)
    ]
    assert missed == []


@pytest.mark.parametrize("place", PLACES)
def test_every_field_of_ours_that_the_standard_asks_for_has_a_case(place: str) -> None:
    """Those that it does not ask for are ours: another rule holds them (`security.restricted-pods`)."""
    data, pod_of = PLACES[place]
    pod = pod_of(data)
    own = {"fsGroup", "readOnlyRootFilesystem", "runAsGroup"}
    fields = set(pod["securityContext"]) | set(pod["containers"][0]["securityContext"])
    assert fields - own == {field for field, _, _ in OF_CONTAINERS.values()} - {"procMount", "seLinuxOptions"}


def test_an_object_with_containers_that_nobody_knows_is_no_object_without_pods() -> None:
    from mlgitops.errors import MlgitopsError

    data = copy.deepcopy(EVALUATE)
    data["kind"] = "Deployment"
    with pytest.raises(MlgitopsError, match="kuberay-validate"):
        judged([data])
