"""Each field of a run's pods counts for its identity or does not, as it stands in one of two lists; others count."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlgitops.contract import places
from mlgitops.render import run_pod
from mlgitops.render.identity import identity
from mlgitops.render.objects import Object, ObjectSet, RenderedObject
from tests.render.test_identity import BASE, rendered

CRDS = Path(__file__).resolve().parents[2] / "mlgitops/render/preflight"

Change = Callable[[Object], None]


def pods_of(job: Object) -> list[Object]:
    cluster = job["spec"]["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [group["template"]["spec"] for group in groups]


OBJECTS = rendered()
(JOB,) = (one.data for one in OBJECTS if one.file == "rayjob.yaml")
REST = tuple(one for one in OBJECTS if one.file != "rayjob.yaml")


def in_pod(number: int, change: Change) -> ObjectSet:
    """The objects after a patch of the head's pods (0) or of the workers' (1)."""
    job = copy.deepcopy(JOB)
    change(pods_of(job)[number])
    return (*REST, RenderedObject("rayjob.yaml", job))


def in_container(number: int, change: Change) -> ObjectSet:
    return in_pod(number, lambda pod: change(pod["containers"][0]))


def known(version: str) -> tuple[set[str], set[str]]:
    """The fields that KubeRay's CRD has of a pod spec and of a container."""
    crd = json.loads((CRDS / f"crd-{version}.json").read_text())

    def below(number: int, *path: str) -> Any:
        for name in path:
            node = crd["nodes"][number]
            number = node["items"] if name == "*" else node["properties"][name]
        return number

    job = crd["kinds"]["ray.io/v1/RayJob"]
    pod = below(job, "spec", "rayClusterSpec", "workerGroupSpecs", "*", "template", "spec")
    container = below(pod, "containers", "*")
    return set(crd["nodes"][pod]["properties"]), set(crd["nodes"][container]["properties"])


def test_every_field_that_there_is_stands_in_one_list_and_nothing_else_does() -> None:
    for counted, not_counted, fields in (
        (run_pod.POD_COUNTED, run_pod.POD_NOT_COUNTED, known("1.6.2")[0] | known("1.7.0")[0]),
        (run_pod.CONTAINER_COUNTED, run_pod.CONTAINER_NOT_COUNTED, known("1.6.2")[1] | known("1.7.0")[1]),
    ):
        assert counted & not_counted == set()
        assert counted | not_counted == fields


VALUES = ("text", 7, True, ["text"], [{"name": "one"}], {"name": "one", "nested": {"deep": [1]}})


@pytest.mark.parametrize("name", sorted(run_pod.POD_NOT_COUNTED))
def test_what_does_not_count_of_a_pod(name: str) -> None:
    for number in (0, 1):
        for value in VALUES:
            assert identity(in_pod(number, lambda pod, value=value: pod.update({name: value}))) == BASE  # type: ignore[misc]
        assert identity(in_pod(number, lambda pod: pod.pop(name, None))) == BASE


@pytest.mark.parametrize("name", sorted(run_pod.CONTAINER_NOT_COUNTED))
def test_what_does_not_count_of_a_container(name: str) -> None:
    for number in (0, 1):
        for value in VALUES:
            changed = in_container(number, lambda one, value=value: one.update({name: value}))  # type: ignore[misc]
            assert identity(changed) == BASE
        assert identity(in_container(number, lambda one: one.pop(name, None))) == BASE


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("change", [in_pod, in_container])
def test_a_field_that_nobody_knows_counts(change: Callable[[int, Change], ObjectSet], value: object) -> None:
    for number in (0, 1):
        assert identity(change(number, lambda one: one.update({"futureField": value}))) != BASE


PREPARES = {"name": "prepare", "image": "registry.example.com/prepare:1", "command": ["cp", "/a", "/app-data"]}
CODE_VOLUME = {"name": "extra", "configMap": {"name": "elsewhere", "defaultMode": 0o444}}
TOKEN = {"serviceAccountToken": {"path": "token", "audience": "sts.example.com"}}


