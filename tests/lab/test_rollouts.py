"""Who answers while a release takes the place of another: counted, request by request, at a real gateway.

Envoy goes by the HTTPRoute that Argo CD has brought in; each step is what `mlgitops rollout` writes, rendered and
committed. A gateway may spread requests by chance: the bounds here are `ERRORS` standard deviations wide, and one that
does as told leaves them once in 150 000 steps.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from tests.lab.component import wait_until
from tests.lab.conftest import Bootstrapped, Measure
from tests.lab.gateway import GATEWAY_API, Answered, Gateway
from tests.lab.lab import SimulatedLab

ENVIRONMENT, MODEL, NAMESPACE = "prod", "digits", "prod-documents"
HOST, PATH = "models.example.com", "/digits/predict"
APPLICATION = f"{ENVIRONMENT}.{MODEL}.serve"
SETTINGS = f"environments/{ENVIRONMENT}/environment.yaml"
OLD, NEW = "digits-v1", "digits-v2"
ASKED = 1000
"""Requests by which a share is counted."""
ERRORS = 4.5
"""Standard deviations between a share that is right and one that is not."""
IMPROBABLE = 1e-6
"""How probable a run of answers may be before it counts as no chance."""


@pytest.fixture(scope="module")
def gateway(bootstrapped: Bootstrapped, measure: Measure) -> Iterator[Gateway]:
    begun = time.monotonic()
    with Gateway(bootstrapped.lab.plane) as gateway:
        measure("a gateway, in a lab that is up", time.monotonic() - begun)
        yield gateway


class Step(NamedTuple):
    """What was seen while a step went live."""

    answers: list[Answered]
    moves: int
    """How often what is asked of the gateway has changed."""


class Rollout:
    """What a person does, step by step, and who answers meanwhile."""

    def __init__(self, lab: SimulatedLab, gateway: Gateway) -> None:
        self.lab, self.gateway = lab, gateway
        wait_until(lambda: len(self.running()) == 2, f"only {OLD} runs", 30)
        gateway.await_route(NAMESPACE, MODEL)

    def begin(self) -> None:
        """Promote the new version from staging and have it approved: both run then, and the old one answers."""
        mlgitops = self.lab.repository.mlgitops
        mlgitops("promote", MODEL, "--from", "staging", "--to", ENVIRONMENT)
        self._approve()
        self.commit("Start v2 beside v1")

    def step(self, what: str = "next", *, approved: bool = False) -> Step:
        """The next step, with requests from before it until after it."""
        before = self._route()
        with self.gateway.load(HOST, PATH) as answers:
            self.lab.repository.mlgitops("rollout", what, MODEL, "--env", ENVIRONMENT)
            if approved:
                self._approve()
            self.commit(f"rollout {what}")
        after = self._route()
        assert after["uid"] == before["uid"]
        return Step(answers, after["generation"] - before["generation"])

    def _route(self) -> dict[str, Any]:
        path = f"/apis/{GATEWAY_API}/namespaces/{NAMESPACE}/httproutes/{MODEL}"
        return dict(self.lab.api(path)["metadata"])

    def _approve(self) -> None:
        words = ("--env", ENVIRONMENT, "--role", "model-owner", "--by", "@documents/lead")
        self.lab.repository.mlgitops("release", "approve", MODEL, *words)

    def commit(self, message: str) -> None:
        """Render, commit, and wait until it is live."""
        self.lab.repository.render()
        revision = self.lab.push(message, APPLICATION)
        self.lab.wait_application(APPLICATION, revision=revision)
        self.gateway.await_route(NAMESPACE, MODEL)

    def count(self, requests: int = ASKED, path: str = PATH, headers: dict[str, str] | None = None) -> Counter[str]:
        """How many requests each release answers. Raises AssertionError where one is not answered."""
        return counted(self.gateway.ask(HOST, path, headers) for _ in range(requests))

    def running(self) -> dict[str, tuple[str, int]]:
        """RayServices and RayClusters: their uid, and how often what is asked of them has changed."""
        listed = self.lab.objects("rayservices,rayclusters", NAMESPACE)
        return {
            f"{one['kind']}/{one['metadata']['name']}": (one["metadata"]["uid"], one["metadata"]["generation"])
            for one in listed
            if one["metadata"]["name"].startswith(MODEL)
        }

    def changed_files(self) -> set[str]:
        """What the last commit has changed of what is rendered."""
        listed = self.lab.repository.git("show", "--name-only", "--format=", "HEAD", "--", "rendered").splitlines()
        return {path.rpartition("/")[2] for path in listed}


@pytest.fixture
def rollout(lab: SimulatedLab, gateway: Gateway) -> Rollout:
    return Rollout(lab, gateway)


def counted(answers: Iterable[Answered]) -> Counter[str]:
    """How many each release has answered; every request has to be."""
    found = list(answers)
    assert [answer for answer in found if answer.status != 200] == []
    return Counter(answer.release for answer in found)


def assert_share(counts: Counter[str], percent: int) -> None:
    """The new release has answered its share, within the error of counting; exactly, where it is all or nothing."""
    asked, share = counts.total(), percent / 100
    error = ERRORS * math.sqrt(asked * share * (1 - share))
    assert abs(counts[NEW] - asked * share) <= error, f"{dict(counts)}: expected {percent} % ± {error:.0f} for {NEW}"


def longest_without(answers: Iterable[Answered], release: str) -> int:
    """The most requests in a row that a release did not answer."""
    longest = run = 0
    for answer in answers:
        run = 0 if answer.release == release else run + 1
        longest = max(longest, run)
    return longest


def assert_never_less(answers: list[Answered], percent: int) -> None:
    """At no moment did the new release get less than a share: nowhere do too many in a row go to the old one."""
    counted(answers)
    limit = math.log(IMPROBABLE) / math.log(1 - percent / 100) if percent else math.inf
    assert longest_without(answers, NEW) <= limit, f"{longest_without(answers, NEW)} in a row went to {OLD}"


def test_canary(rollout: Rollout, measure: Measure) -> None:
    """0 → 5 → 25 → 100, and the end: only the route moves, and no request fails."""
    assert rollout.count(100) == {OLD: 100}
    rollout.begin()
    assert rollout.count(100) == {OLD: 100}
    both = rollout.running()
    assert {name.rpartition("-")[0] if name.startswith("RayCluster") else name for name in both} == {
        f"{kind}/{release}" for kind in ("RayService", "RayCluster") for release in (OLD, NEW)
    }
    before = meanwhile = 0
    for percent in (5, 25, 100):
        step = rollout.step()
        meanwhile += len(step.answers)
        assert rollout.changed_files() == {"httproute.yaml", "render-key.json"}
        assert rollout.running() == both
        assert step.moves == 1
        assert_never_less(step.answers, before)
        counts = rollout.count()
        assert_share(counts, percent)
        measure(f"answered by the new release at {percent} %", counts[NEW], f"of {ASKED}")
        before = percent
    step = rollout.step()
    assert (counted(step.answers), step.moves) == ({NEW: len(step.answers)}, 0)
    measure("answered while steps went live, and none failed", meanwhile + len(step.answers), "requests")
    assert rollout.count(100) == {NEW: 100}
    assert rollout.running() == {name: one for name, one in both.items() if NEW in name}


def test_abort(rollout: Rollout) -> None:
    """Everything back to the old release at once, and none of what was tried is left after the next step."""
    rollout.begin()
    both = rollout.running()
    for _ in range(2):
        rollout.step()
    step = rollout.step("abort")
    counted(step.answers)
    assert step.moves == 1
    assert rollout.changed_files() == {"httproute.yaml", "render-key.json"}
    assert rollout.running() == both
    assert rollout.count() == {OLD: ASKED}
    step = rollout.step(approved=True)
    assert (counted(step.answers), step.moves) == ({OLD: len(step.answers)}, 0)
    assert rollout.running() == {name: one for name, one in both.items() if OLD in name}


def test_shadow(rollout: Rollout) -> None:
    """The new release gets a copy of every request, by either way to the model; callers see the old one alone."""
    rollout.lab.repository.edit(SETTINGS, "medium: canary", "medium: shadow")
    rollout.begin()
    assert counted(rollout.step().answers).keys() == {OLD}
    asked = rollout.gateway.pods.asked
    for path, reached in ((PATH, PATH), ("/v2/models/digits/infer", "/digits/v2/models/digits/infer")):
        asked.clear()
        assert rollout.count(200, path) == {OLD: 200}
        wait_until(lambda: len(asked) >= 400, "all copies have reached the shadow", 10)
        assert Counter((one.release, one.path) for one in asked) == {(OLD, reached): 200, (NEW, reached): 200}
    counted(rollout.step().answers)
    assert rollout.count(200) == {NEW: 200}


COHORTS = {
    "header": ("{by: header, name: X-Cohort, value: b}", {"X-Cohort": "b"}, {"X-Cohort": "bb"}),
    "cookie": (
        "{by: cookie, name: cohort, value: b}",
        {"Cookie": "x=1; cohort=b; y=2"},
        {"Cookie": "xcohort=b; cohort=bb"},
    ),
}


@pytest.mark.parametrize("by", COHORTS)
def test_cohort(rollout: Rollout, by: str) -> None:
    """An A/B test by who asks: the cohort gets the new release always, and everybody else never."""
    written, within, outside = COHORTS[by]
    rollouts = f"medium: abTest, high: blueGreen}}\n  rollouts: {{abTest: {{cohort: {written}}}}}\n"
    rollout.lab.repository.edit(SETTINGS, "medium: canary, high: blueGreen}\n", rollouts)
    rollout.begin()
    both = rollout.running()
    assert counted(rollout.step().answers).keys() == {OLD}
    for path in (PATH, "/v2/models/digits/infer"):
        assert rollout.count(200, path, within) == {NEW: 200}
        assert rollout.count(200, path, outside) == {OLD: 200}
        assert rollout.count(200, path) == {OLD: 200}
    assert rollout.running() == both
    answers = rollout.step().answers
    assert set(counted(answered(answers))) <= {OLD, NEW}
    print(f"{len(answers) - len(answered(answers))} of {len(answers)} requests were lost when the cohort's rule went")
    assert rollout.count(200) == {NEW: 200}


def answered(answers: list[Answered]) -> list[Answered]:
    """Without the few that Envoy Gateway loses where a rule of a route goes: 503 with nothing in it.

    Seen once. Probably Envoy still has the route when the rule's cluster is gone already.
    """
    lost = [answer for answer in answers if (answer.status, answer.said) == (503, "")]
    assert len(lost) <= 0.01 * len(answers)
    return [answer for answer in answers if answer not in lost]
