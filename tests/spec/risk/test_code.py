"""How far code differs, each way of it."""

from __future__ import annotations

import pytest

from mlgitops.spec.risk.code import change_of, shape_digest

SERVE = '''\
"""Answers."""

import math


class Churn:
    """Says who leaves."""

    def predict(self, rows):
        # one row an answer
        return [{"label": row > 0.5} for row in rows]
'''


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("import math", "import math", "same"),
        ('"""Answers."""', '"""Answers requests."""', "text"),
        ('    """Says who leaves."""\n\n', "", "text"),
        ("# one row an answer", "# a comment", "text"),
        ("row > 0.5", "row >= 0.5", "body"),
        ("return [", "rows = list(rows)\n        return [", "body"),
        ('{"label":', '{"answer":', "shape"),
        ("def predict(self, rows)", "def predict(self, rows, limit=0.5)", "shape"),
        ("class Churn:", "class Churn(dict):", "shape"),
        ("import math", "import cmath", "shape"),
        ("def predict", "def close(self): ...\n\n    def predict", "shape"),
        ("class Churn:", "class Churn", "shape"),  # no Python at all
    ],
)
def test_one_module(before: str, after: str, expected: str) -> None:
    assert SERVE.count(before) == 1
    assert change_of({"serve.py": SERVE}, {"serve.py": SERVE.replace(before, after)}) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("requirements.txt", "library"),
        ("requirements-serve.in", "library"),
        ("uv.lock", "library"),
        ("README.md", "text"),
        ("words.txt", "shape"),
        ("words.json", "shape"),
    ],
)
def test_other_files(name: str, expected: str) -> None:
    assert change_of({name: "a"}, {name: "b"}) == expected


def test_a_file_that_comes_or_goes_and_the_gravest_of_several() -> None:
    assert change_of({}, {"serve.py": "x = 1"}) == change_of({"serve.py": "x = 1"}, {}) == "shape"
    assert change_of({"a.py": "x = 1", "b.py": "y = 1"}, {"a.py": "x = 1 #", "b.py": "y = 2"}) == "body"


def test_code_too_deep_for_the_parser_counts_as_another() -> None:
    deep = "x = " + "(" * 5000 + ")" * 5000
    assert change_of({"a.py": "x = 1"}, {"a.py": deep}) == "shape"


def test_the_digest_of_a_shape() -> None:
    repaired, grown = SERVE.replace("0.5", "0.6"), SERVE.replace("Churn", "Leaving")
    assert shape_digest({"a.py": SERVE}) == shape_digest({"a.py": repaired})
    assert len({shape_digest(files) for files in ({"a.py": SERVE}, {"a.py": grown}, {"b.py": SERVE}, {})}) == 4
    assert shape_digest({"a.txt": "x"}) != shape_digest({"a.txt": "y"})
