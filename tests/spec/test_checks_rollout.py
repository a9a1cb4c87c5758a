"""Rollouts that contradict themselves or the versions, each with its place."""

from __future__ import annotations

import pytest

from mlgitops.spec.checks.release import check_release
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.release import Release
from tests.deliver.chain import churn, environment, release_text, version
from tests.spec.example_documents import DIGEST, VERSION, changed, written

MODEL = churn(v4=version("v4", "2026-11-04T05:00:00Z", text=changed(VERSION, "route: /churn", "route: /other")))
V1, V2, V4 = (record_digest(MODEL.versions[name].files) for name in ("v1", "v2", "v4"))


def found(rollout: str, previous: str | None = "v1") -> list[tuple[str, str, str]]:
    """What is wrong with the rollout of v2: code, pointer, message."""
    digests = {"v1": V1, "v2": V2, "v4": V4}
    if previous is not None:
        rollout += f', previous: {{version: {previous}, recordDigest: "{digests.get(previous, DIGEST["0"])}"}}'
    text = release_text("prod", "v2", MODEL, f"  rollout: {{{rollout}}}\n")
    release = written(Release, text, "environments/prod/releases/churn.yaml")
    findings = check_release(environment("prod"), MODEL, release)
    assert all(one.location.line == 10 and one.severity == "error" and one.hint for one in findings)
    return [(one.code, one.pointer.removeprefix("/spec/rollout/"), one.message) for one in findings]


STATE = "release/rollout-state"


@pytest.mark.parametrize(
    "rollout",
    [
        "strategy: canary, weight: 0",
        "strategy: canary, weight: 7",
        "strategy: blueGreen, weight: 100",
        "strategy: abTest, weight: 50",
        "strategy: abTest, weight: 0, cohort: {name: X-Cohort, value: b}",
        "strategy: shadow, weight: 0, mirror: true",
        "strategy: shadow, weight: 100",
        "strategy: canary, weight: 0, aborted: true",
    ],
)
def test_steps_that_there_are(rollout: str) -> None:
    assert found(rollout) == []


def test_one_that_is_over() -> None:
    assert found("strategy: shadow, weight: 100", None) == []


@pytest.mark.parametrize(
    ("rollout", "previous", "key", "message"),
    [
        (
            "strategy: canary, weight: 25",
            None,
            "weight",
            "weight must be 100 where no previous release serves, got 25",
        ),
        (
            "strategy: shadow, weight: 100, aborted: true",
            None,
            "aborted",
            "aborted must be absent where no previous release serves: the rollout is over",
        ),
        (
            "strategy: abTest, weight: 100, cohort: {name: a, value: b}",
            None,
            "cohort",
            "cohort must be absent where no previous release serves: the rollout is over",
        ),
        (
            "strategy: canary, weight: 5",
            "v2",
            "previous",
            "previous must be another version than the one that is released, got v2 twice",
        ),
        (
            "strategy: canary, weight: 5, aborted: true",
            "v1",
            "aborted",
            "an aborted rollout must send nothing to v2, got weight 5",
        ),
        (
            "strategy: blueGreen, weight: 50",
            "v1",
            "weight",
            "weight must be 0 or 100 for blueGreen, which sends requests to one release, got 50",
        ),
        (
            "strategy: canary, weight: 0, mirror: true",
            "v1",
            "mirror",
            "mirror must be of a shadow with weight 0, got canary with weight 0",
        ),
        (
            "strategy: shadow, weight: 100, mirror: true",
            "v1",
            "mirror",
            "mirror must be of a shadow with weight 0, got shadow with weight 100",
        ),
        (
            "strategy: canary, weight: 5, cohort: {name: a, value: b}",
            "v1",
            "cohort",
            "cohort must be of an abTest, got canary",
        ),
    ],
)
def test_contradictions(rollout: str, previous: str | None, key: str, message: str) -> None:
    assert found(rollout, previous) == [(STATE, key, message)]


def test_a_previous_release_without_its_record() -> None:
    message = "previous must be one of the model's versions (v1, v2, v3, v4), got 'v9'"
    assert found("strategy: canary, weight: 5", "v9") == [("release/unknown-version", "previous/version", message)]


def test_a_previous_record_that_was_changed() -> None:
    message = (
        f"recordDigest must be {record_digest(MODEL.versions['v3'].files)}, that of versions/v3; got {DIGEST['0']}"
    )
    expected = [("release/record-digest", "previous/recordDigest", message)]
    assert found("strategy: canary, weight: 5", "v3") == expected


@pytest.mark.parametrize("strategy", ["canary", "abTest", "shadow"])
def test_routes_that_cannot_be_shared(strategy: str) -> None:
    message = f"both releases of a rollout must have one route for {strategy}, got /other of v4 and /churn of v2"
    assert found(f"strategy: {strategy}, weight: 0", "v4") == [("release/rollout-route", "strategy", message)]
    assert found("strategy: blueGreen, weight: 0", "v4") == []
