"""What serves where, and who is behind whom."""

from __future__ import annotations

import pytest

from mlgitops.deliver.release import Place
from mlgitops.deliver.standing import Standing, in_chain_order, standings
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.documents.environment import Environment
from tests.deliver.chain import churn, environment, place
from tests.spec.example_documents import changed, written

MODEL = churn()


def test_a_row_for_each_place() -> None:
    more = '  supersedes: v2\n  requestedAt: "2026-11-20T10:00:00Z"\n'
    places = [place("dev", "v3", more), place("staging", "v2"), place("prod")]
    assert standings(MODEL, places) == [
        Standing("churn", "dev", "v3", "2026-11-20T10:00:00Z", "v2", None, None, None, "first"),
        Standing("churn", "staging", "v2", None, None, "dev", "dev", "v3", "behind"),
        Standing("churn", "prod", None, None, None, None, "staging", "v2", "behind"),
    ]


@pytest.mark.parametrize(
    ("before", "here", "relation"),
    [
        ("v2", "v2", "same"),
        ("v3", "v2", "behind"),
        ("v2", None, "behind"),
        ("v1", "v2", "ahead"),
        (None, "v2", "ahead"),
        (None, None, "nothing"),
        ("v9", "v2", "differs"),
    ],
)
def test_how_one_stands_to_the_other(before: str | None, here: str | None, relation: str) -> None:
    rows = standings(MODEL, [place("dev", before), place("staging", here)])
    assert [row.relation for row in rows] == ["first", relation]


def test_where_a_model_is_not_there_is_no_row() -> None:
    document = environment("prod").spec.document
    text = changed(document.text, "serves: true", "serves: false")
    silent = DeclaredEnvironment(written(Environment, text, document.path))
    assert [row.environment for row in standings(MODEL, [place("dev", "v1"), Place(silent, None)])] == ["dev"]
    text = changed(document.text, "  trains: false", "  models: {exclude: [churn]}\n  trains: false")
    without = DeclaredEnvironment(written(Environment, text, document.path))
    assert standings(MODEL, [Place(without, None)]) == []
    assert [row.version for row in standings(MODEL, [Place(without, place("prod", "v1").release)])] == ["v1"]


def test_the_order_of_a_chain() -> None:
    names = ("prod", "staging", "dev", "alone")
    assert in_chain_order({name: environment(name) for name in names}) == ["alone", "dev", "staging", "prod"]


def test_a_chain_that_goes_in_a_circle_ends() -> None:
    document = environment("dev").spec.document
    circle = DeclaredEnvironment(written(Environment, document.text + "  promotesFrom: prod\n", document.path))
    every = {"dev": circle, "staging": environment("staging"), "prod": environment("prod")}
    assert sorted(in_chain_order(every)) == ["dev", "prod", "staging"]
