"""The harm that each `gitops/…` finding speaks of, seen: what is accepted by everybody and is wrong all the same.

`gitops/array-default-missing` and `gitops/server-side-diff-missing` are in test_loop, what needs Kueue is not here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from mlgitops.render.emit import emit
from mlgitops.render.preflight import preflight
from tests.lab.component import wait_until
from tests.lab.conftest import Bootstrapped
from tests.lab.control_plane import Refused
from tests.lab.lab import APPLICATIONS, SimulatedLab
from tests.render.preflight.valid import Map, changed, ray_cluster, ray_cron_job, ray_job, ray_service

NAMESPACE = "traps"
STILL = 8.0
"""Seconds without which nothing is said to stay as it is: the operator looks each two or three."""

PLURALS = {"RayCluster": "rayclusters", "RayJob": "rayjobs", "RayService": "rayservices", "RayCronJob": "raycronjobs"}
HEAD = "spec.rayClusterConfig.headGroupSpec.template"
HTTP = (("spec.submissionMode", "HTTPMode"), ("spec.submitterPodTemplate", ...))
KEPT = (("spec.shutdownAfterJobFinishes", False), ("spec.ttlSecondsAfterFinished", 0))


@pytest.fixture(scope="module", autouse=True)
def _place(bootstrapped: Bootstrapped) -> Iterator[None]:
    """A namespace, and a project that permits everything in it."""
    plane = bootstrapped.lab.plane
    spec = {
        "sourceRepos": ["*"],
        "destinations": [{"name": "*", "namespace": "*"}],
        "namespaceResourceWhitelist": [{"group": "*", "kind": "*"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
    }
    metadata = {"name": NAMESPACE, "namespace": "argocd"}
    plane.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec},
    )
    yield
    plane.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def trapped(code: str, obj: Map, name: str, *changes: tuple[str, Any]) -> Map:
    """An object of which the finding speaks, and that can run here: under a name, with nothing that is not there."""
    made = changed(obj, *changes, ("metadata.name", name), ("metadata.namespace", NAMESPACE))
    assert code in {problem.code for problem in preflight(made)}
    return runnable(made)


def runnable(value: Any) -> Any:
    """The same without GPUs' nodes and with the namespace's own ServiceAccount."""
    if isinstance(value, list):
        return [runnable(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: runnable(each) for key, each in value.items() if key != "nodeSelector"}
    return {**kept, "serviceAccountName": "default"} if "serviceAccountName" in kept else kept


def path_of(obj: Map) -> str:
    return f"/apis/ray.io/v1/namespaces/{NAMESPACE}/{PLURALS[obj['kind']]}/{obj['metadata']['name']}"


def status(lab: SimulatedLab, obj: Map) -> Map:
    """The status of a live object; {} where it has none yet, or is not there."""
    try:
        found: Map = lab.api(path_of(obj)).get("status") or {}
    except Refused as refused:
        if refused.code != 404:
            raise
        return {}
    return found


def ready(lab: SimulatedLab, obj: Map) -> Map:
    """The RayService's condition Ready; {} where it has none."""
    return next((each for each in status(lab, obj).get("conditions", []) if each["type"] == "Ready"), {})


def clusters(lab: SimulatedLab, name: str) -> set[str]:
    found = {each["metadata"]["name"] for each in lab.objects("rayclusters", NAMESPACE)}
    return {each for each in found if each.startswith(f"{name}-")}


def submissions(lab: SimulatedLab, name: str) -> int:
    return sum(each["cluster"].startswith(f"{name}-") for each in lab.dashboard.submitted)


def application(lab: SimulatedLab, name: str, *objects: Map, options: tuple[str, ...] = ()) -> None:
    """Have Argo CD sync objects from Git, and look at them now."""
    for number, obj in enumerate(objects):
        lab.repository.write(f"traps/{name}/{number}.yaml", emit(obj))
    lab.repository.commit(f"Walk into {name}")
    spec = {
        "project": NAMESPACE,
        "source": {"repoURL": lab.repository.url, "path": f"traps/{name}", "targetRevision": "main"},
        "destination": {"name": "in-cluster", "namespace": NAMESPACE},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["ServerSideApply=true", *options],
        },
    }
    annotations = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
    metadata = {"name": name, "namespace": "argocd", "annotations": annotations}
    lab.plane.apply({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec})
    lab.refresh(name)


@pytest.fixture
def gone(lab: SimulatedLab) -> Iterator[list[str]]:
    """Applications of a test, which are deleted with it."""
    names: list[str] = []
    yield names
    for name in names:
        lab.api(f"{APPLICATIONS}/{name}", method="DELETE")


