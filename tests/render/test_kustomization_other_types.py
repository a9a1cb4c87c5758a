"""A value of another type in the place of one is told; an edit, an addition and a removal are not."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.render.kustomization.other_types import other_types

BEFORE = {"spec": {"on": True, "count": 1, "name": "a", "ports": [{"port": 1}], "labels": {"a": "b"}, "none": None}}
NUMBER, MAP, LIST, TRUTH = "a number or text", "a map", "a list", "true or false"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"on": False, "count": "50%", "name": 5, "ports": [], "labels": {}, "none": {"a": 1}, "new": [1]}, []),
        ({"on": None, "count": None, "ports": [{"port": "web", "more": 1}, "x"]}, []),
        ({"on": "yes"}, [(("on",), TRUTH, NUMBER)]),
        ({"count": True}, [(("count",), NUMBER, TRUTH)]),
        ({"name": ["a"]}, [(("name",), NUMBER, LIST)]),
        ({"labels": "x"}, [(("labels",), MAP, NUMBER)]),
        ({"ports": {"port": 1}}, [(("ports",), LIST, MAP)]),
        ({"ports": ["x"]}, [(("ports", 0), MAP, NUMBER)]),
        ({"ports": [{"port": {}}], "on": 1}, [(("on",), TRUTH, NUMBER), (("ports", 0, "port"), NUMBER, MAP)]),
    ],
)
def test_types(change: dict[str, Any], found: list[Any]) -> None:
    after = {"spec": {**BEFORE["spec"], **change}}
    told = [(pointer[1:], expected, got) for pointer, expected, got in other_types(BEFORE, after)]
    assert told == found


def test_a_removed_field() -> None:
    assert list(other_types(BEFORE, {"spec": {}})) == []
    assert list(other_types(BEFORE, {"spec": "x"})) == [(("spec",), MAP, NUMBER)]
