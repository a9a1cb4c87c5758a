"""Argo CD has the right word for what a run and a release are doing, live, by the health checks that we render."""

from __future__ import annotations

import re

from tests.lab.component import wait_until
from tests.lab.lab import SimulatedLab

TRAIN, SERVE = "dev.digits.train", "dev.digits.serve"
RUN = "rendered/dev/digits/train/rayjob.yaml"
SERVICE = "rendered/dev/digits/serve/rayservice.yaml"
SERVICES = "/apis/ray.io/v1/namespaces/dev-documents/rayservices"
JOBS = "/apis/ray.io/v1/namespaces/dev-documents/rayjobs"


def ask_for_run(lab: SimulatedLab, attempt: int) -> str:
    """Commit another attempt of the run; returns the name of its RayJob."""
    path = "environments/dev/runs/digits.yaml"
    former = re.search(r"attempt: \d+", (lab.repository.folder / path).read_text())
    assert former
    lab.repository.edit(path, former[0], f"attempt: {attempt}")
    lab.repository.render()
    lab.push(f"Train digits again ({attempt})", TRAIN)
    found = re.search(r"(?m)^  name: (digits-\w+)$", (lab.repository.folder / RUN).read_text())
    assert found
    return found[1]


def forget_run(lab: SimulatedLab, name: str) -> None:
    """Delete a run that Git no longer asks for, as a person would who has read why it failed."""
    lab.kubectl("delete", "rayjob", name, "--namespace", "dev-documents", "--wait=false")


def message_of(lab: SimulatedLab, application: str, kind: str) -> str:
    """What the health check says of the Application's object of a kind that is worst off."""
    said = lab.argocd("app", "get", application, "--output=tree=detailed")
    return "\n".join(line for line in said.splitlines() if kind in line)


def test_a_run_is_progressing_then_healthy(lab: SimulatedLab) -> None:
    lab.dashboard.set_job("digits-", "RUNNING")
    name = ask_for_run(lab, 2)
    lab.wait_application(TRAIN, revision=lab.repository.head(), health="Progressing")
    wait_until(lambda: lab.api(f"{JOBS}/{name}")["status"].get("jobStatus") == "RUNNING", "the run is RUNNING", 30)
    assert lab.application(TRAIN).health == "Progressing"
    lab.dashboard.set_job("digits-", "SUCCEEDED")
    lab.wait_application(TRAIN)


def test_a_run_that_fails_is_degraded_and_says_why(lab: SimulatedLab) -> None:
    lab.dashboard.set_job("digits-", "FAILED", "KeyError: 'pixel_2_3'")
    name = ask_for_run(lab, 3)
    lab.wait_application(TRAIN, revision=lab.repository.head(), health="Degraded")
    assert "KeyError: 'pixel_2_3'" in message_of(lab, TRAIN, "RayJob")
    forget_run(lab, name)


def test_a_run_that_is_stopped_is_degraded(lab: SimulatedLab) -> None:
    lab.dashboard.set_job("digits-", "STOPPED")
    name = ask_for_run(lab, 4)
    lab.wait_application(TRAIN, revision=lab.repository.head(), health="Degraded")
    assert "stopped before it ended" in message_of(lab, TRAIN, "RayJob")
    forget_run(lab, name)


def test_a_run_in_the_queue_is_suspended(lab: SimulatedLab) -> None:
    """Kueue suspends a run until there is room for it."""
    lab.repository.edit(RUN, "  submissionMode: HTTPMode\n", "  submissionMode: HTTPMode\n  suspend: true\n")
    text = (lab.repository.folder / RUN).read_text()
    (lab.repository.folder / RUN).write_text(re.sub(r"(?m)^  name: digits-\w+$", "  name: digits-queued", text))
    lab.push("Queue a run", TRAIN)
    lab.wait_application(TRAIN, revision=lab.repository.head(), health="Suspended")
    forget_run(lab, "digits-queued")


def test_a_release_that_changes_in_place_is_progressing(lab: SimulatedLab) -> None:
    clusters = cluster_names(lab)
    lab.dashboard.set_application("digits-v2", "DEPLOYING")
    lab.repository.edit(SERVICE, "max_queued_requests: 1000", "max_queued_requests: 999")
    lab.push("Queue fewer requests", SERVE)
    lab.wait_application(SERVE, revision=lab.repository.head(), health="Progressing", phase=None)
    assert ready(lab)
    lab.dashboard.set_application("digits-v2", "RUNNING")
    lab.wait_application(SERVE, revision=lab.repository.head())
    assert cluster_names(lab) == clusters


def test_a_release_in_an_upgrade_is_progressing_while_the_former_cluster_answers(lab: SimulatedLab) -> None:
    former = lab.active_cluster("digits-v2", "dev-documents")["metadata"]["name"]
    lab.dashboard.set_application(former, "RUNNING")
    lab.dashboard.set_application("digits-v2", "DEPLOYING")
    lab.repository.edit(SERVICE, 'rayVersion: "2.60.0"', 'rayVersion: "2.60.1"')
    lab.push("Upgrade Ray", SERVE)
    lab.wait_application(SERVE, revision=lab.repository.head(), health="Progressing", phase=None)
    wait_until(lambda: len(cluster_names(lab)) == 2, "there are two clusters", 30)
    assert ready(lab)
    lab.dashboard.set_application("digits-v2", "DEPLOY_FAILED", "ImportError: no module named predictor")
    lab.wait_application(SERVE, revision=lab.repository.head(), health="Degraded", phase=None)
    assert "no module named predictor" in message_of(lab, SERVE, "RayService")
    assert ready(lab)
    lab.dashboard.forget()
    lab.wait_application(SERVE, revision=lab.repository.head())


def test_a_release_that_the_operator_refuses_is_degraded(lab: SimulatedLab) -> None:
    text = text_of(lab)
    (lab.repository.folder / SERVICE).write_text(re.sub(r"minReplicas: \d+", "minReplicas: 99", text))
    lab.push("Ask for more than the most", SERVE)
    lab.wait_application(SERVE, revision=lab.repository.head(), health="Degraded", phase=None)
    assert "KubeRay refuses the spec" in message_of(lab, SERVE, "RayService")


def text_of(lab: SimulatedLab) -> str:
    return (lab.repository.folder / SERVICE).read_text()


def cluster_names(lab: SimulatedLab) -> list[str]:
    """The Ray clusters that serve digits in dev."""
    found = [each["metadata"]["name"] for each in lab.objects("rayclusters", "dev-documents")]
    return sorted(name for name in found if name.startswith("digits-v2-"))


def ready(lab: SimulatedLab) -> bool:
    """Whether the operator says that requests are answered."""
    conditions = lab.api(f"{SERVICES}/digits-v2")["status"]["conditions"]
    return any((each["type"], each["status"]) == ("Ready", "True") for each in conditions)
