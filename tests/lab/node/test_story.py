"""The main job on real pods: from a commit to a prediction, and from version to version without a failed request."""

from __future__ import annotations

import shutil
import time
from typing import Any

import pytest

from tests.lab.component import wait_until
from tests.lab.conftest import Measure
from tests.lab.delivery import Person
from tests.lab.node.asking import Answered
from tests.lab.node.conftest import LONG, SERVE, TRAIN, Chapter, Node, release, wait_trained
from tests.lab.node.story import MODEL, NAMESPACE, WRITTEN, trained

BAD = "rbad0000000"
pytestmark = pytest.mark.xdist_group("real-node")


def test_a_commit_trains_a_model(node: Node, first: Chapter, measure: Measure) -> None:
    """RayJob, evaluate and sign did their part, and one version is registered, by its run's identity."""
    [job] = node.lab.objects("rayjobs", NAMESPACE)
    assert (job["status"]["jobDeploymentStatus"], job["status"]["jobStatus"]) == ("Complete", "SUCCEEDED")
    jobs = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one for one in node.lab.objects("jobs", NAMESPACE)
    }
    assert sorted(jobs) == ["evaluate", "sign"]
    assert [one["status"].get("succeeded") for one in jobs.values()] == [1, 1]
    assert trained(node.repository) == [first.version]
    assert job["metadata"]["name"] == f"{MODEL}-{first.version[1:9]}"
    measure("from the commit to a signed version", first.trained_in)
    measure("from the release to the first answer", first.served_in)


def test_a_prediction_names_the_version(node: Node, first: Chapter) -> None:
    answer = node.gateway.ask()
    assert (answer.status, answer.version) == (200, first.version), answer
    assert '"prediction":{"label":' in answer.said


def test_both_applications_are_healthy_and_quiet(node: Node, first: Chapter) -> None:
    node.lab.wait_all(LONG)
    node.lab.assert_quiet(10)


def test_a_run_that_is_made_again_trains_nothing(node: Node, first: Chapter) -> None:
    """As in a cluster that is made anew from Git, or where somebody deleted it: it ends at once and writes nothing."""
    path = f"/apis/ray.io/v1/namespaces/{NAMESPACE}/rayjobs/{MODEL}-{first.version[1:9]}"
    former, before = node.lab.api(path)["metadata"]["uid"], written(node)
    node.lab.api(path, method="DELETE")

    def again() -> bool:
        [job] = node.lab.objects("rayjobs", NAMESPACE) or [None]
        return bool(job) and job["metadata"]["uid"] != former and job.get("status", {}).get("jobStatus") == "SUCCEEDED"

    wait_until(again, "there is a RayJob again, and it has succeeded", LONG, 1.0)
    assert written(node) == before
    assert trained(node.repository) == [first.version]


