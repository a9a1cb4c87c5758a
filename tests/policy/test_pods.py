"""Every pod that an object makes is found, also those that nobody wrote."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.policy.pods import pods_of, without_pods

RAY = {"name": "ray", "image": "ray@sha256:1", "securityContext": {"runAsNonRoot": True}, "env": [{"name": "A"}]}


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
    assert seen({**data, "kind": kind}) == [(kind.lower(), pointer, ["ray"])]


def test_a_whole_pod() -> None:
    data = {"kind": "Job", "metadata": {"name": "n", "namespace": "ns"}, "spec": {"template": template()}}
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
        assert seen({"kind": kind, "spec": spec}) == [(r, p.format(at), c) for r, p, c in expected]


def test_init_container_of_workers_is_a_copy_of_ray() -> None:
    worker = pods_of("f", {"kind": "RayCluster", "spec": cluster()})[1]
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
    bare = pods_of("f", {"kind": "RayCluster", "spec": cluster(enableInTreeAutoscaling=True)})[0]
    assert bare["injected"] == ["autoscaler"]
    assert bare["spec"]["containers"][1] == {"name": "autoscaler", "image": "ray@sha256:1"}
    options = {"image": "as@sha256:2", "securityContext": {"privileged": True}, "version": "v2"}
    own = pods_of("f", {"kind": "RayCluster", "spec": cluster(enableInTreeAutoscaling=True, autoscalerOptions=options)})
    assert own[0]["spec"]["containers"][1] == {
        "name": "autoscaler",
        "image": "as@sha256:2",
        "securityContext": {"privileged": True},
    }


@pytest.mark.parametrize("mode", [None, "K8sJobMode"])
def test_submitter_that_nobody_wrote(mode: str | None) -> None:
    job = {"rayClusterSpec": cluster(), **({"submissionMode": mode} if mode else {})}
    pod = pods_of("f", {"kind": "RayJob", "metadata": {"name": "n"}, "spec": job})[-1]
    assert (pod["role"], pod["written"], pod["pointer"]) == ("submitter", False, "/spec/submitterPodTemplate")
    containers = [{"name": "ray-job-submitter", "image": "ray@sha256:1"}]
    assert pod["spec"] == {"containers": containers, "restartPolicy": "Never"}


def test_submission_modes() -> None:
    def roles(**spec: Any) -> list[tuple[str, list[str]]]:
        return [(r, c) for r, _, c in seen({"kind": "RayJob", "spec": {"rayClusterSpec": cluster(), **spec}})]

    worker = ("worker", ["wait-gcs-ready", "ray"])
    own = template({"name": "mine"})
    assert roles(submitterPodTemplate=own) == [("head", ["ray"]), worker, ("submitter", ["mine"])]
    assert roles(submissionMode="SidecarMode") == [("head", ["ray", "ray-job-submitter"]), worker]
    assert roles(submissionMode="HTTPMode") == [("head", ["ray"]), worker]
    assert roles(submissionMode="InteractiveMode") == [("head", ["ray"]), worker]
    selector = {"kind": "RayJob", "spec": {"clusterSelector": {"ray.io/cluster": "c"}}}
    assert seen(selector) == [("submitter", "/spec/submitterPodTemplate", ["ray-job-submitter"])]


def test_cron_job_of_ray() -> None:
    at = "/spec/jobTemplate"
    assert seen({"kind": "RayCronJob", "spec": {"jobTemplate": {"rayClusterSpec": cluster()}}}) == [
        ("head", f"{at}/rayClusterSpec/headGroupSpec/template", ["ray"]),
        ("worker", f"{at}/rayClusterSpec/workerGroupSpecs/0/template", ["wait-gcs-ready", "ray"]),
        ("submitter", f"{at}/submitterPodTemplate", ["ray-job-submitter"]),
    ]


def test_unknown_kinds_are_searched() -> None:
    data = {"kind": "JobSet", "spec": {"replicatedJobs": [{"template": {"spec": {"template": template()}}}]}}
    assert seen(data) == [("other", "/spec/replicatedJobs/0/template/spec/template", ["ray"])]
    assert seen({"kind": "ConfigMap", "data": {"spec": "containers: []"}}) == []


def test_lists_are_opened() -> None:
    items = [{"kind": "Pod", "metadata": {"name": "p"}, **template()}, {"kind": "Service"}]
    assert seen({"kind": "List", "items": items}) == [("pod", "/items/0", ["ray"])]


@pytest.mark.parametrize("broken", [None, 1, "x", [], [None], {"containers": "x"}, {"template": []}])
@pytest.mark.parametrize("kind", ["Pod", "Job", "RayJob", "RayService", "RayCluster", "List", "Other", None])
def test_malformed_objects_do_not_hide_pods_or_fail(kind: str, broken: Any) -> None:
    for pod in pods_of("f", {"kind": kind, "spec": broken, "metadata": broken, "items": broken}):
        assert isinstance(pod["spec"], dict)
        assert isinstance(pod["metadata"], dict)


WRITTEN = {"headGroupSpec": {"serviceType": "ClusterIP", "template": {"spec": {}}}, "workerGroupSpecs": []}
WORKERS = [{"groupName": "a", "template": {"spec": {}}}, {"groupName": "b"}]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (
            {"kind": "Job", "spec": {"a": 1, "template": {"spec": {}}}},
            {"kind": "Job", "spec": {"a": 1, "template": None}},
        ),
        ({"kind": "Job", "spec": {}}, {"kind": "Job", "spec": {}}),
        ({"kind": "Job", "spec": 7}, {"kind": "Job", "spec": 7}),
        ({"kind": "Pod", "spec": {"containers": []}}, {"kind": "Pod", "spec": {"containers": []}}),
        ({"kind": "ConfigMap", "template": {"spec": {}}}, {"kind": "ConfigMap", "template": {"spec": {}}}),
        (
            {"kind": "RayCluster", "spec": {**WRITTEN, "workerGroupSpecs": WORKERS}},
            {
                "kind": "RayCluster",
                "spec": {
                    "headGroupSpec": {"serviceType": "ClusterIP", "template": None},
                    "workerGroupSpecs": [{"groupName": "a", "template": None}, {"groupName": "b"}],
                },
            },
        ),
        (
            {"kind": "RayJob", "spec": {"rayClusterSpec": {"headGroupSpec": 1}, "submitterPodTemplate": {"spec": {}}}},
            {"kind": "RayJob", "spec": {"rayClusterSpec": {"headGroupSpec": 1}, "submitterPodTemplate": None}},
        ),
        (
            {"kind": "List", "items": [{"kind": "Job", "spec": {"template": {}}}, 3]},
            {"kind": "List", "items": [{"kind": "Job", "spec": {"template": None}}, 3]},
        ),
    ],
)
def test_templates_stand_in_pods_alone(written: dict[str, Any], left: dict[str, Any]) -> None:
    before = repr(written)
    assert without_pods(written) == left
    assert repr(written) == before
