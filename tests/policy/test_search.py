"""The search for the smallest document that two rules answer differently about; rules are functions here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from mlgitops.policy.boundaries import Boundaries
from mlgitops.policy.edits import ABSENT, Edit
from mlgitops.policy.search import Answer, Found, Start, seek
from mlgitops.policy.totality import Shape
from mlgitops.policy.words import flip_words, written
from tests.policy.test_edits import SCHEMA

Json = Any
Rule = Callable[[Json], bool]
"""Whether it denies."""

SMALLEST = {
    "spec": {
        "workers": 1,
        "kind": "T4",
        "deadline": None,
        "explain": False,
        "chips": None,
        "labels": {},
        "data": [],
    }
}
LARGE = {"spec": {**SMALLEST["spec"], "workers": 2, "chips": {"type": "T4", "each": 2}}}


def numbers(*found: float) -> Boundaries:
    names = ("workers", "kind", "chips", "each", "type", "deadline")
    return Boundaries((("spec",),), frozenset(("spec", *names)), found, (), 0)


def sought(
    old: Rule,
    new: Rule,
    bounds: Boundaries,
    documents: Sequence[tuple[str, Json]] = (("smallest", SMALLEST),),
    budget: int = 400,
    admit: Callable[[Json], Json | None] = lambda document: document,
) -> tuple[Found, list[Json]]:
    """What is found, and every document that was asked about."""
    asked: list[Json] = []

    def ask(batch: Sequence[Json]) -> list[Answer]:
        asked.extend(batch)
        return [Answer(*("denied" if rule(one) else "allowed" for rule in (old, new))) for one in batch]

    starts = [Start(name, document, admit) for name, document in documents]
    return seek(starts, Shape(SCHEMA), bounds, ask, budget), asked


def workers_over(limit: int) -> Rule:
    return lambda document: document["spec"]["workers"] > limit


def test_a_loosened_limit() -> None:
    found, asked = sought(workers_over(4), workers_over(16), numbers(4, 16))
    (flip,) = found.flips
    assert flip.direction == ("denied", "allowed")
    assert flip.edits == (Edit(("spec", "workers"), 5),)
    assert found.furthest == {("denied", "allowed"): 16}
    assert found.asked == len(asked)


def test_a_tightened_limit() -> None:
    found, _ = sought(workers_over(16), workers_over(4), numbers(4, 16))
    (flip,) = found.flips
    assert (flip.direction, flip.edits) == (("allowed", "denied"), (Edit(("spec", "workers"), 5),))


def test_the_same_rule_said_otherwise_has_no_witness() -> None:
    found, asked = sought(workers_over(4), lambda document: not document["spec"]["workers"] <= 4, numbers(4))
    assert found.flips == ()
    assert len(asked) > 20


def test_a_number_is_made_small_where_no_boundary_says_how_small() -> None:
    """The rules turn at 7 and at 15; only 16 is named anywhere."""
    found, _ = sought(workers_over(6), workers_over(16), numbers(16))
    (flip,) = found.flips
    assert flip.edits == (Edit(("spec", "workers"), 7),)


def test_two_fields_of_which_the_second_comes_with_the_first() -> None:
    def chips_over(limit: int) -> Rule:
        def rule(document: Json) -> bool:
            chips = document["spec"]["chips"]
            return chips is not None and chips["each"] * document["spec"]["workers"] > limit

        return rule

    found, _ = sought(chips_over(4), chips_over(16), numbers(4, 16))
    (flip,) = found.flips
    assert {edit.pointer for edit in flip.edits} == {("spec", "chips"), ("spec", "workers")}
    assert sorted(str(edit.value) for edit in flip.edits) == ["5", "{'type': 'L4', 'each': 1}"]
    # a document that has the first already needs one edit
    found, _ = sought(chips_over(4), chips_over(16), numbers(4, 16), [("smallest", SMALLEST), ("large", LARGE)])
    (flip,) = found.flips
    assert (flip.start.name, len(flip.edits)) == ("large", 1)


def test_each_direction_has_its_witness() -> None:
    """Up to 4 workers more are denied, from 16 on fewer."""
    old: Rule = lambda document: document["spec"]["workers"] in (3, 17)  # noqa: E731
    new: Rule = lambda document: document["spec"]["workers"] == 4  # noqa: E731
    found, _ = sought(old, new, numbers(4, 16))
    assert {(flip.direction, flip.edits[0].value) for flip in found.flips} == {
        (("denied", "allowed"), 3),
        (("allowed", "denied"), 4),
    }


def test_absence_and_enums_are_boundaries() -> None:
    old: Rule = lambda document: document["spec"]["deadline"] is None  # noqa: E731
    with_deadline = {"spec": {**SMALLEST["spec"], "deadline": "1h"}}
    found, _ = sought(old, lambda _: False, numbers(), [("one", with_deadline)])
    assert found.flips[0].edits == (Edit(("spec", "deadline"), None),)
    old = lambda document: document["spec"]["kind"] == "L4"  # noqa: E731
    found, _ = sought(old, lambda _: False, numbers())
    assert found.flips[0].edits == (Edit(("spec", "kind"), "L4"),)


def test_what_nobody_could_have_is_not_asked_about() -> None:
    found, asked = sought(
        workers_over(4), workers_over(16), numbers(4, 16), admit=lambda d: d if d["spec"]["workers"] < 5 else None
    )
    assert found.flips == ()
    assert max(document["spec"]["workers"] for document in asked) == 4


@pytest.mark.parametrize("budget", [10, 40, 200])
def test_no_more_is_asked_than_the_budget_and_that_is_said(budget: int) -> None:
    found, asked = sought(lambda _: False, lambda _: False, numbers(*range(10, 60, 5)), budget=budget)
    assert (len(asked), found.asked, found.cut) == (budget, budget, True)


def test_all_of_a_small_space_is_asked() -> None:
    bounds = Boundaries((("spec", "explain"),), frozenset(), (), (), 0)
    found, asked = sought(lambda _: False, lambda _: False, bounds)
    assert (len(asked), found.cut) == (2, False)


def test_a_document_on_which_rules_fail_is_no_witness() -> None:
    start = Start("smallest", SMALLEST, lambda document: document)
    found = seek([start], Shape(SCHEMA), numbers(4), lambda batch: [None] * len(batch), 50)
    assert found.flips == ()


MODEL = {
    "spec": {
        "training": {"workers": 4, "accelerators": {"type": "T4", "perWorker": 4}, "deadline": "2h"},
        "serving": {"replicas": {"min": 1, "max": None}, "accelerators": None},
        "data": [{"name": "patients", "region": "eu-west-1"}],
    },
    "metadata": {"owner": None},
}


@pytest.mark.parametrize(
    ("edits", "furthest", "says"),
    [
        ([Edit(("spec", "training", "deadline"), "13h")], None, "training.deadline 13h in dev becomes allowed"),
        ([Edit(("spec", "training", "workers"), 4)], None, "training with 16 T4 in dev becomes allowed"),
        ([Edit(("spec", "training", "workers"), 4)], 8, "training with 16 T4 in dev becomes allowed, and so does 32"),
        (
            [Edit(("spec", "serving", "replicas", "min"), 1)],
            3,
            "serving.replicas.min 1 in dev becomes allowed, and so does 3",
        ),
        ([Edit(("metadata", "owner"), None)], None, "no metadata.owner in dev becomes allowed"),
        ([Edit(("spec", "data", 0, "region"), ABSENT)], None, "no data[0].region in dev becomes allowed"),
        (
            [Edit(("spec", "explain"), True), Edit(("spec", "inputs"), [{"name": "a", "range": None}])],
            None,
            'explain true with inputs [{"name": "a"}] in dev becomes allowed',
        ),
        ([], None, "the smallest model in dev becomes allowed"),
    ],
)
def test_words(edits: list[Edit], furthest: Any, says: str) -> None:
    assert flip_words(edits, MODEL, "dev", "allowed", furthest, "the smallest model") == says


def test_what_a_person_would_write() -> None:
    edits = [
        Edit(("spec", "training", "accelerators"), {"type": "T4", "perWorker": 1, "other": None}),
        Edit(("spec", "data", 0, "region"), "us"),
        Edit(("spec", "data", 0, "version"), "v2"),
    ]
    assert written(edits, MODEL) == {
        "spec": {
            "training": {"accelerators": {"type": "T4", "perWorker": 1}},
            "data": [{"name": "patients", "region": "us", "version": "v2"}],
        }
    }