def init(pod: Object, **fields: object) -> None:
    pod.setdefault("initContainers", []).append({**PREPARES, **fields})


def mounted(volume: Object, **fields: object) -> Change:
    def change(pod: Object) -> None:
        pod["volumes"].append({"name": "extra", **volume})
        pod["containers"][0]["volumeMounts"].append({"name": "extra", "mountPath": "/extra", **fields})

    return change


def projected(*sources: Object) -> Object:
    return {"projected": {"sources": list(sources)}}


COUNTED: dict[str, Change] = {
    "args": lambda pod: pod["containers"][0].update(args=["--fast"]),
    "command": lambda pod: pod["containers"][0].update(command=["sh"]),
    "env": lambda pod: pod["containers"][0]["env"].append({"name": "NCCL_ALGO", "value": "Ring"}),
    "envFrom": lambda pod: pod["containers"][0].update(envFrom=[{"configMapRef": {"name": "defaults"}}]),
    "envFrom a Secret": lambda pod: pod["containers"][0].update(envFrom=[{"secretRef": {"name": "defaults"}}]),
    "image": lambda pod: pod["containers"][0].update(image="registry.example.com/other:1"),
    "lifecycle": lambda pod: pod["containers"][0].update(lifecycle={"postStart": {"exec": {"command": ["sh"]}}}),
    "resources": lambda pod: pod["containers"][0]["resources"]["limits"].update({"example.com/tpu": "1"}),
    "resources, as claims": lambda pod: pod["containers"][0]["resources"].update(claims=[{"name": "gpu"}]),
    "volumeDevices": lambda pod: pod["containers"][0].update(volumeDevices=[{"name": "a", "devicePath": "/dev/a"}]),
    "workingDir": lambda pod: pod["containers"][0].update(workingDir="/srv"),
    "containers": lambda pod: pod["containers"].insert(0, dict(PREPARES)),
    "initContainers": init,
    "initContainers, their image": lambda pod: init(pod, image="registry.example.com/prepare:2"),
    "initContainers, what is mounted in them": lambda pod: (
        pod["volumes"].append({"name": "extra", "secret": {"secretName": "key"}}),
        init(pod, volumeMounts=[{"name": "extra", "mountPath": "/key"}]),
    )[1],
    "resourceClaims": lambda pod: pod.update(resourceClaims=[{"name": "gpu", "resourceClaimName": "a100"}]),
    "resources of the pod": lambda pod: pod.update(resources={"limits": {"example.com/tpu": "1"}}),
    "volumes: a ConfigMap of the environment": mounted({"configMap": {"name": "elsewhere"}}),
    "volumes: a Secret": mounted({"secret": {"secretName": "key"}}),
    "volumes: a claim": mounted({"persistentVolumeClaim": {"claimName": "data"}}),
    "volumes: an image": mounted({"image": {"reference": "registry.example.com/data@sha256:1"}}),
    "volumes: projected ConfigMap": mounted(projected({"configMap": {"name": "elsewhere"}})),
    "volumes: projected Secret": mounted(projected({"secret": {"name": "key"}})),
    "volumes: projected token": mounted(projected(TOKEN)),
    "volumes: ours replaced": lambda pod: pod.update(
        volumes=[{"name": "tmp", "hostPath": {"path": "/tmp"}}, *(v for v in pod["volumes"] if v["name"] != "tmp")]
    ),
    "volumeMounts: ours with items": lambda pod: next(v for v in pod["volumes"] if v["name"] == "code")[
        "configMap"
    ].update(items=[{"key": "train.py", "path": "other.py"}]),
    "volumeMounts: another file over the code": mounted(
        {"configMap": {"name": "a"}}, mountPath=f"{places.CODE}/train.py"
    ),
    "our variable, another value": lambda pod: next(
        one for one in pod["containers"][0]["env"] if one["name"] == "PYTHONPATH"
    ).update(value="/other"),
}


