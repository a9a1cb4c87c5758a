"""Promotion: the whole file that comes of it, and each reason that speaks against one."""

from __future__ import annotations

import pytest

from mlgitops.deliver.promote import promote
from mlgitops.deliver.release import NewRelease, Place, Unchanged
from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
from mlgitops.spec.digests import record_digest
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.release import Release
from tests.deliver.chain import ASKED, churn, environment, place, release_text, version
from tests.spec.example_documents import DIGEST, VERSION, changed, written

MODEL = churn()
V1, V2 = (record_digest(MODEL.versions[name].files) for name in ("v1", "v2"))

PROMOTED = f"""\
# yaml-language-server: $schema=../../../schemas/release.json
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {{name: churn, environment: prod}}
spec:
  version: v2
  recordDigest: {V2}
  supersedes: v1
  promotedFrom: staging
  riskLevel: high
  requestedBy: "@growth/churn"
  requestedAt: "2026-11-21T10:00:00Z"
  reason: Better on new customers.
  rollout:
    strategy: blueGreen
    weight: 0
    previous: {{version: v1, recordDigest: "{V1}"}}
"""

FROM = "  riskLevel: high\n  reason: Better on new customers.\n"
APPROVED = '  approvals: [{role: model-owner, by: "@growth/lead", at: "2026-11-03T00:00:00Z"}]\n'


def promoted(source: Place, target: Place) -> NewRelease:
    change = promote(MODEL, source, target, ASKED)
    assert isinstance(change, NewRelease), change
    return change


def test_the_file() -> None:
    change = promoted(place("staging", "v2", FROM + APPROVED), place("prod", "v1", APPROVED))
    assert change.text == PROMOTED
    assert change.path == "environments/prod/releases/churn.yaml"
    assert change.former == "v1"
    assert change.approvals == ("model-owner", "ml-platform")
    assert not change.older
    assert change.release.spec.approvals == []


def test_the_first_release_there_supersedes_nothing() -> None:
    change = promoted(place("staging", "v2", FROM), place("prod"))
    alone = PROMOTED.partition("  rollout:\n")[0]
    assert change.text == changed(alone, "  supersedes: v1\n", "")
    assert change.former is None


def test_a_reason_of_its_own() -> None:
    change = promote(MODEL, place("staging", "v2", FROM), place("prod", "v1"), ASKED._replace(reason="A quiet week"))
    assert isinstance(change, NewRelease)
    assert change.text == changed(PROMOTED, "Better on new customers.", "A quiet week")


def test_the_comments_on_top_of_the_former_file_stay() -> None:
    former = place("prod", "v1")
    assert former.release is not None
    text = "# Ask growth before a release on a Friday.\n" + former.release.document.text
    commented = Place(former.environment, written(Release, text, former.release.document.path))
    change = promoted(place("staging", "v2", FROM), commented)
    assert change.text == "# Ask growth before a release on a Friday.\n" + PROMOTED


def test_the_result_promoted_again_is_nothing_to_do() -> None:
    source, target = place("staging", "v2", FROM), place("prod", "v1")
    change = promoted(source, target)
    now = Place(target.environment, written(Release, change.text, change.path))
    later = ASKED._replace(at="2026-12-01T00:00:00Z", reason="Other", by="@growth/other")
    assert promote(MODEL, source, now, later) == Unchanged("churn in prod is v2 already, as in staging", "v2")


def test_going_back_is_seen() -> None:
    assert promoted(place("staging", "v1"), place("prod", "v3")).older


def findings(source: Place, target: Place) -> list[Finding]:
    result = promote(MODEL, source, target, ASKED)
    assert isinstance(result, list)
    return result


def line_of(where: DeclaredEnvironment, text: str) -> int:
    lines = where.spec.document.text.split("\n")
    return 1 + next(number for number, line in enumerate(lines) if text in line)


def test_past_an_environment() -> None:
    target = place("prod", "v1")
    at = Location("environments/prod/environment.yaml", line_of(target.environment, "promotesFrom"), 17)
    message = "prod must be promoted to from 'staging', its promotesFrom, got 'dev'"
    code, hint = "release/promotion-path", "promote --from staging"
    assert findings(place("dev", "v2"), target) == [Finding(at, code, "error", message, hint, "/spec/promotesFrom")]


def test_to_a_first_environment() -> None:
    (finding,) = findings(place("staging", "v2"), place("dev", "v1"))
    assert finding.message == "dev must be promoted to from no other environment, its promotesFrom, got 'staging'"
    assert finding.hint == "a first environment gets its versions from training"


def test_nothing_released_where_it_comes_from() -> None:
    at = Location("environments/staging/releases/churn.yaml")
    message, hint = "a version of churn must serve in staging, got no release", "release a version in staging first"
    assert findings(place("staging"), place("prod", "v1")) == [
        Finding(at, "release/nothing-released", "error", message, hint)
    ]


