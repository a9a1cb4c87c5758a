"""Columns and tables become the same matrix."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from mlgitops.runtime.matrix import matrix_of_columns, matrix_of_table
from mlgitops.spec.documents.model import Feature

INPUTS = [
    Feature(name="age", type="int64"),
    Feature(name="income", type="float64"),
    Feature(name="member", type="bool"),
    Feature(name="since", type="timestamp"),
    Feature(name="plan", type="string", values=["basic", "pro"]),
]
EXPECTED = np.array([[41, 1.5, 1, 1.5, 1], [np.nan, np.nan, 0, np.nan, np.nan], [7, -2, np.nan, 0, np.nan]], np.float32)


def test_columns_become_numbers_and_missing_values_nan() -> None:
    columns = {
        "plan": ["pro", None, "free"],
        "age": [41, None, 7],
        "income": [1.5, None, -2.0],
        "member": [True, False, None],
        "since": [datetime(1970, 1, 2, 12), None, datetime(1970, 1, 1)],
    }
    np.testing.assert_array_equal(matrix_of_columns(columns, INPUTS), EXPECTED)


def test_a_table_gives_the_same_numbers() -> None:
    table = pa.table(
        {
            "since": pa.array(
                [datetime(1970, 1, 2, 12, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
                pa.timestamp("us", tz="UTC"),
            ),
            "age": pa.array([41, None, 7], pa.int64()),
            "income": pa.array([1.5, None, -2.0], pa.float64()),
            "member": pa.array([True, False, None], pa.bool_()),
            "plan": pa.array(["pro", None, "free"]).dictionary_encode(),
        }
    )
    np.testing.assert_array_equal(matrix_of_table(table, INPUTS), EXPECTED)


def test_no_rows_are_an_empty_matrix() -> None:
    assert matrix_of_columns({feature.name: [] for feature in INPUTS}, INPUTS).shape == (0, 5)
