"""What starts a training run and what does not, and what becomes of the run before."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.lab.component import wait_until
from tests.lab.lab import SimulatedLab

TRAIN, SERVE = "dev.digits.train", "dev.digits.serve"
SPEC, ENVIRONMENT = "specs/digits/model.yaml", "environments/dev/environment.yaml"
SERVICE = "rendered/dev/digits/serve/rayservice.yaml"


def run_names(lab: SimulatedLab) -> set[str]:
    """The runs of digits in dev, live."""
    names = {each["metadata"]["name"] for each in lab.objects("rayjobs", "dev-documents")}
    return {name for name in names if name.startswith("digits-")}


def deliver(lab: SimulatedLab, message: str) -> tuple[set[str], int]:
    """Render and commit, wait until the training part is live; returns the new runs, and how many were handed in."""
    former, handed_in = run_names(lab), len(lab.dashboard.submitted)
    lab.repository.render()
    lab.wait_application(TRAIN, revision=lab.push(message, TRAIN))
    return run_names(lab) - former, len(lab.dashboard.submitted) - handed_in


def test_a_change_of_what_decides_the_result_starts_one_run_and_its_revert_none(lab: SimulatedLab) -> None:
    lab.repository.edit(SPEC, "epochs: 40", "epochs: 41")
    new, handed_in = deliver(lab, "Train digits one epoch longer")
    assert (len(new), handed_in) == (1, 1)
    lab.repository.edit(SPEC, "epochs: 41", "epochs: 40")
    assert deliver(lab, "Train digits as long as before") == (set(), 0)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SPEC, "example.com/cost-centre: documents-7", "example.com/cost-centre: documents-8"),
        (ENVIRONMENT, "tolerations: [{key: nvidia.com/gpu}]", "tolerations: [{key: nvidia.com/gpu}, {key: spot}]"),
    ],
    ids=["label", "toleration"],
)
def test_a_change_of_what_does_not_decide_it_starts_none(lab: SimulatedLab, path: str, old: str, new: str) -> None:
    lab.repository.edit(path, old, new)
    assert deliver(lab, "Change what decides nothing") == (set(), 0)


def test_one_attempt_more_starts_one_run(lab: SimulatedLab) -> None:
    lab.repository.edit("environments/dev/runs/digits.yaml", "attempt: 1", "attempt: 9")
    new, handed_in = deliver(lab, "Train digits again")
    assert (len(new), handed_in) == (1, 1)


@pytest.mark.parametrize(("mode", "stopped"), [("finish", False), ("stop", True)])
def test_a_newer_run_lets_the_older_one_end_or_stops_it(lab: SimulatedLab, mode: str, stopped: bool) -> None:
    lab.dashboard.set_job("digits-", "RUNNING")
    lab.repository.edit(SPEC, "onSupersede: finish", f"onSupersede: {mode}")
    lab.repository.edit(SPEC, "epochs: 40", f"epochs: {50 + stopped}")
    older = ask(lab, "Train digits for long")
    lab.repository.edit(SPEC, f"epochs: {50 + stopped}", f"epochs: {60 + stopped}")
    ask(lab, "Train digits for longer")
    if stopped:
        wait_until(lambda: older not in run_names(lab), f"{older} was stopped", 30)
        assert any(name.startswith(older) for name in lab.dashboard.stopped)
    else:
        assert older in run_names(lab)
        assert not any(name.startswith(older) for name in lab.dashboard.stopped)


def ask(lab: SimulatedLab, message: str) -> str:
    """Render and commit, and wait until a new run is RUNNING; returns its name."""
    former = run_names(lab)
    lab.repository.render()
    lab.push(message, TRAIN)
    new: set[str] = wait_until(lambda: run_names(lab) - former, "there is a new run", 30)
    [name] = new
    path = f"/apis/ray.io/v1/namespaces/dev-documents/rayjobs/{name}"
    wait_until(lambda: lab.api(path).get("status", {}).get("jobStatus") == "RUNNING", f"{name} is RUNNING", 60)
    return name


def test_a_ceiling_that_is_raised_reaches_the_live_cluster(lab: SimulatedLab) -> None:
    """An edit of a group's bounds alone would be ignored by the operator."""
    lab.repository.edit(
        ENVIRONMENT, "autoscaling: {enabled: true, maxWorkers: 4,", "autoscaling: {enabled: true, maxWorkers: 5,"
    )
    lab.repository.render()
    lab.wait_application(SERVE, revision=lab.push("Let digits grow further", SERVE))

    def ceilings() -> set[int]:
        clusters = [
            each
            for each in lab.objects("rayclusters", "dev-documents")
            if re.match("digits-v2-", each["metadata"]["name"])
        ]
        return {group["maxReplicas"] for each in clusters for group in each["spec"]["workerGroupSpecs"]}

    wait_until(lambda: ceilings() == {5}, "the live cluster may grow to five workers", 120)


def test_a_worker_killed_in_an_upgrade_comes_back_on_its_own_code(lab: SimulatedLab) -> None:
    """A pod whose ConfigMap is gone never starts. Two releases soon after each other: Git has another's code alone."""
    former = lab.active_cluster("digits-v2", "dev-documents")["metadata"]["name"]
    of_former = f"ray.io/cluster={former},ray.io/node-type=worker"
    [code] = code_of(lab, of_former)
    lab.dashboard.set_application("digits-v1", "DEPLOYING")
    lab.repository.mlgitops("rollback", "digits", "--env", "dev")
    lab.repository.render()
    (lab.repository.folder / "rendered/dev/digits/serve/configmap-code-previous.yaml").unlink()
    assert code["metadata"]["name"] not in (lab.repository.folder / SERVICE).read_text()
    lab.push("Release the version of before", SERVE)
    wait_until(lambda: clusters(lab, "digits-v1"), "the other release starts", 60)
    gone = lab.kill_pod("dev-documents", of_former)

    def replaced() -> bool:
        pods = {pod["metadata"]["name"]: pod["status"]["phase"] for pod in pods_of(lab, of_former)}
        return gone not in pods and "Running" in pods.values()

    wait_until(replaced, "there is another worker", 60)
    assert code_of(lab, of_former) == [code]
    lab.dashboard.forget()
    lab.wait_application(SERVE, revision=lab.repository.head())


def clusters(lab: SimulatedLab, service: str) -> list[str]:
    """The RayClusters of a RayService."""
    names = [str(each["metadata"]["name"]) for each in lab.objects("rayclusters", "dev-documents")]
    return [name for name in names if name.startswith(f"{service}-")]


def code_of(lab: SimulatedLab, selector: str) -> list[dict[str, Any]]:
    """The ConfigMaps with code that pods mount, as they are now. Raises Refused where one is gone."""
    names = {
        volume["configMap"]["name"]
        for pod in pods_of(lab, selector)
        for volume in pod["spec"]["volumes"]
        if volume["name"] == "code"
    }
    return [lab.api(f"/api/v1/namespaces/dev-documents/configmaps/{name}") for name in sorted(names)]


def pods_of(lab: SimulatedLab, selector: str) -> list[dict[str, Any]]:
    return lab.objects("pods", "dev-documents", selector)