def test_a_record_that_was_changed_after_the_release() -> None:
    source = place("staging")
    text = changed(release_text("staging", "v2", MODEL), V2, DIGEST["0"])
    source = Place(source.environment, written(Release, text, "environments/staging/releases/churn.yaml"))
    (finding,) = findings(source, place("prod", "v1"))
    assert (finding.code, str(finding.location)) == (
        "release/record-digest",
        "environments/staging/releases/churn.yaml:7:17",
    )
    assert finding.message == f"recordDigest must be {V2}, that of versions/v2; got {DIGEST['0']}"


def test_a_release_of_the_same_version_with_another_digest_is_not_nothing_to_do() -> None:
    text = changed(release_text("prod", "v2", MODEL), V2, DIGEST["0"])
    target = Place(environment("prod"), written(Release, text, "environments/prod/releases/churn.yaml"))
    (finding,) = findings(place("staging", "v2"), target)
    assert (finding.code, finding.location.path) == (
        "release/record-digest",
        "environments/prod/releases/churn.yaml",
    )


def test_a_version_without_a_record() -> None:
    (finding,) = findings(place("staging", "v9"), place("prod", "v1"))
    assert finding.code == "release/unknown-version"


def test_a_record_that_is_not_sound() -> None:
    other = version("v4", "2026-11-04T05:00:00Z")
    text = other.record.document.text.replace("  signature:", "  artifactOf: v9\n  signature:")
    path = other.record.document.path
    from mlgitops.spec.documents.version import Version

    broken = other.__class__(written(Version, text, path), other.files, other.code)
    result = promote(churn(v4=broken), place("staging", "v2"), place("prod", "v1"), ASKED)
    assert isinstance(result, list)
    assert [finding.code for finding in result] == ["release/unknown-version"]


@pytest.mark.parametrize(
    ("before", "after", "code", "pointer"),
    [
        ("serves: true", "serves: false", "release/no-serving", "/spec/serves"),
        ("  trains: false", "  models: {exclude: [churn]}\n  trains: false", "release/not-selected", "/spec/models"),
        (
            "  trains: false",
            '  removals: [{model: churn, reason: Gone., date: "2026-11-02"}]\n  trains: false',
            "release/not-selected",
            "/spec/models",
        ),
    ],
)
def test_an_environment_that_cannot_have_it(before: str, after: str, code: str, pointer: str) -> None:
    document = environment("prod").spec.document
    text = changed(document.text, before, after)
    where = DeclaredEnvironment(written(Environment, text, document.path))
    (finding,) = findings(place("staging", "v2"), Place(where, None))
    assert (finding.code, finding.pointer, finding.location.path) == (code, pointer, document.path)
    assert finding.hint


def versions(after: str) -> DeclaredModel:
    """The model whose v2 serves at another route."""
    other = version("v2", "2026-11-02T05:00:00Z", text=changed(VERSION, "route: /churn", f"route: {after}"))
    return churn(v2=other)


def test_the_risk_is_computed_and_stays_raised() -> None:
    source, target = place("staging", "v2"), place("prod", "v1")
    computed = promoted(source, target)
    assert (computed.release.spec.riskLevel, computed.factors) == ("low", ())
    assert promoted(place("staging", "v2", FROM), target).release.spec.riskLevel == "high"
    lower = promote(MODEL, place("staging", "v2", FROM), target, ASKED, "low")
    assert isinstance(lower, NewRelease)
    assert (lower.release.spec.riskLevel, lower.release.spec.rollout) == ("low", None)
    higher = promote(versions("/other"), place("staging", "v2", of=versions("/other")), target, ASKED)
    assert isinstance(higher, NewRelease)
    assert [(one.change, one.level) for one in higher.factors] == [("serving API", "medium")]


@pytest.mark.parametrize(
    ("strategy", "route", "expected"),
    [
        ("rolling", "/churn", None),
        ("canary", "/churn", "canary"),
        ("abTest", "/churn", "abTest"),
        ("shadow", "/churn", "shadow"),
        ("blueGreen", "/other", "blueGreen"),
        ("canary", "/other", "blueGreen"),
        ("shadow", "/other", "blueGreen"),
    ],
)
def test_the_first_step_of_a_strategy(strategy: str, route: str, expected: str | None) -> None:
    model = versions(route)
    where = environment("prod", more=f"  strategies: {{medium: {strategy}}}\n")
    present = place("prod", "v1")
    change = promote(model, place("staging", "v2", of=model), Place(where, present.release), ASKED, "medium")
    assert isinstance(change, NewRelease)
    rollout = change.release.spec.rollout
    assert (rollout and rollout.strategy) == expected
    if rollout is not None:
        assert rollout.previous is not None
        assert (rollout.weight, rollout.previous.version, rollout.previous.recordDigest) == (0, "v1", V1)


def test_not_while_a_rollout_is_under_way() -> None:
    more = f'  rollout: {{strategy: canary, weight: 5, previous: {{version: v1, recordDigest: "{V1}"}}}}\n'
    for source, target in (
        (place("staging", "v2", more), place("prod", "v1")),
        (place("staging", "v3"), place("prod", "v2", more)),
    ):
        (finding,) = findings(source, target)
        assert (finding.code, finding.pointer) == ("release/rollout-under-way", "/spec/rollout")