def test_serve_port_missing(lab: SimulatedLab) -> None:
    ports = [{"name": "dashboard", "containerPort": 8265, "protocol": "TCP"}]
    service = trapped("gitops/serve-port-missing", ray_service(), "noport", (f"{HEAD}.spec.containers.0.ports", ports))
    other = runnable(changed(ray_service(), ("metadata.name", "port"), ("metadata.namespace", NAMESPACE)))
    lab.plane.apply(service, other)
    wait_until(lambda: ready(lab, other).get("status") == "True", "one with the port is Ready", 60)
    time.sleep(STILL)
    assert ready(lab, service)["status"] == "False"


def test_run_not_in_name(lab: SimulatedLab) -> None:
    job = trapped("gitops/run-not-in-name", ray_job(), "churn-train", *HTTP)
    lab.plane.apply(job)
    wait_until(lambda: status(lab, job).get("jobDeploymentStatus") == "Complete", "the run is Complete", 60)
    lab.plane.apply(changed(job, ("spec.entrypoint", "python -m something.else")))
    time.sleep(STILL)
    assert submissions(lab, "churn-train") == 1


def test_cluster_edits_ignored(lab: SimulatedLab) -> None:
    made = trapped("gitops/cluster-edits-ignored", ray_cluster(), "edited", ("spec.upgradeStrategy", ...))
    lab.plane.apply(made)
    pods = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=ray.io/cluster=edited,ray.io/node-type=head"
    wait_until(lambda: len(lab.api(pods)["items"]) == 1, "there is a head", 60)
    former = lab.api(pods)["items"][0]["metadata"]["uid"]
    image = "spec.headGroupSpec.template.spec.containers.0.image"
    lab.plane.apply(changed(made, (image, "registry.example.com/ray@sha256:" + "b" * 64)))
    time.sleep(STILL)
    assert [each["metadata"]["uid"] for each in lab.api(pods)["items"]] == [former]


def test_digest_in_annotation(lab: SimulatedLab) -> None:
    place = f"{HEAD}.metadata.annotations.digest"
    service = trapped("gitops/digest-in-annotation", ray_service(), "digest", (place, "sha256:" + "a" * 64))
    lab.plane.apply(service)
    wait_until(lambda: ready(lab, service).get("status") == "True", "it is Ready", 60)
    former = clusters(lab, "digest")
    lab.plane.apply(changed(service, (place, "sha256:" + "b" * 64)))
    wait_until(lambda: clusters(lab, "digest") - former, "a second cluster comes up", 60)


def test_incremental_gate_off(lab: SimulatedLab) -> None:
    strategy = {
        "type": "NewClusterWithIncrementalUpgrade",
        "clusterUpgradeOptions": {"gatewayClassName": "lab", "stepSizePercent": 10, "intervalSeconds": 1},
    }
    changes = ("spec.upgradeStrategy", strategy)
    service = trapped("gitops/incremental-gate-off", ray_service(), "incremental", changes)
    lab.plane.apply(service)
    wait_until(lambda: ready(lab, service).get("status") == "True", "it is Ready", 60)
    former = clusters(lab, "incremental")
    lab.plane.apply(changed(service, ("spec.rayClusterConfig.rayVersion", "2.60.1")))
    time.sleep(STILL)
    assert clusters(lab, "incremental") == former


def test_timeout_is_final(lab: SimulatedLab) -> None:
    lab.dashboard.set_application("late-", "DEPLOYING")
    service = trapped(
        "gitops/timeout-is-final", ray_service(), "late", ("metadata|annotations|ray.io/initializing-timeout", "5s")
    )
    lab.plane.apply(service)
    wait_until(lambda: ready(lab, service).get("reason") == "InitializingTimeout", "it has given up", 60)
    lab.dashboard.forget("late-")
    lab.plane.apply(changed(service, ("spec.rayClusterConfig.rayVersion", "2.60.1")))
    time.sleep(STILL)
    assert ready(lab, service)["reason"] == "InitializingTimeout"


def test_cron_gate_off(lab: SimulatedLab) -> None:
    job = trapped("gitops/cron-gate-off", ray_cron_job(), "often", ("spec.schedule", "* * * * *"))
    lab.plane.apply(job)
    time.sleep(STILL)
    assert status(lab, job) == {}
    said = "RayCronJob feature gate is disabled, skipping RayCronJob controller setup"
    assert said in lab.components.log("ray-operator")


