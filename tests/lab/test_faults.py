"""What fails beside us: the good goes on, the state converges without hands, and nothing is pruned by mistake."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.lab.component import wait_until
from tests.lab.conftest import Measure
from tests.lab.lab import OURS, SimulatedLab, State

CHANGED = "dev.digits.serve"
KINDS = ("rayservices", "services", "httproutes", "networkpolicies", "configmaps", "serviceaccounts", "podmonitors")
RESYNC = 150.0
"""Seconds in which Argo CD looks again by itself, and tries a failed sync again: here each minute."""


@pytest.fixture
def nothing_pruned(lab: SimulatedLab) -> Iterator[None]:
    """Whatever was live before a fault is live after it, the very same objects."""
    before = lab.identities(*KINDS, selector=OURS)
    assert len(before) > 50
    yield
    after = lab.identities(*KINDS, selector=OURS)
    assert {key: after.get(key) for key in before} == before


def change(lab: SimulatedLab, port: int) -> str:
    """Commit a change of one environment's network, which each of its models serves with; returns the revision."""
    lab.repository.edit("environments/dev/environment.yaml", "egressPorts: [443]", f"egressPorts: [443, {port}]")
    lab.repository.render()
    return lab.repository.commit(f"Let models in dev reach port {port}")


def converged(lab: SimulatedLab, revision: str, measure: Measure, what: str) -> State:
    """Wait until the change is live, and note how long it took since now."""
    begun = time.monotonic()
    state = lab.wait_application(CHANGED, revision=revision, within=RESYNC)
    measure(what, time.monotonic() - begun)
    return state


def fault(lab: SimulatedLab, component: str, end: Callable[[str], None]) -> None:
    """End a component, leave it so for two seconds, and start it again, as the kubelet would."""
    end(component)
    time.sleep(2)
    lab.components.restart(component)


@pytest.mark.usefixtures("nothing_pruned")
@pytest.mark.parametrize("component", ["argocd-repo-server", "argocd-application-controller", "redis"])
def test_a_part_of_argo_cd_is_killed_in_a_sync(lab: SimulatedLab, measure: Measure, component: str) -> None:
    revision = change(lab, 5432)
    lab.refresh(CHANGED)
    fault(lab, component, lab.components.kill)
    converged(lab, revision, measure, f"{component} killed in a sync")


@pytest.mark.usefixtures("nothing_pruned")
def test_the_api_server_is_started_again(lab: SimulatedLab, measure: Measure) -> None:
    revision = change(lab, 5433)
    lab.refresh(CHANGED)
    fault(lab, "kube-apiserver", lab.components.stop)
    converged(lab, revision, measure, "API server started again in a sync")


@pytest.mark.usefixtures("nothing_pruned")
def test_git_cannot_be_reached(lab: SimulatedLab, measure: Measure) -> None:
    revision = change(lab, 5434)
    repository = lab.repository.folder
    away = repository.with_name("away")
    repository.rename(away)
    try:
        lab.refresh(CHANGED)
        wait_until(lambda: lab.application(CHANGED).sync == "Unknown", f"{CHANGED} cannot be compared", 60)
        assert lab.application(CHANGED).health == "Healthy"
    finally:
        away.rename(repository)
    converged(lab, revision, measure, "Git repository back after it was away")


@pytest.mark.usefixtures("nothing_pruned")
def test_one_models_bad_objects_stand_beside_good_ones(lab: SimulatedLab, measure: Measure) -> None:
    bad = "dev.breast-cancer.serve"
    change(lab, 5435)
    lab.repository.edit("rendered/dev/breast-cancer/serve/service.yaml", "    port: 8000\n", "    port: 800000\n")
    revision = lab.repository.commit("Serve on a port that is none")
    lab.notify()
    converged(lab, revision, measure, "a good change beside a bad commit")
    said = wait_until(lambda: refused(lab, bad), f"{bad} says what is wrong", 60, 0.2)
    assert "spec.ports[0].port: Invalid value: 800000" in said
    wait_until(lambda: all(state.well for state in lab.applications() if state.name != bad), "all others are well", 60)
    begun = time.monotonic()
    revision = lab.repository.revert()
    lab.refresh(bad)
    lab.wait_application(bad, revision=revision, within=RESYNC)
    measure("a bad commit reverted", time.monotonic() - begun)


def refused(lab: SimulatedLab, name: str) -> str:
    """What Argo CD says of an object that is not accepted; it says so once, and then calls the commit Synced."""
    state = lab.application(name)
    return state.message if state.sync == "Unknown" else ""
