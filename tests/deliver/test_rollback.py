"""Rollback: to what was superseded, twice the same, never forward past what tries versions first."""

from __future__ import annotations

from mlgitops.deliver.release import NewRelease, Place, Unchanged
from mlgitops.deliver.rollback import rollback
from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.release import Release
from tests.deliver.chain import ASKED, churn, place, version
from tests.spec.example_documents import written

MODEL = churn()
SUPERSEDES = "  supersedes: v2\n  riskLevel: high\n  reason: The newest.\n"


def rolled_back(where: Place, to: str | None = None) -> NewRelease:
    change = rollback(MODEL, where, to, ASKED)
    assert isinstance(change, NewRelease), change
    return change


def after(where: Place, change: NewRelease) -> Place:
    return Place(where.environment, written(Release, change.text, change.path))


def test_the_file() -> None:
    change = rolled_back(place("prod", "v3", SUPERSEDES))
    assert change.text == (
        "# yaml-language-server: $schema=../../../schemas/release.json\n"
        "apiVersion: mlgitops.dev/v1alpha1\n"
        "kind: Release\n"
        "metadata: {name: churn, environment: prod}\n"
        "spec:\n"
        "  version: v2\n"
        f"  recordDigest: {record_digest(MODEL.versions['v2'].files)}\n"
        "  supersedes: v3\n"
        "  promotedFrom: staging\n"
        "  riskLevel: low\n"
        '  requestedBy: "@growth/churn"\n'
        '  requestedAt: "2026-11-21T10:00:00Z"\n'
    )
    assert (change.former, change.older, change.approvals) == ("v3", True, ())


def test_a_first_environment_promotes_from_none() -> None:
    assert "promotedFrom" not in rolled_back(place("dev", "v3", SUPERSEDES)).text


def test_asked_twice_it_stays() -> None:
    where = place("prod", "v3", SUPERSEDES)
    now = after(where, rolled_back(where))
    why = (
        "churn in prod is v2, which supersedes v3, not made before it: it is rolled back already; "
        "name v3 with --to to return to it"
    )
    assert rollback(MODEL, now, None, ASKED) == Unchanged(why, "v2")
    assert rollback(MODEL, now, "v2", ASKED) == Unchanged("churn in prod is v2 already", "v2")


def test_what_was_superseded_by_a_rollback_can_be_returned_to() -> None:
    where = place("prod", "v3", SUPERSEDES)
    change = rolled_back(after(where, rolled_back(where)), "v3")
    assert (change.release.spec.version, change.former, change.older) == ("v3", "v2", False)


def test_an_earlier_version_by_name() -> None:
    change = rolled_back(place("prod", "v3", SUPERSEDES), "v1")
    assert (change.release.spec.version, change.release.spec.supersedes) == ("v1", "v3")


def finding(where: Place, to: str | None = None) -> Finding:
    result = rollback(MODEL, where, to, ASKED)
    assert isinstance(result, list)
    (only,) = result
    return only


def at(line: int, column: int) -> Location:
    return Location("environments/prod/releases/churn.yaml", line, column)


def test_a_younger_version_that_was_never_there() -> None:
    message = "a rollback must go to a version made before v1 or superseded by it, got v3, made later"
    hint = "go forward with `mlgitops promote`, so that prod gets what was tried before it"
    expected = Finding(at(6, 12), "release/not-earlier", "error", message, hint, "/spec/version")
    assert finding(place("prod", "v1"), "v3") == expected


def test_nothing_is_superseded() -> None:
    message = "the release must say what it supersedes to be rolled back, got v1 alone"
    hint = "name an earlier version with --to"
    expected = Finding(at(6, 12), "release/no-predecessor", "error", message, hint, "/spec/version")
    assert finding(place("prod", "v1")) == expected


def test_nothing_is_released() -> None:
    message = "a version of churn must serve in prod, got no release"
    hint = "release a version there first: there is nothing to return from"
    assert finding(place("prod")) == Finding(at(1, 1), "release/nothing-released", "error", message, hint)


def test_a_version_whose_record_is_gone() -> None:
    message = "a version to return to must have its record in versions/ (v1, v2, v3), got 'v9'"
    code = "release/unknown-version"
    where = place("prod", "v3", "  supersedes: v9\n")
    expected = Finding(at(10, 15), code, "error", message, "restore its folder from Git", "/spec/supersedes")
    assert finding(where) == expected
    expected = Finding(at(6, 12), code, "error", message, "name one of these", "/spec/version")
    assert finding(where, "v9") == expected


def test_versions_of_one_second_do_not_swap_for_ever() -> None:
    twin = version("v4", "2026-11-03T05:00:00Z")
    model = churn(v4=twin)
    where = place("prod", "v4", "  supersedes: v3\n", of=model)
    result = rollback(model, where, None, ASKED)
    assert isinstance(result, Unchanged)
    change = rollback(model, where, "v3", ASKED)
    assert isinstance(change, NewRelease)
    assert isinstance(rollback(model, after(where, change), None, ASKED), Unchanged)


def test_the_risk_is_of_what_differs_or_what_is_asked_for() -> None:
    present = place("prod", "v3", SUPERSEDES)
    assert rolled_back(present).release.spec.riskLevel == "low"
    raised = rollback(MODEL, present, None, ASKED, "high")
    assert isinstance(raised, NewRelease)
    assert (raised.release.spec.riskLevel, raised.computed) == ("high", "low")
    assert raised.release.spec.rollout is None  # a return shifts nothing, whatever the strategy


def test_not_while_a_rollout_is_under_way() -> None:
    digest = record_digest(MODEL.versions["v2"].files)
    more = f'  rollout: {{strategy: canary, weight: 5, previous: {{version: v2, recordDigest: "{digest}"}}}}\n'
    (finding,) = rollback(MODEL, place("prod", "v3", SUPERSEDES + more), None, ASKED)
    assert finding == Finding(
        Location("environments/prod/releases/churn.yaml", 13, 12),
        "release/rollout-under-way",
        "error",
        "the rollout of churn v3 in prod must be over first, got weight 5 beside v2",
        "`mlgitops rollout next churn --env prod` until it is over, or `mlgitops rollout abort`",
        "/spec/rollout",
    )
