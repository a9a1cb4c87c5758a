"""Approvals: the lines that come of one, and each reason that speaks against it."""

from __future__ import annotations

import pytest

from mlgitops.deliver.approve import Approved, Given, approve
from mlgitops.deliver.release import Place, Unchanged
from mlgitops.errors import UsageError
from mlgitops.findings import Finding
from mlgitops.spec.approvals import LOWERED, RELEASE, policy_of
from mlgitops.spec.documents.release import Release
from tests.deliver.chain import churn, place, version
from tests.spec.example_documents import VERSION, changed, written

MODEL = churn(v2=version("v2", "2026-11-02T05:00:00Z", text=changed(VERSION, "name: tenure", "name: calls")))
"""Whose v2 takes other inputs than v1: medium."""
EVE = Given("model-owner", "@growth/eve", "2026-11-21T11:00:00Z", RELEASE)
SOURCES = {RELEASE: "the rule's text"}


def released(risk: str = "medium", more: str = "") -> Place:
    return place("prod", "v2", f"  supersedes: v1\n  riskLevel: {risk}\n{more}", of=MODEL)


def after(where: Place, change: Approved) -> Place:
    return Place(where.environment, written(Release, change.text, change.path))


def lines(where: Place, given: Given, risk: str) -> str:
    policy = policy_of(given.rule, SOURCES, where.environment.spec.value.spec)
    rule = f"        rule: {given.rule}\n" if given.rule != RELEASE else ""
    return (
        f"    - role: {given.role}\n"
        f'      by: "{given.by}"\n'
        f'      at: "{given.at}"\n'
        "      of:\n"
        f"{rule}"
        "        version: v2\n"
        f"        risk: {risk}\n"
        "        changes: [inputs]\n"
        f"        policy: {policy}\n"
    )


def given(where: Place, one: Given = EVE) -> Approved:
    change = approve(MODEL, where, one, SOURCES)
    assert isinstance(change, Approved), change
    return change


def test_the_lines() -> None:
    where = released()
    assert where.release is not None
    change = given(where)
    assert change.text == where.release.document.text + "  approvals:\n" + lines(where, EVE, "medium")
    assert change.missing == ()


def test_two_roles_one_after_the_other() -> None:
    where = released("high")
    first = given(where)
    assert first.missing == ("ml-platform",)
    kim = EVE._replace(role="ml-platform", by="@platform/kim")
    second = given(after(where, first), kim)
    assert second.missing == ()
    assert second.text == first.text + lines(where, kim, "high")


def test_the_same_again_and_anew() -> None:
    where = released()
    first = given(where)
    later = EVE._replace(at="2026-11-22T11:00:00Z")
    why = "@growth/eve approved churn v2 in prod as model-owner already"
    assert approve(MODEL, after(where, first), later, SOURCES) == Unchanged(why, "v2")
    grown = Place(where.environment, written(Release, first.text.replace("Level: medium", "Level: high"), first.path))
    again = given(grown, later)
    assert again.text.count("role: model-owner") == 1
    assert again.text.endswith(lines(where, later, "high"))


def test_what_people_wrote_by_hand_stays() -> None:
    own = '  approvals: [{role: ml-platform, by: "@platform/kim", at: "2026-11-21T10:00:00Z"}]\n'
    where = released("high", own)
    change = given(where)
    expected = '  approvals:\n    - {role: ml-platform, by: "@platform/kim", at: "2026-11-21T10:00:00Z"}\n'
    assert change.text.endswith(expected + lines(where, EVE, "high"))
    assert change.missing == ()


def test_a_lowered_risk() -> None:
    lowered = EVE._replace(rule=LOWERED)
    where = released("low")
    change = given(where, lowered)
    assert change.text.endswith("  approvals:\n" + lines(where, lowered, "low"))
    why = "the risk of churn v2 in prod is medium, as computed or above"
    assert approve(MODEL, released(), lowered, SOURCES) == Unchanged(why, "v2")


def test_a_risk_that_needs_nobody() -> None:
    why = "prod asks for no approval of low risk"
    assert approve(MODEL, released("low"), EVE, SOURCES) == Unchanged(why, "v2")


@pytest.mark.parametrize("by", ["@growth/churn", "@Growth/Churn", "@ml-platform"])
def test_nobody_approves_their_own_work(by: str) -> None:
    where = released()
    assert where.release is not None
    expected = Finding(
        where.release.document.locate(("spec", "requestedBy")),
        "release/own-approval",
        "error",
        f"an approval must be by somebody else than those who made or asked for it, got {by}",
        "ask another model-owner",
        "/spec/requestedBy",
    )
    assert approve(MODEL, where, EVE._replace(by=by), SOURCES) == [expected]


def test_a_role_that_nobody_asks_for() -> None:
    with pytest.raises(UsageError) as told:
        approve(MODEL, released(), EVE._replace(role="lead"), SOURCES)
    assert str(told.value) == "--role must be one that prod asks for at medium risk: model-owner; got 'lead'"


def test_what_is_not_released_or_not_sound() -> None:
    (finding,) = approve(MODEL, place("prod"), EVE, SOURCES)
    assert finding.code == "release/nothing-released"
    (finding,) = approve(churn(), released(), EVE, SOURCES)
    assert finding.code == "release/record-digest"
