"""Comparing values field by field."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.plan.fields import compare

CASES: list[tuple[str, Any, Any, list[str]]] = [
    ("equal", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, []),
    ("leaf", {"a": {"b": 1}}, {"a": {"b": 2}}, ["a.b: 1 → 2"]),
    ("true is not one", {"a": True}, {"a": 1}, ["a: true → 1"]),
    ("added", {}, {"a": {"b": 1}}, ['a: + {"b": 1}']),
    ("removed", {"a": 1, "b": 2}, {"b": 2}, ["a: - 1"]),
    ("null is a value", {"a": None}, {}, ["a: - null"]),
    (
        "named items move, which is told once",
        {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
        {"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}]},
        ['env[A].value: "1" → "3"', 'env[order]: ["A", "B"] → ["B", "A"]'],
    ),
    ("plain items by place", {"a": [1, 2]}, {"a": [1, 3, 4]}, ["a[1]: 2 → 3", "a[2]: + 4"]),
    ("names that repeat are no names", [{"name": "A"}], [{"name": "A"}, {"name": "A"}], ['[1]: + {"name": "A"}']),
    (
        "a document in text",
        {"spec": {"serveConfigV2": "applications:\n- name: churn\n  route_prefix: /a\n"}},
        {"spec": {"serveConfigV2": "applications:\n- name: churn\n  route_prefix: /b\n"}},
        ['spec.serveConfigV2.applications[churn].route_prefix: "/a" → "/b"'],
    ),
    (
        "a document that only reads differently",
        {"serveConfigV2": "a: 1\n"},
        {"serveConfigV2": "a:   1\n"},
        ['serveConfigV2: "a: 1\\n" → "a:   1\\n"'],
    ),
    (
        "a JSON object in text",
        {"data": {"run.json": '{"hyperparameters": {"epochs": 40}, "seed": 1}'}},
        {"data": {"run.json": '{"hyperparameters": {"epochs": 60}, "seed": 1}'}},
        ["data.run.json.hyperparameters.epochs: 40 → 60"],
    ),
    ("what only begins like JSON", {"a": "{x"}, {"a": "{y"}, ['a: "{x" → "{y"']),
    ("JSON that only reads differently", {"a": '{"b":1}'}, {"a": '{"b": 1}'}, ['a: "{\\"b\\":1}" → "{\\"b\\": 1}"']),
    (
        "long texts from where they differ",
        {"train.py": "# one\n" * 20 + "epochs = 1\n" + "# two\n" * 20},
        {"train.py": "# one\n" * 20 + "epochs = 2\n" + "# two\n" * 20},
        [
            "train.py: …ne\\n# one\\nepochs = 1\\n# two\\n# two\\n# two\\n# two\\n# two\\n…"
            " → …ne\\n# one\\nepochs = 2\\n# two\\n# two\\n# two\\n# two\\n# two\\n…"
        ],
    ),
    ("long texts that begin differently", {"a": "x" * 70}, {"a": "y" * 70}, [f'a: "{"x" * 58}… → "{"y" * 58}…']),
    (
        "digests, their first digits",
        {"a": f"sha256:{'0123456789abcdef' * 4}"},
        {"a": f"sha256:{'fedcba9876543210' * 4}"},
        ['a: "sha256:0123456789ab" → "sha256:fedcba987654"'],
    ),
    (
        "digests that begin alike, as many as tell them apart",
        {"a": f"sha256:{'0' * 20}{'1' * 44}"},
        {"a": f"sha256:{'0' * 20}{'2' * 44}"},
        [f'a: "sha256:{"0" * 20}1" → "sha256:{"0" * 20}2"'],
    ),
    (
        "digests within texts",
        {"image": f"r.example.com/ray:2@sha256:{'a' * 64}", "more": [{"tree": "c" * 40}]},
        {"image": f"r.example.com/ray:2@sha256:{'b' * 64}", "more": []},
        [
            'image: "r.example.com/ray:2@sha256:aaaaaaaaaaaa" → "r.example.com/ray:2@sha256:bbbbbbbbbbbb"',
            'more[0]: - {"tree": "cccccccccccc"}',
        ],
    ),
    ("a long number is no digest", {"a": "0" * 41}, {}, [f'a: - "{"0" * 41}"']),
    ("another type", {"a": [1]}, {"a": {"b": 1}}, ['a: [1] → {"b": 1}']),
]


@pytest.mark.parametrize(("before", "after", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_compare(before: Any, after: Any, expected: list[str]) -> None:
    assert [str(change) for change in compare(before, after)] == expected