def test_default_submitter(lab: SimulatedLab) -> None:
    """In a namespace as we render it."""
    job = trapped("gitops/default-submitter", ray_job(), "default-submitter", ("spec.submitterPodTemplate", ...))
    lab.plane.apply(changed(job, ("metadata.namespace", "dev-documents")))

    def refused() -> bool:
        events = lab.objects("events", "dev-documents")
        said = [each["message"] for each in events if each["involvedObject"]["name"].startswith("default-submitter")]
        return any("violates PodSecurity" in message for message in said)

    wait_until(refused, "the submitter is refused", 60)
    lab.kubectl("delete", "rayjob", "default-submitter", "--namespace", "dev-documents", "--wait=false")


def test_self_deletion(lab: SimulatedLab, gone: list[str]) -> None:
    rules = {"deletionRules": [{"policy": "DeleteSelf", "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": 0}}]}
    changes = (*HTTP, *KEPT, ("spec.deletionStrategy", rules))
    application(lab, "self-deletion", trapped("gitops/self-deletion", ray_job(), "deleting-4f1c0a9b", *changes))
    gone.append("self-deletion")
    wait_until(lambda: submissions(lab, "deleting-4f1c0a9b") >= 2, "the run is run again", 90)


def test_ttl_reruns_job(lab: SimulatedLab, gone: list[str]) -> None:
    spec = {"template": ray_job()["spec"]["submitterPodTemplate"], "ttlSecondsAfterFinished": 1}
    obj = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "tidy", "namespace": NAMESPACE}, "spec": spec}
    obj["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    assert "gitops/ttl-reruns-job" in {problem.code for problem in preflight(obj)}
    application(lab, "ttl-reruns-job", runnable(obj))
    gone.append("ttl-reruns-job")
    seen: set[str] = set()

    def again() -> bool:
        with suppress(Refused):
            seen.add(lab.api(f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/tidy")["metadata"]["uid"])
        return len(seen) >= 2

    wait_until(again, "the Job is made again", 90)


def test_replaced_at_sync(lab: SimulatedLab, gone: list[str]) -> None:
    options = ("metadata|annotations|argocd.argoproj.io/sync-options", "Force=true,Replace=true")
    job = trapped("gitops/replaced-at-sync", ray_job(), "replaced-4f1c0a9b", *HTTP, options)
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "beside", "namespace": NAMESPACE}}
    application(lab, "replaced-at-sync", job, {**settings, "data": {"a": "1"}})
    gone.append("replaced-at-sync")
    wait_until(lambda: status(lab, job).get("jobDeploymentStatus") == "Complete", "the run is Complete", 90)
    application(lab, "replaced-at-sync", job, {**settings, "data": {"a": "2"}})
    wait_until(lambda: submissions(lab, "replaced-4f1c0a9b") >= 2, "the run is run again", 90)


def test_autoscaler_fights_git(lab: SimulatedLab, gone: list[str]) -> None:
    changes = ("spec.enableInTreeAutoscaling", True)
    made = trapped("gitops/autoscaler-fights-git", ray_cluster(), "fought-over", changes)
    application(lab, "autoscaler-fights-git", made)
    gone.append("autoscaler-fights-git")
    lab.wait_application("autoscaler-fights-git")
    [group] = lab.api(path_of(made))["spec"]["workerGroupSpecs"]
    wanted = group["replicas"] + 1
    lab.plane.patch(path_of(made), {"spec": {"workerGroupSpecs": [{**group, "replicas": wanted}]}})

    def taken_away() -> bool:
        return bool(lab.api(path_of(made))["spec"]["workerGroupSpecs"][0]["replicas"] == group["replicas"])

    wait_until(taken_away, "self-heal takes away what the autoscaler added", 60)


def test_create_namespace(lab: SimulatedLab, gone: list[str]) -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "any", "namespace": "unlabelled"}}
    application(lab, "create-namespace", {**settings, "data": {}}, options=("CreateNamespace=true",))
    gone.append("create-namespace")
    path = f"{APPLICATIONS}/create-namespace"
    lab.plane.patch(path, {"spec": {"destination": {"namespace": "unlabelled"}}})
    lab.wait_application("create-namespace")
    written = lab.api(path)
    assert "gitops/create-namespace" in {problem.code for problem in preflight(json.loads(json.dumps(written)))}
    labels = lab.api("/api/v1/namespaces/unlabelled")["metadata"]["labels"]
    assert [name for name in labels if name.startswith("pod-security")] == []
    lab.kubectl("delete", "namespace", "unlabelled", "--wait=false")
