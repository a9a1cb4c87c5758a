"""Nothing waits behind training: a release and a rollback are live during a run of hours, and after a failed one."""

from __future__ import annotations

import pytest

from tests.lab.component import PATIENCE, wait_until
from tests.lab.conftest import Measure
from tests.lab.delivery import Person
from tests.lab.lab import SimulatedLab
from tests.lab.test_health import ask_for_run, forget_run

TRAIN, SERVE = "dev.digits.train", "dev.digits.serve"
PLACE = ("--env", "dev", "--model", "digits")
AT_MOST = 60.0 * PATIENCE
"""Seconds from the merge until it is live: those that are promised, on a machine that does nothing else."""


RUNS = [("RUNNING", "Progressing", 7), ("FAILED", "Degraded", 8)]


@pytest.mark.parametrize(("said", "health", "attempt"), RUNS)
def test_a_release_and_a_rollback_are_live(
    lab: SimulatedLab, measure: Measure, said: str, health: str, attempt: int
) -> None:
    person, begun = Person(lab), lab.repository.head()
    lab.dashboard.set_job("digits", said, "KeyError: 'pixel_0_0'" if said == "FAILED" else "")
    run = ask_for_run(lab, attempt)
    wait_until(lambda: lab.application(TRAIN).health == health, f"{TRAIN} is {health}", 60)
    assert person.run("rollback", "digits", "--env", "dev").code == 0
    lab.repository.render()
    assert merged(person, lab) < AT_MOST
    assert [each["metadata"]["name"] for each in lab.objects("rayservices", "dev-documents")] == ["digits-v1"]
    lab.repository.revert()
    seconds = merged(person, lab)
    assert seconds < AT_MOST
    assert [each["metadata"]["name"] for each in lab.objects("rayservices", "dev-documents")] == ["digits-v2"]
    measure(f"a rollback with a run that is {said}", seconds)
    assert lab.application(TRAIN).health == health
    assert run in {each["metadata"]["name"] for each in lab.objects("rayjobs", "dev-documents")}
    revision = lab.repository.restore(begun)
    lab.refresh(TRAIN)
    wait_until(lambda: lab.application(TRAIN).revision == revision, "Argo CD is at what was before", 60)
    forget_run(lab, run)


def test_a_revert_does_not_wait_for_a_release_that_never_comes_up(lab: SimulatedLab, measure: Measure) -> None:
    """Argo CD would start no sync for 20 minutes: the one of the release lasts until that is healthy or has failed."""
    person = Person(lab)
    lab.dashboard.set_application("digits-v1", "DEPLOYING")
    assert person.run("rollback", "digits", "--env", "dev").code == 0
    lab.repository.render()
    lab.push("Release digits in dev", SERVE)
    person.see("dev", "digits", "upgrading")
    wait_until(lambda: lab.application(SERVE).phase == "Running", "the sync lasts", 30)
    lab.repository.revert()
    ran = person.run("sync", *PLACE, "--revision", "HEAD", "--timeout", f"{AT_MOST:.0f}s")
    assert f"{SERVE}: called off the sync of an older commit" in ran.err
    assert ran.code == 0, ran
    assert ran.seconds < AT_MOST
    measure("a revert of a release that never comes up", ran.seconds)
    assert [each["metadata"]["name"] for each in lab.objects("rayservices", "dev-documents")] == ["digits-v2"]


def merged(person: Person[SimulatedLab], lab: SimulatedLab) -> float:
    """Commit what changed, tell Argo CD as a webhook would, and wait; returns the seconds that this took."""
    lab.push("Release digits in dev", SERVE)
    ran = person.run("wait", *PLACE, "--revision", "HEAD", "--timeout", f"{AT_MOST:.0f}s")
    assert ran.code == 0, ran
    return ran.seconds
