"""Boundaries that a rule names, and the edits of a document that they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.policy.boundaries import Boundaries, boundaries
from mlgitops.policy.edits import ABSENT, Edit, edited, edits_of
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape
from tests.policy.test_changed import rule

OLD = """\
package mlgitops.cost.chips

deny contains {"pointer": "/spec/workers", "message": message} if {
	input.spec.workers > 4
	input.spec.kind in {"T4", "A100"}
	some type, limit in input.environment.limits.accelerators
	message := sprintf("at most %d", [limit.perModel])
}
"""
NEW = OLD.replace("> 4", "> 16")
ENVIRONMENT = {"name": "dev", "limits": {"accelerators": {"L4": {"perModel": 8}}, "deadline": "6h"}}


def bounds_of(old: str = OLD, new: str = NEW, data: Any = None, environment: Any = None) -> Boundaries:
    sides = [(rules := RuleSet([rule("cost.chips", text)], {}, data or {}), rules.rules[0]) for text in (old, new)]
    return boundaries(sides, [environment or ENVIRONMENT])


def test_both_texts_and_the_limits_that_are_read() -> None:
    found = bounds_of()
    assert found.paths == (("spec", "kind"), ("spec", "workers"))
    assert found.numbers == (4.0, 8.0, 16.0)
    assert {"T4", "A100", "L4"} <= set(found.words)
    assert "6h" not in found.words, "the deadline is not read"
    assert not {"pointer", "message", "/spec/workers", "at most %d"} & set(found.words)
    assert found.cut == 0


def test_data_that_is_looked_up_with_its_keys() -> None:
    text = OLD.replace('{"T4", "A100"}', "data.mlgitops_data.kinds.allowed")
    found = bounds_of(text, text, {"kinds": {"allowed": {"H100": 640}}, "teams": {"growth": 7}})
    assert {"H100", "allowed"} <= set(found.words)
    assert "growth" not in found.words
    assert 640.0 in found.numbers
    assert 7.0 not in found.numbers


def test_values_beyond_the_most_are_counted() -> None:
    text = OLD.replace('{"T4", "A100"}', "data.mlgitops_data.kinds")
    found = bounds_of(text, text, {"kinds": [f"kind-{number:03}" for number in range(100)]})
    assert len(found.words) == 60
    assert found.cut >= 40


SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "workers": {"type": "integer", "minimum": 1, "maximum": 17},
                "kind": {"enum": ["T4", "L4"]},
                "deadline": {"anyOf": [{"type": "string", "pattern": "^[1-9][0-9]*(s|m|h)$"}, {"type": "null"}]},
                "explain": {"type": "boolean"},
                "chips": {
                    "anyOf": [
                        {
                            "type": "object",
                            "properties": {
                                "type": {"enum": ["T4", "L4"]},
                                "each": {"type": "integer", "default": 1},
                            },
                        },
                        {"type": "null"},
                    ]
                },
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "data": {"type": "array", "items": {"type": "object", "properties": {"region": {"type": "string"}}}},
            },
        }
    },
}
DOCUMENT = {
    "spec": {
        "workers": 2,
        "kind": "T4",
        "deadline": "1h",
        "explain": False,
        "chips": None,
        "labels": {},
        "data": [{"region": "eu"}, {"region": "us"}],
    }
}


@pytest.mark.parametrize(
    ("path", "numbers", "words", "expected"),
    [
        # limits one less, the same, one more; the schema's ends; nearest first, and nothing that does not fit
        (("spec", "workers"), (4.0, 16.0), (), [1, 3, 4, 5, 15, 16, 17]),
        (("spec", "kind"), (), ("A100",), ["L4"]),
        (("spec", "explain"), (), (), [True]),
        (("spec", "deadline"), (), ("6h", "growth"), ["6h", "5h", "7h", "2h", None]),
        (("spec", "deadline"), (90.0,), (), ["2h", "90s", "89s", "91s", None]),
        (("spec", "chips"), (), (), [{"type": "T4", "each": 1}, {"type": "L4", "each": 1}]),
        (("spec", "labels", "forbidden"), (), ("model",), ["model", "another"]),
        (("spec", "data", "*", "region"), (), ("us",), ["us", "another", "another"]),
    ],
)
def test_values_of_a_field(path: tuple[str, ...], numbers: Any, words: Any, expected: list[Any]) -> None:
    found = edits_of(DOCUMENT, Shape(SCHEMA), Boundaries((path,), frozenset(path), numbers, words, 0))
    assert [edit.value for edit in found] == expected
    assert all(edited(DOCUMENT, (edit,)) != DOCUMENT for edit in found)


def test_a_prefix_asks_for_all_below_it_and_for_what_is_named_first() -> None:
    found = edits_of(
        DOCUMENT, Shape(SCHEMA), Boundaries((("spec",),), frozenset(("spec", "workers", "kind")), (), (), 0)
    )
    assert [edit.pointer[-1] for edit in found[:2]] == ["kind", "workers"]
    assert {edit.pointer for edit in found} >= {("spec", "chips"), ("spec", "workers"), ("spec", "kind")}
    assert ("spec", "explain") not in {edit.pointer for edit in found}, "the rule does not name it"


def test_what_nobody_wrote_a_schema_for() -> None:
    """A pod's fields: another boolean, nothing at all, and keys that the rule names."""
    pod = {"pods": [{"spec": {"hostNetwork": False}}]}
    schema = {"type": "object", "properties": {"pods": {"type": "array", "items": {"type": "object"}}}}
    bounds = Boundaries((("pods",),), frozenset(("spec", "hostNetwork", "hostPID")), (), (), 0)
    found = edits_of(pod, Shape(schema), bounds)
    assert Edit(("pods", 0, "spec", "hostNetwork"), True) in found
    assert Edit(("pods", 0, "spec", "hostNetwork"), ABSENT) in found
    assert Edit(("pods", 0, "spec", "hostPID"), True) in found


def test_edits_share_what_they_do_not_touch() -> None:
    after = edited(DOCUMENT, (Edit(("spec", "data", 1, "region"), "eu"), Edit(("spec", "kind"), ABSENT)))
    assert after["spec"]["data"] == [{"region": "eu"}, {"region": "eu"}]
    assert "kind" not in after["spec"]
    assert after["spec"]["data"][0] is DOCUMENT["spec"]["data"][0]  # type: ignore[index]
    assert DOCUMENT["spec"]["kind"] == "T4"
