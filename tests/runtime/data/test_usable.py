"""Signatures and what makes a table useless: expected values stated, every code seen to fire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from mlgitops.contract.parts import Columns, DataIdentity, DataLocation
from mlgitops.problem import RunProblem
from mlgitops.runtime.data import check_expectations, check_usable, feature_signature, read_tables
from mlgitops.runtime.data.read import Data
from mlgitops.spec.documents.model import Expectation, Feature

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 4], pa.int64()),
        "age": pa.array([31, None, 44, 52], pa.int64()),
        "income": pa.array([1.5, -2.0, 3.25, 0.0], pa.float64()),
        "member": pa.array([True, False, True, True]),
        "plan": pa.array(["pro", "basic", None, "basic"]),
        "since": pa.array([datetime(2026, 11, 21, tzinfo=UTC)] * 4, pa.timestamp("us", tz="UTC")),
        "churned": pa.array([0, 1, 1, 0], pa.int64()),
    }
)
COLUMNS = Columns(target="churned", id="id")


def test_a_signature_is_inferred() -> None:
    assert feature_signature(TABLE, COLUMNS, []) == [
        Feature(name="age", type="int64", range=[31, 52], nullable=True),
        Feature(name="income", type="float64", range=[-2, 3.25]),
        Feature(name="member", type="bool"),
        Feature(name="plan", type="string", values=["basic", "pro"], nullable=True),
        Feature(name="since", type="timestamp"),
    ]


def test_features_are_taken_as_listed_and_declarations_win() -> None:
    declared = [Feature(name="age", type="float32", range=[0, 120])]
    assert feature_signature(TABLE, Columns(target="churned", features=["income", "age"]), declared) == [
        Feature(name="income", type="float64", range=[-2, 3.25]),
        Feature(name="age", type="float32", range=[0, 120], nullable=True),
    ]
    as_text = [Feature(name="age", type="string")]
    assert feature_signature(TABLE, Columns(features=["age"]), as_text) == [
        Feature(name="age", type="string", values=["31", "44", "52"], nullable=True)
    ]


def code_of(table: pa.Table, columns: Columns, *declared: Feature) -> tuple[str, str]:
    with pytest.raises(RunProblem) as caught:
        feature_signature(table, columns, declared)
    return caught.value.code, caught.value.message


def test_signatures_that_cannot_be() -> None:
    assert code_of(TABLE, Columns(id="gone")) == (
        "data/column-missing",
        "the data must have the id column 'gone', got none of that name",
    )
    assert code_of(TABLE, Columns(features=["age", "gone"]))[0] == "data/column-missing"
    assert code_of(TABLE.select(["id", "churned"]), COLUMNS)[0] == "data/no-features"
    assert code_of(TABLE, COLUMNS, Feature(name="gone", type="bool"))[0] == "data/input-unknown"
    assert code_of(TABLE, COLUMNS, Feature(name="plan", type="int64")) == (
        "data/input-type",
        "feature 'plan' must be int64, as serving.inputs says, got string",
    )
    assert code_of(pa.table({"a": pa.nulls(3)}), Columns()) == (
        "data/no-values",
        "feature 'a' must have a value in some row, got none in 3 rows",
    )
    assert code_of(pa.table({"a": pa.array([[1], [2]])}), Columns())[0] == "data/column-type"
    assert code_of(pa.table({"a": [1.0, float("inf"), float("-inf")]}), Columns()) == (
        "data/infinite",
        "feature 'a' must have finite values, got 2 infinite ones in 3 rows",
    )
    many = pa.table({"a": [f"v{number}" for number in range(1001)]})
    assert code_of(many, Columns()) == (
        "data/too-many-categories",
        "feature 'a' is text and must have at most 1000 values, got 1001",
    )
    assert len(feature_signature(many.slice(1), Columns(), [])[0].values or []) == 1000


@pytest.mark.parametrize(
    ("values", "task", "code"),
    [
        ([0, 1, None], "binaryClassification", "data/target-gaps"),
        ([1, 1, 1], "binaryClassification", "data/target-constant"),
        ([2.5, 2.5, 2.5], "regression", "data/target-constant"),
        ([0, 1, 2], "binaryClassification", "data/classes"),
        ([0.5, 1.0, 2.0], "multiclassClassification", "data/target-type"),
        (["a", "b", "c"], "regression", "data/target-type"),
        ([0.5, float("inf"), 2.0], "regression", "data/infinite"),
        (list(range(1001)), "multiclassClassification", "data/classes"),
    ],
)
def test_targets_that_teach_nothing(values: list[Any], task: Any, code: str) -> None:
    table = pa.table({"a": list(range(len(values))), "y": values})
    with pytest.raises(RunProblem) as caught:
        check_usable(table, Columns(target="y"), task, "customers")
    assert caught.value.code == code
    assert caught.value.message.startswith("customers: target 'y' must ")


def test_what_can_be_learnt_from() -> None:
    check_usable(TABLE, COLUMNS, "binaryClassification", "customers")
    check_usable(TABLE, Columns(target="income"), "regression", "customers")
    check_usable(TABLE, Columns(), "clustering", "customers")
    check_usable(pa.table({"a": [1, 2], "y": [1.0, 2.0]}), Columns(target="y"), "multiclassClassification", "c")
    with pytest.raises(RunProblem, match=r"feature 'a' must have finite values, got 1 infinite ones in 2 rows"):
        check_usable(pa.table({"a": [1.0, float("inf")], "y": [1, 2]}), Columns(target="y"), "regression", "c")
    with pytest.raises(RunProblem, match="must have the target column 'gone', got none of that name"):
        check_usable(TABLE, Columns(target="gone"), "regression", "c")
    with pytest.raises(RunProblem, match="needs a target column"):
        check_usable(TABLE, Columns(), "regression", "c")


def test_typed_columns_are_held_to_expectations() -> None:
    """A Parquet file's strings are text, whatever they look like; rows are counted from 1."""
    data = Data(TABLE, "sha256:" + "0" * 64, 4)
    check_expectations(data, [Expectation(column="age", type="int32", range=[0, 120])], "customers")
    check_expectations(data, [Expectation(column="plan", values=["basic", "pro"])], "customers")
    check_expectations(data, [Expectation(column="member", type="bool", values=[True, False])], "customers")
    check_expectations(data, [Expectation(column="since", type="timestamp", nullable=False)], "customers")
    small = Data(pa.table({"a": pa.array([0.1, 0.2], pa.float32())}), data.digest, 2)
    check_expectations(small, [Expectation(column="a", range=[0.1, 0.2])], "customers")
    wrong = [
        Expectation(column="plan", type="int64"),
        Expectation(column="age", nullable=False),
        Expectation(column="income", range=[0, 3]),
        Expectation(column="churned", unique=True),
        Expectation(column="gone"),
    ]
    with pytest.raises(RunProblem) as caught:
        check_expectations(data, wrong, "customers")
    assert caught.value.code == "data/type"
    assert caught.value.message == (
        "customers: column 'plan' must be int64, got other text in 3 of 4 rows (rows 1, 2, 4 of the data); "
        "column 'age' must have a value in every row, got none in 1 of 4 rows (row 2 of the data); "
        "column 'income' must be from 0 to 3, got what is not in 2 of 4 rows (rows 2, 3 of the data); "
        "column 'churned' must have each value once, got a value again in 2 of 4 rows (rows 3, 4 of the data); "
        "the data must have a column 'gone', got none of that name"
    )


def test_several_sets_are_one_table(tmp_path: Any) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("code,size\n007,1\n")
    two.write_text("size,code\n2.5,112\n")
    locations = [DataLocation(name=path.stem, uri=path.as_uri()) for path in (one, two)]
    table, identities = read_tables(locations, [DataIdentity(name="two", version="v2")])
    assert table.to_pydict() == {"code": ["007", "112"], "size": [1.0, 2.5]}
    assert [(item.name, item.version, item.digest is not None) for item in identities] == [
        ("one", None, True),
        ("two", "v2", True),
    ]
    two.write_text("size,other\n2.5,112\n")
    with pytest.raises(RunProblem, match="two must have the columns of one"):
        read_tables(locations, [])
