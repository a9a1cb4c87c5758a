"""Every pod that an object makes is found, also those that nobody wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlgitops.policy.pods import CLUSTERS, CONTAINERS, TEMPLATES, pods_of, without_pods

RAY = {"name": "ray", "image": "ray@sha256:1", "securityContext": {"runAsNonRoot": True}, "env": [{"name": "A"}]}

VERSIONS = {
    **dict.fromkeys(("List", "Pod", "PodTemplate", "ReplicationController", "ConfigMap", "Service"), "v1"),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), "apps/v1"),
    **dict.fromkeys(("CronJob", "Job"), "batch/v1"),
    **dict.fromkeys(CLUSTERS, "ray.io/v1"),
}


def of(kind: str, **more: Any) -> dict[str, Any]:
    """An object of Kubernetes' own group of the kind, or of one that nobody knows."""
    return {"apiVersion": VERSIONS.get(kind, "example.com/v1"), "kind": kind, **more}


def template(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": list(containers or (RAY,))}}


def cluster(**more: Any) -> dict[str, Any]:
    group = {"groupName": "gpu", "template": template()}
    return {"headGroupSpec": {"template": template()}, "workerGroupSpecs": [group], **more}


def seen(data: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Of each pod: role, pointer, and the names of its containers, init containers first."""
    pods = pods_of("f.yaml", {"metadata": {"name": "n", "namespace": "ns"}, **data})
    fields = ("initContainers", "containers")
    return [
        (pod["role"], pod["pointer"], [c["name"] for field in fields for c in pod["spec"].get(field, [])])
        for pod in pods
    ]


@pytest.mark.parametrize(
    ("kind", "pointer"),
    [
        ("Deployment", "/spec/template"),
        ("StatefulSet", "/spec/template"),
        ("DaemonSet", "/spec/template"),
        ("ReplicaSet", "/spec/template"),
        ("ReplicationController", "/spec/template"),
        ("Job", "/spec/template"),
        ("CronJob", "/spec/jobTemplate/spec/template"),
        ("PodTemplate", "/template"),
        ("Pod", ""),
    ],
)
def test_kinds_of_kubernetes(kind: str, pointer: str) -> None:
    data: dict[str, Any] = template()
    for token in reversed([token for token in pointer.split("/") if token]):
        data = {token: data}
    assert seen(of(kind, **data)) == [(kind.lower(), pointer, ["ray"])]


def test_a_whole_pod() -> None:
    data = of("Job", metadata={"name": "n", "namespace": "ns"}, spec={"template": template()})
    assert pods_of("a/f.yaml", data) == [
        {
            "file": "a/f.yaml",
            "kind": "Job",
            "name": "n",
            "namespace": "ns",
            "pointer": "/spec/template",
            "role": "job",
            "group": None,
            "submission": None,
            "written": True,
            "injected": [],
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [RAY]},
        }
    ]


def test_ray_service_and_cluster() -> None:
    expected = [("head", "{}/headGroupSpec/template", ["ray"])]
    expected += [("worker", "{}/workerGroupSpecs/0/template", ["wait-gcs-ready", "ray"])]
    for kind, at in (("RayCluster", "/spec"), ("RayService", "/spec/rayClusterConfig")):
        spec = cluster() if kind == "RayCluster" else {"rayClusterConfig": cluster()}
        assert seen(of(kind, spec=spec)) == [(r, p.format(at), c) for r, p, c in expected]


def test_init_container_of_workers_is_a_copy_of_ray() -> None:
    worker = pods_of("f", of("RayCluster", spec=cluster()))[1]
    assert worker["injected"] == ["wait-gcs-ready"]
    assert worker["group"] == "gpu"
    assert worker["spec"]["initContainers"] == [
        {
            "name": "wait-gcs-ready",
            "image": "ray@sha256:1",
            "env": [{"name": "A"}],
            "securityContext": {"runAsNonRoot": True},
        }
    ]


def test_autoscaler_is_as_hardened_as_its_options_say() -> None:
    bare = pods_of("f", of("RayCluster", spec=cluster(enableInTreeAutoscaling=True)))[0]
    assert bare["injected"] == ["autoscaler"]
    assert bare["spec"]["containers"][1] == {"name": "autoscaler", "image": "ray@sha256:1"}
    options = {"image": "as@sha256:2", "securityContext": {"privileged": True}, "version": "v2"}
    own = pods_of("f", of("RayCluster", spec=cluster(enableInTreeAutoscaling=True, autoscalerOptions=options)))
    assert own[0]["spec"]["containers"][1] == {
        "name": "autoscaler",
        "image": "as@sha256:2",
        "securityContext": {"privileged": True},
    }


@pytest.mark.parametrize("mode", [None, "K8sJobMode"])
def test_submitter_that_nobody_wrote(mode: str | None) -> None:
    job = {"rayClusterSpec": cluster(), **({"submissionMode": mode} if mode else {})}
    pod = pods_of("f", of("RayJob", metadata={"name": "n"}, spec=job))[-1]
    assert (pod["role"], pod["written"], pod["pointer"]) == ("submitter", False, "/spec/submitterPodTemplate")
    containers = [{"name": "ray-job-submitter", "image": "ray@sha256:1"}]
    assert pod["spec"] == {"containers": containers, "restartPolicy": "Never"}


def test_submission_modes() -> None:
    def roles(**spec: Any) -> list[tuple[str, list[str]]]:
        return [(r, c) for r, _, c in seen(of("RayJob", spec={"rayClusterSpec": cluster(), **spec}))]

    worker = ("worker", ["wait-gcs-ready", "ray"])
    own = template({"name": "mine"})
    assert roles(submitterPodTemplate=own) == [("head", ["ray"]), worker, ("submitter", ["mine"])]
    assert roles(submissionMode="SidecarMode") == [("head", ["ray", "ray-job-submitter"]), worker]
    assert roles(submissionMode="HTTPMode") == [("head", ["ray"]), worker]
    assert roles(submissionMode="InteractiveMode") == [("head", ["ray"]), worker]
    selector = of("RayJob", spec={"clusterSelector": {"ray.io/cluster": "c"}})
    assert seen(selector) == [("submitter", "/spec/submitterPodTemplate", ["ray-job-submitter"])]


def test_cron_job_of_ray() -> None:
    at = "/spec/jobTemplate"
    assert seen(of("RayCronJob", spec={"jobTemplate": {"rayClusterSpec": cluster()}})) == [
        ("head", f"{at}/rayClusterSpec/headGroupSpec/template", ["ray"]),
        ("worker", f"{at}/rayClusterSpec/workerGroupSpecs/0/template", ["wait-gcs-ready", "ray"]),
        ("submitter", f"{at}/submitterPodTemplate", ["ray-job-submitter"]),
    ]


def test_unknown_kinds_are_searched() -> None:
    data = of("JobSet", spec={"replicatedJobs": [{"template": {"spec": {"template": template()}}}]})
    assert seen(data) == [("other", "/spec/replicatedJobs/0/template/spec/template", ["ray"])]
    assert seen(of("Foo", spec={"initContainers": [RAY], "tasks": [template()]})) == [
        ("other", "", ["ray"]),
        ("other", "/spec/tasks/0", ["ray"]),
    ]
    assert seen({"apiVersion": "v1", "kind": "ConfigMap", "data": {"spec": "containers: []"}}) == []


def test_lists_are_opened() -> None:
    items = [of("Pod", **template()), of("Service")]
    assert seen(of("List", items=items)) == [("pod", "/items/0", ["ray"])]


@pytest.mark.parametrize("broken", [None, 1, "x", [], [None], {"containers": "x"}, {"template": []}])
@pytest.mark.parametrize("kind", ["Pod", "Job", "RayJob", "RayService", "RayCluster", "List", "Other", None])
def test_malformed_objects_do_not_hide_pods_or_fail(kind: str, broken: Any) -> None:
    for pod in pods_of("f", of(kind, spec=broken, metadata=broken, items=broken)):
        assert isinstance(pod["spec"], dict)
        assert isinstance(pod["metadata"], dict)


WRITTEN = {"headGroupSpec": {"serviceType": "ClusterIP", "template": {"spec": {}}}, "workerGroupSpecs": []}
WORKERS = [{"groupName": "a", "template": {"spec": {}}}, {"groupName": "b"}]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (
            of("Job", spec={"a": 1, "template": {"spec": {}}}),
            of("Job", spec={"a": 1, "template": None}),
        ),
        (of("Job", spec={}), of("Job", spec={})),
        (of("Job", spec=7), of("Job", spec=7)),
        (of("Pod", spec={"containers": []}), of("Pod", spec={"containers": []})),
        (of("ConfigMap", template={"spec": {}}), of("ConfigMap", template={"spec": {}})),
        (
            of("RayCluster", spec={**WRITTEN, "workerGroupSpecs": WORKERS}),
            of(
                "RayCluster",
                spec={
                    "headGroupSpec": {"serviceType": "ClusterIP", "template": None},
                    "workerGroupSpecs": [{"groupName": "a", "template": None}, {"groupName": "b"}],
                },
            ),
        ),
        (
            of("RayJob", spec={"rayClusterSpec": {"headGroupSpec": 1}, "submitterPodTemplate": {"spec": {}}}),
            of("RayJob", spec={"rayClusterSpec": {"headGroupSpec": 1}, "submitterPodTemplate": None}),
        ),
        (
            of("RayJob", spec={"submissionMode": "HTTPMode", "submitterPodTemplate": {"spec": {}}}),
            of("RayJob", spec={"submissionMode": "HTTPMode", "submitterPodTemplate": {"spec": {}}}),
        ),
        (
            of("Job", spec={"template": {"metadata": {}, "spec": {}, "containers": [RAY]}}),
            of("Job", spec={"template": {"containers": [RAY]}}),
        ),
        (of("Job", spec={"template": [RAY]}), of("Job", spec={"template": [RAY]})),
        (of("Job", spec={"template": {"spec": [RAY]}}), of("Job", spec={"template": {"spec": [RAY]}})),
        (of("List", items={"a": of("Pod")}), of("List", items={"a": of("Pod")})),
        (
            of("List", items=[of("Job", spec={"template": {}}), 3]),
            of("List", items=[of("Job", spec={"template": None}), 3]),
        ),
    ],
)
def test_templates_stand_in_pods_alone(written: dict[str, Any], left: dict[str, Any]) -> None:
    before = repr(written)
    assert without_pods(written) == left
    assert repr(written) == before


@pytest.mark.parametrize("version", ["batch.volcano.sh/v1alpha1", "v2", "apps/v1beta1", "", None])
@pytest.mark.parametrize("kind", sorted((*TEMPLATES, *CLUSTERS)))
def test_kinds_of_this_name_in_other_groups_are_searched(kind: str, version: Any) -> None:
    data = {"apiVersion": version, "kind": kind, "spec": {"tasks": [{"template": template()}]}}
    assert seen(data) == [("other", "/spec/tasks/0/template", ["ray"])]
    assert without_pods(data) == data


KEYS = ("spec", "template", "metadata", "jobTemplate", "items", "tasks", *CONTAINERS)
RAY_KEYS = (*KEYS, "rayClusterSpec", "rayClusterConfig", "headGroupSpec", "workerGroupSpecs", "submitterPodTemplate")
KINDS = st.tuples(
    st.sampled_from(sorted({*VERSIONS.values(), "batch.volcano.sh/v1alpha1", "ray.io/v1alpha1"})),
    st.sampled_from(sorted({*VERSIONS, "Foo"})),
)
BODIES = st.recursive(
    st.just(0),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(RAY_KEYS), inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)
CLUSTER = cluster(enableInTreeAutoscaling=True)
CLUSTER_ODD = {"headGroupSpec": {"template": {"spec": {"containers": {"a": 0}, "initContainers": 0}}}}


@settings(max_examples=400, deadline=None)
@given(KINDS, st.dictionaries(st.sampled_from(RAY_KEYS), BODIES, max_size=3), st.none() | st.text(max_size=2))
@example(("ray.io/v1", "RayJob"), {"spec": {"rayClusterSpec": CLUSTER, "submitterPodTemplate": template()}}, "HTTPMode")
@example(("ray.io/v1", "RayJob"), {"spec": {"rayClusterSpec": CLUSTER, "submitterPodTemplate": template()}}, None)
@example(("ray.io/v1", "RayCluster"), {"spec": {**CLUSTER_ODD, "enableInTreeAutoscaling": True}}, None)
@example(("batch.volcano.sh/v1alpha1", "Job"), {"spec": {"tasks": [{"template": template()}]}}, None)
def test_nothing_is_lost_between_objects_and_pods(
    kind: tuple[str, str], body: dict[str, Any], mode: str | None
) -> None:
    numbers = count()
    data: Any = {**_marked(body, numbers), "apiVersion": kind[0], "kind": kind[1]}
    if mode is not None and isinstance(data.get("spec"), dict):
        data["spec"]["submissionMode"] = mode
    seen = set(_leaves([without_pods(data), pods_of("f", data)]))
    assert {f"mark{number}" for number in range(next(numbers))} <= seen, json.dumps(data)


def _marked(value: Any, numbers: Iterator[int]) -> Any:
    """The value with a container of its own in the place of each leaf."""
    if isinstance(value, dict):
        return {key: inner if key.startswith("enable") else _marked(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, numbers) for inner in value]
    return {"name": f"mark{next(numbers)}", "image": "x"}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
