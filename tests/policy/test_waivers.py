"""What a waiver covers, until when, and that none is forgotten."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mlgitops.findings import Finding
from mlgitops.policy.waivers import Waiver, apply_waivers
from mlgitops.source import Location

PLACE = Location("policies/waivers/churn.yaml", 5, 3)
WAIVER = Waiver(
    PLACE,
    "churn-gpus",
    "cost.gpu-limit",
    "churn",
    "prod",
    "@ml-platform",
    "a larger quota is on its way",
    "ML-1",
    date(2028, 1, 1),
    date(2028, 2, 29),
)
DECIDED = {("cost.gpu-limit", "churn@prod"), ("cost.gpu-limit", "fraud@prod"), ("security.x", "churn@prod")}


def found(code: str = "policy/cost.gpu-limit", subject: str = "churn@prod") -> Finding:
    return Finding(Location("specs/churn/model.yaml", 3, 4), code, "error", "too many", subject=subject)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings if finding.location == PLACE]


def applied(as_of: date, *findings: Finding, waiver: Waiver = WAIVER) -> list[Finding]:
    return apply_waivers(findings or [found()], [waiver], as_of, DECIDED)


def test_a_waiver_that_holds() -> None:
    result = applied(date(2028, 1, 20), found(), found(subject="fraud@prod"), found("policy/security.x"))
    assert [(f.code, f.subject, f.waived, f.fails) for f in result] == [
        ("policy/cost.gpu-limit", "churn@prod", "policies/waivers/churn.yaml", False),
        ("policy/cost.gpu-limit", "fraud@prod", "", True),
        ("policy/security.x", "churn@prod", "", True),
    ]


def test_only_findings_of_rules_are_waived() -> None:
    finding = found("spec/cost.gpu-limit")
    assert applied(date(2028, 1, 20), finding, found())[:1] != []
    assert [f.waived for f in applied(date(2028, 1, 20), finding, found()) if f.code == finding.code] == [""]


@pytest.mark.parametrize(
    ("as_of", "waived", "remark"),
    [
        (date(2018, 2, 28), False, "policy/waiver-not-yet"),
        (date(2027, 12, 31), False, "policy/waiver-not-yet"),
        (date(2028, 1, 1), True, None),
        (date(2028, 2, 14), True, None),
        (date(2028, 2, 15), True, "policy/waiver-expires-soon"),
        (date(2028, 2, 28), True, "policy/waiver-expires-soon"),
        (date(2028, 2, 29), True, "policy/waiver-expires-soon"),
        (date(2028, 3, 1), False, "policy/waiver-expired"),
        (date(2038, 3, 1), False, "policy/waiver-expired"),
    ],
)
def test_days(as_of: date, waived: bool, remark: str | None) -> None:
    result = applied(as_of)
    assert [bool(f.waived) for f in result if f.code == "policy/cost.gpu-limit"] == [waived]
    assert codes(result) == ([remark] if remark else [])


@pytest.mark.parametrize("days", [-3653, -1, 0, 1, 3653])
def test_the_last_day_counts_wholly(days: int) -> None:
    last = date(2028, 2, 29) + timedelta(days)
    waiver = WAIVER._replace(issued=last - timedelta(60), expires=last)
    assert [f.fails for f in applied(last, waiver=waiver) if f.code == "policy/cost.gpu-limit"] == [False]
    after = last + timedelta(1)
    assert [f.fails for f in applied(after, waiver=waiver) if f.code == "policy/cost.gpu-limit"] == [True]


def test_what_is_said_of_waivers_in_full() -> None:
    assert [f for f in applied(date(2028, 3, 1)) if f.location == PLACE] == [
        Finding(
            PLACE,
            "policy/waiver-expired",
            "warning",
            "the waiver 'churn-gpus' held through 2028-02-29, 1 day ago",
            "mend the cause, or ask @ml-platform to renew it",
            subject="churn@prod",
        )
    ]
    assert [f.message for f in applied(date(2028, 2, 20)) if f.location == PLACE] == [
        "the waiver 'churn-gpus' holds through 2028-02-29, 9 days from now"
    ]


def test_a_waiver_that_covers_nothing() -> None:
    assert codes(apply_waivers([], [WAIVER], date(2028, 1, 20), DECIDED)) == ["policy/waiver-unused"]
    assert codes(apply_waivers([], [WAIVER], date(2030, 1, 20), DECIDED)) == ["policy/waiver-unused"]


def test_nothing_is_said_of_waivers_whose_subject_was_not_decided() -> None:
    other = WAIVER._replace(model="other", expires=date(2020, 1, 1))
    assert apply_waivers([found()], [other], date(2028, 1, 20), DECIDED) == [found()]
    assert apply_waivers([found()], [other], date(2028, 1, 20), set()) == [found()]


def test_findings_are_kept_in_order_and_not_lost() -> None:
    findings = [found(subject=f"m{index}@prod") for index in range(5)]
    assert apply_waivers(findings, [], date(2028, 1, 1), DECIDED) == findings
