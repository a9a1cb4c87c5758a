"""Rollouts: every step of every strategy, the way back, and that a step changes nothing but its own lines."""

from __future__ import annotations

import pytest

from mlgitops.deliver.promote import promote
from mlgitops.deliver.release import NewRelease, Place, Unchanged
from mlgitops.deliver.rollout import Step, abort, next_step
from mlgitops.findings import Finding
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.release import Release
from tests.deliver.chain import ASKED, churn, environment, place
from tests.spec.example_documents import written

MODEL = churn()
V1 = record_digest(MODEL.versions["v1"].files)
PREVIOUS = f'    previous: {{version: v1, recordDigest: "{V1}"}}\n'


def begun(strategy: str, more: str = "") -> Place:
    """prod, where v2 was promoted beside v1."""
    where = environment("prod", more=f"  strategies: {{medium: {strategy}}}\n{more}")
    change = promote(MODEL, place("staging", "v2"), Place(where, place("prod", "v1").release), ASKED, "medium")
    assert isinstance(change, NewRelease)
    return at(where, change.text)


def at(where: DeclaredEnvironment, text: str) -> Place:
    return Place(where, written(Release, text, "environments/prod/releases/churn.yaml"))


def rollout_lines(text: str) -> str:
    return text.partition("  rollout:\n")[2]


def walk(where: Place) -> list[str]:
    """The lines of the rollout in each step, to its end."""
    found = []
    while not isinstance(step := next_step(MODEL, where, ASKED), Unchanged):
        assert isinstance(step, Step), step
        assert where.release is not None
        before, after = where.release.document.text, step.text
        assert before.partition("  rollout:\n")[0] == after.partition("  rollout:\n")[0]
        assert step.release.spec.version == "v2"
        found.append(rollout_lines(after))
        where = at(where.environment, after)
    return found


@pytest.mark.parametrize(
    ("strategy", "more", "between"),
    [
        ("canary", "", ["    weight: 5\n", "    weight: 25\n"]),
        ("canary", "  rollouts: {canary: {weights: [50, 1]}}\n", ["    weight: 1\n", "    weight: 50\n"]),
        ("blueGreen", "", []),
        ("abTest", "", ["    weight: 50\n"]),
        ("abTest", "  rollouts: {abTest: {weight: 10}}\n", ["    weight: 10\n"]),
        (
            "abTest",
            "  rollouts: {abTest: {cohort: {by: cookie, name: beta, value: b}}}\n",
            ["    weight: 0\n    cohort: {by: cookie, name: beta, value: b}\n"],
        ),
        ("shadow", "", ["    weight: 0\n    mirror: true\n"]),
    ],
)
def test_every_step(strategy: str, more: str, between: list[str]) -> None:
    first = f"    strategy: {strategy}\n"
    where = begun(strategy, more)
    assert where.release is not None
    assert rollout_lines(where.release.document.text) == first + "    weight: 0\n" + PREVIOUS
    expected = [first + step + PREVIOUS for step in (*between, "    weight: 100\n")]
    assert walk(where) == [*expected, first + "    weight: 100\n"]


def test_a_weight_of_ones_own_goes_on_to_the_next_above() -> None:
    where = begun("canary")
    assert where.release is not None
    step = next_step(MODEL, at(where.environment, where.release.document.text.replace("weight: 0", "weight: 7")), ASKED)
    assert isinstance(step, Step)
    assert step.release.spec.rollout is not None
    assert step.release.spec.rollout.weight == 25


def test_what_people_added_stays_where_it_is() -> None:
    where = begun("canary")
    assert where.release is not None
    approval = '  approvals:\n    # by telephone\n    - {role: lead, by: "@growth/eve", at: "2026-11-21T11:00:00Z"}\n'
    text = where.release.document.text.replace("  rollout:\n", approval + "  rollout:\n") + "  # the end\n"
    step = next_step(MODEL, at(where.environment, text), ASKED)
    assert isinstance(step, Step)
    assert step.text == text.replace("    weight: 0\n", "    weight: 5\n")


def test_a_file_that_people_laid_out_otherwise_is_written_anew() -> None:
    where = begun("canary")
    assert where.release is not None
    head = where.release.document.text.partition("  rollout:\n")[0]
    flow = f'  rollout: {{strategy: canary, weight: 0, previous: {{version: v1,\n    recordDigest: "{V1}"}}}}\n'
    step = next_step(MODEL, at(where.environment, head + flow), ASKED)
    assert isinstance(step, Step)
    assert step.text == head + "  rollout:\n    strategy: canary\n    weight: 5\n" + PREVIOUS


@pytest.mark.parametrize(
    ("strategy", "steps"), [("canary", 1), ("canary", 3), ("blueGreen", 1), ("abTest", 1), ("shadow", 1)]
)
def test_abort_sends_all_requests_back_and_the_next_step_removes_what_was_tried(strategy: str, steps: int) -> None:
    where = begun(strategy)
    for _ in range(steps):
        step = next_step(MODEL, where, ASKED)
        assert isinstance(step, Step)
        where = at(where.environment, step.text)
    aborted = abort(MODEL, where)
    assert isinstance(aborted, Step)
    lines = f"    strategy: {strategy}\n    weight: 0\n    aborted: true\n" + PREVIOUS
    assert rollout_lines(aborted.text) == lines
    where = at(where.environment, aborted.text)
    why = "the rollout of churn in prod is aborted: v1 answers; `mlgitops rollout next` ends it"
    assert abort(MODEL, where) == Unchanged(why, "v1")
    end = next_step(MODEL, where, ASKED)
    assert isinstance(end, NewRelease)
    assert end.text == (
        "# yaml-language-server: $schema=../../../schemas/release.json\n"
        "apiVersion: mlgitops.dev/v1alpha1\n"
        "kind: Release\n"
        "metadata: {name: churn, environment: prod}\n"
        "spec:\n"
        "  version: v1\n"
        f"  recordDigest: {V1}\n"
        "  supersedes: v2\n"
        "  promotedFrom: staging\n"
        "  riskLevel: low\n"
        '  requestedBy: "@growth/churn"\n'
        '  requestedAt: "2026-11-21T10:00:00Z"\n'
        "  reason: The rollout of v2 was aborted.\n"
        "  rollout:\n"
        f"    strategy: {strategy}\n"
        "    weight: 100\n"
    )
    over = Unchanged("no rollout of churn is under way in prod: v1 serves alone", "v1")
    assert next_step(MODEL, at(where.environment, end.text), ASKED) == over


def test_where_there_is_none() -> None:
    why = "no rollout of churn is under way in prod: v1 serves alone"
    assert next_step(MODEL, place("prod", "v1"), ASKED) == abort(MODEL, place("prod", "v1")) == Unchanged(why, "v1")


def codes(found: object) -> list[str]:
    assert isinstance(found, list)
    assert all(isinstance(one, Finding) for one in found)
    return [one.code for one in found]


def test_what_speaks_against_a_step() -> None:
    assert codes(next_step(MODEL, place("prod"), ASKED)) == ["release/nothing-released"]
    where = begun("canary")
    assert where.release is not None
    broken = at(where.environment, where.release.document.text.replace(V1, "sha256:" + "0" * 64))
    assert codes(next_step(MODEL, broken, ASKED)) == codes(abort(MODEL, broken)) == ["release/record-digest"]
