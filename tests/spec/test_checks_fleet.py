"""Routes across all targets: two on one host and path of one gateway are a finding, whole."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.checks.fleet import Route, check_routes

CHURN = Route("c1", "gateway-system/models", "models.example.com", "/churn", "churn@prod")
OTHER = CHURN._replace(subject="revenue@prod")


def located(subject: str) -> Location:
    return Location(f"specs/{subject.partition('@')[0]}/model.yaml", len(subject), 9)


def test_a_clash_is_said_at_the_second_by_name() -> None:
    expected = [
        Finding(
            Location("specs/revenue/model.yaml", 12, 9),
            "spec/route-clash",
            "error",
            "route /churn on models.example.com must belong to one model, got churn@prod and revenue@prod",
            "choose another `serving.route`, or another host for the environment",
            subject="revenue@prod",
            related=((Location("specs/churn/model.yaml", 10, 9), "churn@prod has it"),),
        )
    ]
    assert check_routes([CHURN, OTHER], located) == expected
    assert check_routes([OTHER, CHURN], located) == expected


@pytest.mark.parametrize(
    "route",
    [
        OTHER._replace(cluster="c2"),
        OTHER._replace(gateway="gateway-system/two"),
        OTHER._replace(host="eu.example.com"),
        OTHER._replace(path="/churn/v2"),
    ],
)
def test_what_differs_anywhere_is_silent(route: Route) -> None:
    asked: list[str] = []

    def never(subject: str) -> Location:
        asked.append(subject)
        return located(subject)

    assert check_routes([CHURN, route], never) == []
    assert asked == []


def test_three_on_one_route_are_two_findings() -> None:
    third = CHURN._replace(subject="zeta@prod")
    assert [f.subject for f in check_routes([third, CHURN, OTHER], located)] == ["revenue@prod", "zeta@prod"]


def test_who_was_not_asked_about_has_what_it_has() -> None:
    (found,) = check_routes([CHURN], located, [OTHER])
    assert (found.subject, found.related) == (
        "churn@prod",
        ((Location("specs/revenue/model.yaml", 12, 9), "revenue@prod has it"),),
    )
    assert check_routes([], located, [CHURN, OTHER]) == []
