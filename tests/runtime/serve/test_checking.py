"""A record over HTTP becomes the numbers that the same values in a table become."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgitops.runtime.matrix import matrix_of_columns
from mlgitops.runtime.serve.bodies import records_of
from mlgitops.runtime.serve.checking import FLOAT32, Checker
from mlgitops.runtime.serve.refusal import Refusal
from mlgitops.spec.documents.model import Feature

INPUTS = [
    Feature(name="f32", type="float32", nullable=True),
    Feature(name="f64", type="float64", nullable=True),
    Feature(name="i32", type="int32", nullable=True),
    Feature(name="i64", type="int64", nullable=True),
    Feature(name="bool", type="bool", nullable=True),
    Feature(name="text", type="string", values=["a", "b", "ü"], nullable=True),
    Feature(name="time", type="timestamp", nullable=True),
]
FLOATS = st.floats(-FLOAT32, FLOAT32)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "f32": FLOATS,
    "f64": FLOATS,
    "i32": st.integers(-(2**31), 2**31 - 1),
    "i64": st.integers(-(2**53), 2**53),
    "bool": st.booleans(),
    "text": st.sampled_from(["a", "b", "ü", "c", ""]),
    "time": st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)),
}
RECORDS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), min_size=1, max_size=5
)


@settings(max_examples=300, deadline=None)
@given(records=RECORDS, as_floats=st.booleans())
def test_a_request_and_a_table_are_one_matrix(records: list[dict[str, Any]], as_floats: bool) -> None:
    expected = matrix_of_columns({name: [record[name] for record in records] for name in VALUES}, INPUTS)
    sent = [{name: value for name, value in record.items() if value is not None} for record in records]
    for record in sent:
        if "time" in record:
            record["time"] = record["time"].isoformat() + "Z"
        if as_floats and "i32" in record:
            record["i32"] = float(record["i32"])
    rows = Checker(INPUTS, as_numbers=True).rows(records_of(json.dumps(sent).encode()).records)
    np.testing.assert_array_equal(np.array(rows, np.float32), expected)


def test_raw_values_are_the_caller_s() -> None:
    record = {"f64": 3, "i64": 4.0, "bool": True, "text": "none of them", "time": "2026-11-02T03:00:00-02:00"}
    [row] = Checker(INPUTS, as_numbers=False).rows([record])
    assert row == [None, 3.0, None, 4, True, "none of them", datetime(2026, 11, 2, 5)]
    assert [type(value) for value in row[1:4:2]] == [float, int]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("f32", 3.5e38, "must be a finite number that float32 holds"),
        ("f32", -(10**400), "must be a finite number that float32 holds"),
        ("i32", 2**31, "must be a whole number that int32 holds"),
        ("i64", -(2**63) - 1, "must be a whole number that int64 holds"),
        ("i64", 0.5, "must be a whole number"),
        ("bool", 1, "must be true or false, got a number"),
        ("text", False, "must be a string, got a boolean"),
        ("time", 1762052400, "must be a time such as 2026-11-02T03:00:00Z, got a number"),
        ("time", "yesterday", "must be a time such as 2026-11-02T03:00:00Z"),
        ("time", "0001-01-01T00:00:00+23:00", "must be a time such as 2026-11-02T03:00:00Z"),
    ],
)
def test_what_no_value_of_a_type_is(name: str, value: object, says: str) -> None:
    with pytest.raises(Refusal) as caught:
        Checker(INPUTS, as_numbers=True).rows([{name: value}])
    assert [(field.field, field.message) for field in caught.value.fields] == [(name, says)]
