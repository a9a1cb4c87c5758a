"""What counts of two sets of rules: whose a finding is, and whether the change brought it."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.plan.verdict import (
    BY_BASE,
    BY_CHANGE,
    LAND_FIRST,
    Ways,
    both_ways,
    by_another_tool,
    denied_by_base,
    forgiven,
)
from mlgitops.source import Location

PLACE = Location("specs/churn/model.yaml", 3, 5)
DENIED = Finding(PLACE, "policy/cost.deadline", "error", "too long", "shorten it", "/spec/training", "churn@prod")
FLEET = DENIED._replace(subject="@prod")
DOCUMENT = DENIED._replace(code="env/over-limit")
OF_A_RULE = DENIED._replace(code="policy/metadata", subject="")
WARNED = DENIED._replace(severity="warning")
WAIVED = DENIED._replace(waived="policies/waivers/a.yaml")
STALE = DENIED._replace(code="render/differs")

NOTHING, CHURN = frozenset[str](), frozenset({"churn@prod", "@prod"})


def by_base(finding: Finding) -> Finding:
    message = f"{finding.message} ({BY_BASE})"
    return finding._replace(message=message, hint=LAND_FIRST if finding.fails else finding.hint)


def by_change(finding: Finding) -> Finding:
    return finding._replace(message=f"{finding.message} ({BY_CHANGE})")


def not_of_it(finding: Finding) -> Finding:
    return finding._replace(severity="warning", message=f"{finding.message} (not of this change)")


@pytest.mark.parametrize(
    ("old", "new", "touched", "expected"),
    [
        # by the base alone
        ([DENIED], [], CHURN, [by_base(DENIED)]),
        ([DENIED], [], NOTHING, []),
        ([FLEET], [], CHURN, [by_base(FLEET)]),
        ([FLEET], [], NOTHING, []),
        ([DOCUMENT], [], NOTHING, [by_base(DOCUMENT)]),
        ([OF_A_RULE], [], NOTHING, [by_base(OF_A_RULE)]),
        ([WARNED], [], NOTHING, [by_base(WARNED)]),
        ([WAIVED], [], NOTHING, [by_base(WAIVED)]),
        # by both
        ([DENIED], [DENIED], CHURN, [DENIED]),
        ([DENIED], [DENIED], NOTHING, [not_of_it(DENIED)]),
        ([FLEET], [FLEET], NOTHING, [FLEET]),
        ([DOCUMENT], [DOCUMENT], NOTHING, [DOCUMENT]),
        ([WARNED], [WARNED], NOTHING, [WARNED]),
        # by the change alone
        ([], [DENIED], NOTHING, [by_change(DENIED)]),
        ([], [STALE], CHURN, [STALE]),
        # set aside, or another severity, is another finding
        ([DENIED], [WAIVED], CHURN, [by_base(DENIED), by_change(WAIVED)]),
        ([DENIED], [WARNED], CHURN, [by_base(DENIED), by_change(WARNED)]),
        # the same, whatever number it says; at another pointer, or without one and in other words, another
        ([DENIED], [DENIED._replace(message="far too long")], CHURN, [DENIED._replace(message="far too long")]),
        (
            [DENIED],
            [DENIED._replace(pointer="/spec/serving")],
            CHURN,
            [by_change(DENIED._replace(pointer="/spec/serving")), by_base(DENIED)],
        ),
        (
            [DENIED._replace(pointer="")],
            [DENIED._replace(pointer="", message="far too long")],
            CHURN,
            [
                by_change(DENIED._replace(pointer="", message="far too long")),
                by_base(DENIED._replace(pointer="")),
            ],
        ),
    ],
)
def test_both_ways(old: list[Finding], new: list[Finding], touched: frozenset[str], expected: list[Finding]) -> None:
    found = both_ways(Ways(old, new), touched.__contains__)
    assert sorted(found) == sorted(expected)


def test_the_two_halves_by_themselves() -> None:
    assert denied_by_base([DENIED, DOCUMENT], NOTHING.__contains__) == [by_base(DOCUMENT)]
    assert forgiven([DENIED, FLEET, STALE], NOTHING.__contains__) == [not_of_it(DENIED), FLEET, STALE]
    assert forgiven([DENIED], CHURN.__contains__) == [DENIED]


def test_another_tool_cannot_tell_what_is_stale() -> None:
    stale, denied = by_another_tool([STALE, DENIED])
    assert (stale.severity, denied) == ("warning", DENIED)
