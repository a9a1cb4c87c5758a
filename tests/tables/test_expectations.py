"""Expectations: each aspect is seen to break, counted, with the lines where it first does."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.spec.documents.model import Expectation
from mlgitops.tables.expectations import Breach, Checked, check


def checked(cells: list[str], **expected: Any) -> Checked:
    one = Expectation.model_validate({"column": "c", **expected})
    return check(("a", "c"), ((line, ["", cell]) for line, cell in enumerate(cells, 2)), [one])


@pytest.mark.parametrize(
    ("expected", "cells", "breach"),
    [
        ({"type": "int64"}, ["1", "x", "1.0", ""], Breach(0, "type", 2, (3, 4))),
        ({"nullable": False}, ["1", "", "NA"], Breach(0, "nullable", 2, (3, 4))),
        ({"unique": True}, ["1", "2", "1", "1 ", "", ""], Breach(0, "unique", 2, (4, 5))),
        ({"range": [0, 10]}, ["0", "10", "10.1", "-1", "x", ""], Breach(0, "range", 3, (4, 5, 6))),
        ({"values": [0, 1]}, ["0", "1.0", "2", "true"], Breach(0, "values", 2, (4, 5))),
        ({"values": [True]}, ["True", "false", "1"], Breach(0, "values", 2, (3, 4))),
        ({"values": ["a", "1"]}, ["a", "1", "A", "1.0"], Breach(0, "values", 2, (4, 5))),
        ({"type": "int64", "range": [0, 1]}, ["x", "x", "1"], Breach(0, "type", 2, (2, 3))),
        ({"range": [0, 1]}, ["7"] * 9, Breach(0, "range", 9, (2, 3, 4, 5, 6))),
    ],
)
def test_each_aspect(expected: dict[str, Any], cells: list[str], breach: Breach) -> None:
    assert checked(cells, **expected) == Checked(len(cells), (breach,))


def test_a_column_that_is_not_there() -> None:
    one = Expectation(column="gone", type="int64")
    assert check(("a",), [(2, ["1"])], [one]) == Checked(1, (Breach(0, "column"),))


def test_what_is_as_expected() -> None:
    assert checked(["1", "", "3"], type="int64", range=[1, 3], unique=True) == Checked(3, ())
    assert checked([]) == Checked(0, ())


def test_more_different_cells_than_are_remembered() -> None:
    cells = [str(number) for number in range(20_000)]
    assert checked(cells, range=[0, 19_998]).breaches == (Breach(0, "range", 1, (20_001,)),)
