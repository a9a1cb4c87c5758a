"""What `mlgitops status` says in each state, of a real Argo CD, KubeRay and API server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops.live.states import STATES
from tests.lab.component import wait_until
from tests.lab.delivery import Person, Row
from tests.lab.lab import SimulatedLab
from tests.lab.test_health import TRAIN, ask_for_run
from tests.live.said import TRACEBACK

SERVE = "dev.digits.serve"
SERVICE = "rendered/dev/digits/serve/rayservice.yaml"
JOBS = "/apis/ray.io/v1/namespaces/dev-diagnostics/rayjobs"
SETS = "argocd-applicationset-controller"
CLUSTERS = "/apis/ray.io/v1/namespaces/dev-documents/rayclusters"

Simulated = Person[SimulatedLab]


@pytest.fixture
def person(lab: SimulatedLab) -> Simulated:
    return Person(lab)


def test_live(person: Simulated) -> None:
    ran = person.run("status")
    assert ran.code == 0, ran
    assert ran.err == ""
    assert max(len(line) for line in ran.out.splitlines()) <= 80
    document = json.loads(person.run("status", "--format", "json").out)
    states = {(row["environment"], row["model"]): row["state"] for row in document["rows"]}
    assert set(states.values()) <= {"live", "notReleased"}
    assert states["dev", "digits"] == states["prod", "digits"] == "live"
    assert document["shared"] == []
    runs = {row["model"]: row["run"]["state"] for row in document["rows"] if row["environment"] == "dev"}
    assert set(runs.values()) == {"succeeded"}
    head = person.lab.repository.head()
    assert {row["revision"]["compared"] for row in document["rows"] if row["state"] == "live"} == {head}


def test_waiting_then_synced(person: Simulated) -> None:
    repository = person.lab.repository
    repository.edit("environments/dev/environment.yaml", "egressPorts: [443]", "egressPorts: [443, 5432]")
    repository.render()
    repository.commit("Let models in dev reach a database")
    row = person.row("dev", "digits")
    assert (row["state"], row["next"]) == ("waiting", "`mlgitops sync` lets it look now")
    assert person.row("prod", "digits")["state"] == "live"
    ran = person.run("sync", "--model", "digits", "--env", "dev", "--timeout", "300s")
    assert ran.code == 0, ran
    assert ran.err.splitlines()[-1] == "dev/digits: live"
    assert person.run("wait", "--model", "digits", "--env", "dev", "--revision", "HEAD").code == 0


def test_upgrading_refused_and_back(person: Simulated) -> None:
    """A release comes up beside the former one, is refused for its artifact, and a rollback needs no hands."""
    lab = person.lab
    lab.dashboard.set_application("digits-v1", "DEPLOYING")
    assert person.run("rollback", "digits", "--env", "dev").code == 0
    lab.repository.render()
    merged = lab.push("Return to v1 of digits in dev", SERVE)
    row = person.see_row(
        "dev", "digits", lambda row: row["state"] == "upgrading" and "DEPLOYING" in row["reason"], "is upgrading"
    )
    assert row["reason"].endswith("is DEPLOYING; v2 answers meanwhile")
    assert row["release"] == {"git": ["v1"], "cluster": ["v1", "v2"]}
    lab.dashboard.set_application("digits-v1", "DEPLOY_FAILED", TRACEBACK)
    row = person.see("dev", "digits", "refused")
    assert row["reason"] == (
        "[artifact/digest] model.ubj must be sha256:3b551eb37fc7, got sha256:97003003b2d8; v2 answers meanwhile"
    )
    assert row["next"] == "release a version whose artifact is as it was signed"
    ran = person.run("wait", "--model", "digits", "--env", "dev", "--revision", merged, "--timeout", "300s")
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("dev/digits failed: [artifact/digest] model.ubj must be ")
    statuses = person.run("status", "--model", "digits", "--env", "dev", "--format", "github").out
    assert json.loads(statuses)["state"] == "failure"
    lab.repository.revert()
    lab.refresh(SERVE)
    ran = person.run("wait", "--model", "digits", "--env", "dev", "--revision", "HEAD", "--timeout", "450s")
    assert ran.code == 0, ran
    assert person.row("dev", "digits")["release"] == {"git": ["v2"], "cluster": ["v2"]}


def test_deploying_in_place_is_not_live(person: Simulated) -> None:
    """The pods of before answer while Ray Serve takes a changed configuration: the new one does not."""
    lab = person.lab
    lab.dashboard.set_application("digits", "DEPLOYING")
    lab.repository.edit(SERVICE, "max_queued_requests: 1000", "max_queued_requests: 900")
    lab.push("Queue fewer requests", SERVE)
    row = person.see("dev", "digits", "upgrading")
    assert "application" in row["reason"]
    assert "is DEPLOYING" in row["reason"]
    lab.dashboard.forget()
    assert person.run("wait", "--model", "digits", "--env", "dev", "--timeout", "300s").code == 0


def test_degraded(person: Simulated) -> None:
    person.lab.dashboard.set_application("digits", "UNHEALTHY", "The replica died: it was OOMKilled.")
    row = person.see("dev", "digits", "degraded")
    assert row["reason"].endswith("is UNHEALTHY: The replica died: it was OOMKilled.")
    assert person.run("status", "--model", "digits").code == 1


def test_rejected_by_the_api(person: Simulated) -> None:
    lab = person.lab
    lab.repository.edit(SERVICE, "      maxReplicas: 4\n", "      maxReplicas: four\n")
    lab.push("Ask for four workers in words", SERVE)
    row = person.see("dev", "digits", "rejected")
    assert "maxReplicas" in row["reason"]
    assert row["writtenAt"]["path"] == "environments/dev/environment.yaml"
    ran = person.run("wait", "--model", "digits", "--env", "dev", "--timeout", "150s")
    assert ran.code == 1
    assert ran.err.splitlines()[-1].endswith(
        f"({row['writtenAt']['path']}:{row['writtenAt']['line']}:{row['writtenAt']['column']})"
    )


def test_rejected_by_kuberay(person: Simulated) -> None:
    lab = person.lab
    lab.repository.edit(SERVICE, "      minReplicas: 1\n", "      minReplicas: 9\n")
    lab.push("Ask for more workers than there may be", SERVE)
    row = person.see("dev", "digits", "rejected")
    assert row["reason"].startswith("KubeRay refuses RayService digits-v2: ")
    assert row["writtenAt"]["path"] == "environments/dev/environment.yaml"


def test_an_edit_that_argo_cd_cannot_see(person: Simulated) -> None:
    lab = person.lab
    cluster = lab.active_cluster("digits-v2", "dev-documents")
    name = cluster["metadata"]["name"]
    [group] = cluster["spec"]["workerGroupSpecs"]
    path = f"{CLUSTERS}/{name}"
    lab.plane.patch(path, {"spec": {"workerGroupSpecs": [{**group, "maxReplicas": 2}]}})
    lab.refresh(SERVE)
    assert lab.application(SERVE).well
    row = person.see("dev", "digits", "ignoredEdit")
    assert row["reason"] == f"workers.maxReplicas is 2 in {name}, and {group['maxReplicas']} was asked for"
    ran = person.run("diff", "--live", "--model", "digits", "--env", "dev")
    assert ran.code == 1
    assert f"{row['reason']}; KubeRay leaves it at that" in ran.out
    lab.plane.patch(path, {"spec": {"workerGroupSpecs": [group]}})
    assert person.see("dev", "digits", "live")


def test_suspended(person: Simulated) -> None:
    lab = person.lab
    lab.repository.edit(SERVICE, "  rayClusterConfig:\n", "  rayClusterConfig:\n    suspend: true\n")
    lab.push("Suspend digits in dev", SERVE)
    row = person.see("dev", "digits", "suspended")
    assert row["reason"] == "nothing is served"
    lab.repository.revert()
    lab.refresh(SERVE)
    # KubeRay 1.6 never wakes a cluster that was suspended: a new one has to come.
    row = person.see_row("dev", "digits", lambda row: row["state"] != "suspended", "is no longer suspended")
    assert row["reason"] == "KubeRay has not taken up the last change yet"
    [cluster] = [
        each for each in lab.objects("rayclusters", "dev-documents") if "digits-v2" in each["metadata"]["name"]
    ]
    lab.api(f"{CLUSTERS}/{cluster['metadata']['name']}", method="DELETE")
    assert person.run("wait", "--model", "digits", "--env", "dev", "--timeout", "300s").code == 0


def test_not_deployed_then_deployed(person: Simulated) -> None:
    """An ApplicationSet looks for new folders by itself every three minutes: not now, and then it is told."""
    lab = person.lab
    source, target = (lab.repository.folder / f"rendered/dev/{name}" for name in ("digits/serve", "numbers/serve"))
    target.mkdir(parents=True)
    for file in ("rayservice.yaml", "serviceaccount-serve.yaml"):
        (target / file).write_text((source / file).read_text().replace("digits", "numbers"))
    lab.components.stop(SETS)
    lab.repository.commit("Serve numbers in dev")
    row = person.row("dev", "numbers")
    assert row["state"] == "notDeployed"
    lab.components.restart(SETS)
    lab.refresh_set("dev.serve")
    row = person.see_row("dev", "numbers", lambda row: row["state"] in ("deploying", "live"), "is deploying")
    assert person.see("dev", "numbers", "live")["release"] == {"git": ["v2"], "cluster": ["v2"]}


def test_removing_what_is_protected(person: Simulated) -> None:
    """In prod an Application outlives its folder until a person deletes it."""
    lab = person.lab
    folder = lab.repository.folder / "rendered/prod/digits/serve"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    lab.push("Stop serving digits in prod", "prod.digits.serve")
    row = person.see("prod", "digits", "removing")
    assert row["next"] == "argocd app delete prod.digits.serve"


def test_out_of_sync(person: Simulated) -> None:
    lab = person.lab
    lab.components.stop("argocd-applicationset-controller")
    try:
        path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{SERVE}"
        lab.plane.patch(path, {"spec": {"syncPolicy": {"automated": None}}})
        lab.repository.edit(SERVICE, "max_queued_requests: 1000", "max_queued_requests: 800")
        lab.push("Queue fewer requests", SERVE)
        row = person.see("dev", "digits", "outOfSync")
        assert row["reason"] == "automated sync is off for this Application"
        ran = person.run("sync", "--model", "digits", "--env", "dev", "--timeout", "300s")
        assert ran.code == 0, ran
        assert f"{SERVE}: asked for a sync" in ran.err
    finally:
        lab.components.restart("argocd-applicationset-controller")


def test_unknown_while_git_is_away(person: Simulated, tmp_path: Path) -> None:
    lab = person.lab
    clone = tmp_path / "clone"
    lab.repository.git("clone", "--quiet", str(lab.repository.folder), str(clone))
    kept, away = lab.repository.folder / ".git", lab.repository.folder / "away.git"
    kept.rename(away)
    try:
        person.folder = clone

        def gone(row: Row) -> bool:
            lab.refresh(SERVE, "hard")  # the repo-server knows the newest commit for some seconds
            return bool(row["state"] == "unknown")

        row = person.see_row("dev", "digits", gone, "is unknown")
        assert row["next"] == f"argocd app get {SERVE} --refresh"
        assert row["reason"].startswith("Failed to load target state: ")
    finally:
        away.rename(kept)
        lab.refresh(SERVE, "hard")


RUNS = (("PENDING", "running"), ("RUNNING", "running"), ("STOPPED", "failed"), ("FAILED", "failed"))


@pytest.mark.parametrize(("said", "state"), RUNS)
def test_the_newest_run(person: Simulated, said: str, state: str) -> None:
    lab = person.lab
    words = "KeyError: 'tenure'" if said == "FAILED" else ""
    lab.dashboard.set_job("diabetes", said, words)
    lab.repository.edit("specs/diabetes/model.yaml", "  training:\n", f"  # {said}\n  training:\n")
    text = (lab.repository.folder / "rendered/dev/diabetes/train/rayjob.yaml").read_text()
    name = next(line.split()[-1] for line in text.splitlines() if line.startswith("  name: "))
    other = f"diabetes-{said.lower()[:8]}"
    (lab.repository.folder / "rendered/dev/diabetes/train/rayjob.yaml").write_text(text.replace(name, other))
    lab.push(f"Train diabetes again: {said}", "dev.diabetes.train")

    def ended(row: dict[str, object]) -> bool:
        run = row["run"]
        assert isinstance(run, dict)
        return run["name"] == other and run["state"] == state and (said in str(run["reason"]) or state == "failed")

    row = person.see_row("dev", "diabetes", ended, f"has a run that is {state}")
    assert row["state"] == "live"
    assert words in str(row["run"]["reason"])
    # A run stays when Git asks for another one: this one would be Degraded for ever.
    revision = lab.repository.revert()
    lab.refresh("dev.diabetes.train")
    wait_until(lambda: lab.application("dev.diabetes.train").revision == revision, "Argo CD is at the revert", 60)
    lab.api(f"{JOBS}/{other}", method="DELETE")


def test_a_failed_run_that_was_replaced_is_in_the_way_until_it_is_deleted(person: Simulated) -> None:
    """Its Application stays Degraded while the newest run is well; the note's own command ends that."""
    lab = person.lab
    lab.dashboard.set_job("digits-", "FAILED", "KeyError: 'pixel_2_3'")
    failed = ask_for_run(lab, 5)
    lab.wait_application(TRAIN, revision=lab.repository.head(), health="Degraded")
    lab.dashboard.forget()
    ask_for_run(lab, 6)
    row = person.see_row("dev", "digits", lambda row: row["run"]["state"] == "succeeded", "has a run that is well")
    assert lab.application(TRAIN).health == "Degraded"
    [note] = row["notes"]
    said, _, command = note.partition(": argocd ")
    assert said == f"RayJob {failed} failed, is no longer in Git, and keeps {TRAIN} Degraded"
    lab.argocd(*command.split())
    lab.wait_application(TRAIN, revision=lab.repository.head())
    assert person.row("dev", "digits")["notes"] == []


def test_every_state_is_seen() -> None:
    """What is above, by the words in it; `notReleased` is in the example, and `live` in most."""
    text = Path(__file__).read_text()
    missing = {state for state in STATES if f'"{state}"' not in text}
    assert missing == set()
