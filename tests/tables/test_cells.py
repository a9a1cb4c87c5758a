"""What one cell means, and which type it can be read as."""

from __future__ import annotations

from typing import get_args

import pytest

from mlgitops.spec.documents import model
from mlgitops.tables.cells import ColumnType, is_of_type, kind_of, meaning_of, significant_digits

KINDS = {
    "missing": ["", " ", "NA", "NaN", "nan", "null", "NULL", "N/A", " NA "],
    "integer": ["0", "-0", "+5", "12", " 12 ", "9223372036854775807", "-9223372036854775808"],
    "decimal": ["1.5", "1.", ".5", "-8e-5", "1E10", "9223372036854775808.0", "0.10"],
    "boolean": ["true", "False", "TRUE"],
    "timestamp": ["2026-11-21", "2026-11-21 10:00", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.25+01:00"],
    "text": [
        *["007", "1_000", "1,5", "٣", "0x1F", "1e400", "9223372036854775808", "inf", "-", "+", ".", "e5", "1e", "None"],
        *["2026-02-30", "2026-13-01", "2026-W47-6", "yes", "1" * 65, "1 2", "\t1", "12%"],
    ],
}


@pytest.mark.parametrize(("kind", "cell"), [(kind, cell) for kind, cells in KINDS.items() for cell in cells])
def test_kinds(kind: str, cell: str) -> None:
    assert kind_of(cell) == kind


@pytest.mark.parametrize(
    ("cell", "types"),
    [
        ("7", "float32 float64 int32 int64 string"),
        ("2147483648", "float32 float64 int64 string"),
        ("7.0", "float32 float64 string"),
        ("1e39", "float64 string"),
        ("true", "bool string"),
        ("2026-11-21", "string timestamp"),
        ("x", "string"),
        ("1e999", "string"),
    ],
)
def test_types(cell: str, types: str) -> None:
    assert " ".join(sorted(one for one in get_args(ColumnType) if is_of_type(meaning_of(cell), one))) == types


def test_the_types_are_those_of_a_spec() -> None:
    assert get_args(ColumnType) == get_args(model.ColumnType)


@pytest.mark.parametrize(("cell", "digits"), [("0", 1), ("0.000", 1), ("100", 1), ("-1.050e-7", 3), (" 123456.7", 7)])
def test_digits(cell: str, digits: int) -> None:
    assert significant_digits(cell) == digits
