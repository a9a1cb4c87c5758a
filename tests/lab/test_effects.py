"""What a plan says that a change does, the operator and Argo CD do; and what it does not say does not happen.

The scripted pull requests of tests/repos, committed for real: before each, the plan; after it, the cluster.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest

from tests.lab.component import wait_until
from tests.lab.lab import OURS, SimulatedLab
from tests.repos.repository import AS_OF
from tests.repos.scripts import PULL_REQUESTS

Json = Any
OWNER = "ray.io/originated-from-cr-name"
NOTHING = "loosened-rule"
"""Rules decide about pull requests, and no cluster knows them."""
UNSEEN = (NOTHING, "ignored-edit")
"""After these the cluster is as before; the operator takes no notice of the second."""
TOLD = ("resource-edit", "ignored-edit", "new-version", "data-change", "removed-model", NOTHING, "rollback")
BOUNDS = ("replicas", "minReplicas", "maxReplicas")


class Seen(NamedTuple):
    """What is live."""

    clusters: dict[str, set[str]]
    """RayService → its RayClusters."""
    bounds: dict[str, Json]
    """RayCluster → the bounds of its first worker group."""
    services: set[str]
    runs: set[str]
    applications: set[str]


def seen(lab: SimulatedLab) -> Seen:
    """What is live once the operator has done what it was asked for."""
    wait_until(lambda: all(map(taken_up, lab.objects("rayservices", selector=OURS))), "no upgrade goes on", 120)
    clusters: dict[str, set[str]] = {}
    bounds = {}
    for each in lab.objects("rayclusters", selector=OURS):
        name, owner = each["metadata"]["name"], each["metadata"]["labels"].get(OWNER, "")
        clusters.setdefault(place(each, owner), set()).add(name)
        bounds[name] = [each["spec"]["workerGroupSpecs"][0].get(field) for field in BOUNDS]
    services = {place(each) for each in lab.objects("rayservices", selector=OURS)}
    runs = {place(each) for each in lab.objects("rayjobs", selector=OURS)}
    return Seen(clusters, bounds, services, runs, {state.name for state in lab.applications()})


def taken_up(service: Json) -> bool:
    """Whether the operator has seen a RayService as it is, and prepares no other cluster for it."""
    status = service.get("status", {})
    pending = status.get("pendingServiceStatus", {}).get("rayClusterName")
    return status.get("observedGeneration") == service["metadata"]["generation"] and not pending


def place(each: Json, name: str = "") -> str:
    """`dev/digits-v2`: the same model is served in several environments."""
    environment = each["metadata"]["labels"]["mlgitops.dev/environment"]
    return f"{environment}/{name or each['metadata']['name']}"


def effects(lab: SimulatedLab) -> list[Json]:
    said = lab.repository.mlgitops("plan", "--base", "HEAD", "--format", "json", "--as-of", AS_OF)
    found: list[Json] = json.loads(said)["effects"]
    return found


def approve(lab: SimulatedLab) -> None:
    """The approval that a release to production waits for."""
    lab.repository.mlgitops(
        "release", "approve", "digits", "--env", "prod", "--role", "model-owner", "--by", "@documents/lead"
    )


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_happens_and_nothing_else(lab: SimulatedLab, name: str) -> None:
    before = seen(lab)
    PULL_REQUESTS[name].script(lab.repository.folder)
    if name == "new-version":
        approve(lab)
    lab.repository.render()
    told = effects(lab)
    assert bool(told) == (name != NOTHING)
    revision = lab.push(PULL_REQUESTS[name].title)
    gone = {one["name"] for one in told if one["effect"] == "removed" and one["kind"] == "Application"}
    touched = {one["target"].replace("/", ".") for one in told if one["target"].count("/") == 2}

    def live() -> bool:
        states = {state.name: state for state in lab.applications()}
        settled = all(state.well and state.phase == "Succeeded" for state in states.values())
        there = all(states[one].revision == revision for one in touched & states.keys())
        return settled and there and not gone & states.keys()

    wait_until(live, f"{name} is live", 180, every=1.0)
    after = seen(lab)
    check(told, before, after)
    assert (after == before) == (name in UNSEEN)


def check(told: list[Json], before: Seen, after: Seen) -> None:
    """Every effect against the cluster, and the cluster against the effects."""
    new_clusters = {where(one) for one in told if one["effect"] == "new-cluster"}
    started = {where(one) for one in told if one["effect"] == "run-started"}
    for service in sorted(after.services):
        fresh = after.clusters.get(service, set()) - before.clusters.get(service, set())
        assert bool(fresh) == (service in new_clusters), f"{service}: {fresh}"
    assert after.runs - before.runs == started
    for one in told:
        assert_one(one, before, after)


def where(one: Json) -> str:
    return f"{one['target'].partition('/')[0]}/{one['name']}"


def assert_one(one: Json, before: Seen, after: Seen) -> None:
    if one["effect"] == "ignored" and one["kind"] == "RayService":
        for cluster in after.clusters[where(one)]:
            assert after.bounds[cluster] == before.bounds[cluster]
    elif one["effect"] == "removed" and one["kind"] == "Application":
        assert one["name"] in before.applications - after.applications
    elif one["effect"] == "nothing" and one["kind"] == "RayJob" and re.search("stays", one["reason"]):
        assert where(one) in before.runs & after.runs