@pytest.mark.parametrize("number", [0, 1], ids=["head", "workers"])
@pytest.mark.parametrize("name", COUNTED)
def test_what_counts(name: str, number: int) -> None:
    assert identity(in_pod(number, COUNTED[name])) != BASE


def test_every_field_that_counts_has_a_case() -> None:
    cases = {name.partition(" ")[0].strip(",:") for name in COUNTED}
    assert cases >= run_pod.POD_COUNTED | run_pod.CONTAINER_COUNTED


def test_what_a_patch_adds_is_different_from_what_another_adds() -> None:
    found = [identity(in_pod(number, change)) for change in COUNTED.values() for number in (0, 1)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda pod: init(pod, restartPolicy="Always"),
        lambda pod: pod["containers"].append(dict(PREPARES)),
        mounted({"emptyDir": {}}),
        mounted({"downwardAPI": {"items": []}}),
        lambda pod: pod["volumes"].append(CODE_VOLUME),
        lambda pod: pod["containers"][0].update(envFrom=[], volumeDevices=None, workingDir=""),
        lambda pod: pod["containers"][0].update(lifecycle={"preStop": {"exec": {"command": ["sleep", "9"]}}}),
        lambda pod: pod["containers"][0]["resources"]["requests"].update(cpu="1"),
        lambda pod: pod["containers"][0]["volumeMounts"].reverse(),
        lambda pod: pod["volumes"].reverse(),
    ],
    ids=["sidecar", "container", "scratch", "names", "not mounted", "empty", "end", "cores", "mounts", "volumes"],
)
def test_what_else_does_not_count(change: Change) -> None:
    for number in (0, 1):
        assert identity(in_pod(number, change)) == BASE


ROADS: dict[str, Change] = {
    "envFrom": lambda pod: pod["containers"][0].update(envFrom=[{"configMapRef": {"name": "settings"}}]),
    "env": lambda pod: pod["containers"][0]["env"].append(
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}
    ),
    "volume": mounted({"configMap": {"name": "settings"}}),
    "projected": mounted(projected({"configMap": {"name": "settings"}})),
    "before": lambda pod: init(pod, envFrom=[{"configMapRef": {"name": "settings"}}]),
}


@pytest.mark.parametrize("road", ROADS)
def test_the_contents_of_what_a_template_gives_count(road: str) -> None:
    """A ConfigMap with a name of its own may change under it: then the run is another one."""

    def with_settings(**contents: object) -> ObjectSet:
        data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, **contents}
        return (*in_pod(1, ROADS[road]), RenderedObject("template-settings.yaml", data))

    found = [
        identity(with_settings(data={"a": "1"})),
        identity(with_settings(data={"a": "2"})),
        identity(with_settings(data={"a": "1"}, binaryData={"b": "AA=="})),
    ]
    assert len({BASE, *found}) == 4
    unused = RenderedObject("template-settings.yaml", {"kind": "ConfigMap", "metadata": {"name": "settings"}})
    assert identity((*rendered(), unused)) == BASE


@pytest.mark.parametrize("name", sorted(run_pod.POD_COUNTED))
@pytest.mark.parametrize("value", [None, *VALUES])
def test_what_is_no_pod_at_all_is_left_to_the_preflight(name: str, value: object) -> None:
    assert identity(in_pod(1, lambda pod: pod.update({name: value})))


@pytest.mark.parametrize("name", sorted(run_pod.CONTAINER_COUNTED))
@pytest.mark.parametrize("value", [None, *VALUES])
def test_what_is_no_container_at_all_is_left_to_the_preflight(name: str, value: object) -> None:
    assert identity(in_container(1, lambda one: one.update({name: value})))


def test_reading_changes_nothing() -> None:
    objects = rendered()
    before = copy.deepcopy(objects)
    identity(objects)
    assert objects == before