def written(node: Node) -> dict[str, int]:
    """What training and its Jobs write: each file, and when it was written, in nanoseconds since 1970."""
    stores = [node.repository.stores / name for name in WRITTEN if "predictions" not in name]
    return {str(path): path.stat().st_mtime_ns for store in stores for path in store.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def second(node: Node, first: Chapter, measure: Measure) -> tuple[Chapter, list[str]]:
    """A second version, which replaces the first while requests go on; with what was wrong with them."""
    begun = time.monotonic()
    node.repository.edit(f"specs/{MODEL}/model.yaml", "maxDepth: 4", "maxDepth: 3")
    node.repository.render()
    node.lab.push("Grow shallower trees")
    kill_a_worker(node)
    wait_trained(node, 2)
    trained_in = time.monotonic() - begun
    with node.gateway.load() as answers:
        version, served_in = release(node)
        time.sleep(5)
    failed = [str(one) for one in answers if one.status != 200]
    assert len(answers) > 20
    assert_moved(answers, first.version, version)
    measure("the same for a second version, with a worker killed", trained_in)
    measure("a second release, requests going on", served_in)
    measure("of these requests failed", len(failed), f"of {len(answers)}")
    return Chapter(version, trained_in, served_in), failed


def assert_moved(answers: list[Answered], old: str, new: str) -> None:
    """The old version answered first and the new one last; in between, as long as pods of both are ready, either."""
    versions = [one.version for one in answers if one.version]
    assert set(versions) == {old, new}
    assert (versions[0], versions[-1]) == (old, new)


def kill_a_worker(node: Node) -> None:
    """End a worker of the run that goes on now, at once and with all that it holds, as a machine that is gone would."""

    def running() -> str:
        for job in node.lab.objects("rayjobs", NAMESPACE):
            if job.get("status", {}).get("jobStatus") == "RUNNING":
                return str(job["status"]["rayClusterName"])
        return ""

    cluster = wait_until(running, "the second run goes on", LONG)
    node.lab.kill_pod(NAMESPACE, f"ray.io/cluster={cluster},ray.io/node-type=worker")


def test_a_run_outlives_one_of_its_workers(node: Node, second: tuple[Chapter, list[str]]) -> None:
    """A worker was killed in the middle of it, and nobody did anything about that."""
    jobs = node.lab.objects("rayjobs", NAMESPACE)
    assert [one["status"]["jobStatus"] for one in jobs if second[0].version[1:9] in one["metadata"]["name"]] == [
        "SUCCEEDED"
    ]
    assert second[0].version in trained(node.repository)


def test_a_second_version_rolls_out_without_a_failed_request(
    node: Node, first: Chapter, second: tuple[Chapter, list[str]]
) -> None:
    chapter, failed = second
    assert chapter.version != first.version
    assert failed == []


def test_a_revert_brings_the_first_back(node: Node, first: Chapter, second: tuple[Chapter, list[str]]) -> None:
    """The merge that released the second version, reverted; nothing is trained for it."""
    revision = node.repository.git("log", "-1", "--format=%H", "--", f"environments/dev/releases/{MODEL}.yaml").strip()
    with node.gateway.load() as answers:
        node.repository.revert(revision)
        node.lab.notify()
        node.lab.wait_application(SERVE, revision=node.repository.head(), within=LONG)
        wait_until(lambda: node.gateway.ask().version == first.version, f"{first.version} answers", 60)
    assert [one for one in answers if one.status != 200] == []
    assert_moved(answers, second[0].version, first.version)
    assert len(trained(node.repository)) == 2
    assert node.lab.application(TRAIN).health == "Healthy"


def test_a_bad_version_never_replaces_a_good_one(node: Node, first: Chapter) -> None:
    """A release whose artifact is not what was signed: it does not come up, and the one of before answers on."""
    good = node.gateway.ask().version
    with node.gateway.load(0.5) as answers:
        release_spoilt(node, good)
        node.lab.push("Release what somebody has changed in the registry")
        wait_until(lambda: "artifact/digest" in refusal(node, BAD), "the release is refused for what it is", LONG, 1.0)
        wait_until(lambda: node.lab.application(SERVE).health == "Degraded", "Argo CD says so", LONG, 1.0)
        node.repository.revert()
        ran = Person(node.lab).run("sync", "--model", MODEL, "--env", "dev", "--revision", "HEAD", "--timeout", "5m")
        assert ran.code == 0, ran
    assert [one for one in answers if one.status != 200] == []
    assert {one.version for one in answers} == {good}


def release_spoilt(node: Node, good: str) -> None:
    """In place of the rendered release one of the same version with one bit changed, under a name of its own."""
    registry = node.repository.stores / "ml-registry" / MODEL
    shutil.copytree(registry / good, registry / BAD)
    spoilt = max((path for path in (registry / BAD).rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    sound = spoilt.read_bytes()
    spoilt.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    file = node.repository.folder / f"rendered/dev/{MODEL}/serve/rayservice.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(good, BAD), encoding="utf-8")


def refusal(node: Node, version: str) -> str:
    """What a release's replicas say of why they do not serve; empty as long as none does."""
    for service in node.lab.objects("rayservices", NAMESPACE):
        if service["metadata"]["name"] == f"{MODEL}-{version}":
            status = service.get("status", {}).get("pendingServiceStatus", {})
            for application in status.get("applicationStatuses", {}).values():
                if application.get("status") in ("DEPLOY_FAILED", "UNHEALTHY"):
                    deployments = application.get("serveDeploymentStatuses", {}).values()
                    return " ".join(str(one.get("message", "")) for one in (application, *deployments))
    return ""


def test_a_head_that_is_killed_comes_back(node: Node, first: Chapter, measure: Measure) -> None:
    """The operator starts another one, which has to serve all over again; nobody does anything about it."""
    serving = node.gateway.ask().version
    service = node.lab.api(f"/apis/ray.io/v1/namespaces/{NAMESPACE}/rayservices/{MODEL}-{serving}")
    cluster = service["status"]["activeServiceStatus"]["rayClusterName"]
    serve = f"ray.io/cluster={cluster},ray.io/node-type=head"
    with node.gateway.load() as answers:
        begun = time.monotonic()
        gone = node.lab.kill_pod(NAMESPACE, serve)

        def replaced() -> bool:
            heads = {one["metadata"]["name"]: ready(one) for one in node.lab.objects("pods", NAMESPACE, serve)}
            return gone not in heads and any(heads.values())

        wait_until(replaced, "another head is ready", LONG, 1.0)
        node.lab.wait_application(SERVE, within=LONG)
        wait_until(lambda: node.gateway.ask().version == serving, f"{serving} answers", LONG, 1.0)
        took = time.monotonic() - begun
    measure("healthy again after the head was killed", took)
    measure("of the requests meanwhile failed", sum(one.status != 200 for one in answers), f"of {len(answers)}")
    assert {one.version for one in answers if one.version} == {serving}


def ready(pod: dict[str, Any]) -> bool:
    """Whether its probes succeed."""
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True"


def test_no_pod_was_refused(node: Node, first: Chapter) -> None:
    """Pod Security `restricted` is enforced, quotas are: every pod that a controller wanted was made."""
    namespace = node.lab.api(f"/api/v1/namespaces/{NAMESPACE}")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    events = node.lab.objects("events", NAMESPACE)
    refused = [
        one["message"] for one in events if one["reason"].startswith("FailedCreate") or "forbidden" in one["message"]
    ]
    assert [message for message in refused if "sandbox" not in message] == []
    assert len(events) > 20
