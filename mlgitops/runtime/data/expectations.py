"""Whether a data set is what its spec expects: whole columns at once, and cell by cell where they may not be.

The judgement of cells and the words are `mlgitops.tables`', so `mlgitops data check` says the same of the same file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mlgitops.problem import RunProblem
from mlgitops.runtime.data.read import Data
from mlgitops.runtime.data.signature import written_number
from mlgitops.runtime.data.types_of import column_type
from mlgitops.spec.documents.model import Expectation
from mlgitops.spec.yaml_characters import excerpt
from mlgitops.tables.breach_text import breach_text
from mlgitops.tables.cells import LARGEST_FLOAT32, Cell, Kind
from mlgitops.tables.expectations import SHOWN_LINES, Breach, Checked, check, judge

_SHOWN = 5


def check_expectations(data: Data, expectations: Sequence[Expectation], name: str) -> None:
    """Raises RunProblem for what a data set is not: `data/column-missing`, `data/type`, `data/missing-values`,
    `data/duplicates`, `data/range`, `data/values`. The code is the first one's; the message tells the first five.
    """
    breaches = find_breaches(data, expectations).breaches
    if not breaches:
        return
    told = [_told(data, expectations[breach.expectation], breach) for breach in breaches]
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    raise RunProblem(told[0][0], f"{name}: " + "; ".join(text for _, text, _ in told[:_SHOWN]) + more, told[0][2])


def find_breaches(data: Data, expectations: Sequence[Expectation]) -> Checked:
    """Every way in which a data set is not as expected, as `mlgitops.tables.expectations.check` finds them."""
    breaches: list[Breach] = []
    for index, expected in enumerate(expectations):
        if expected.column not in data.table.column_names:
            breaches.append(Breach(index, "column"))
        elif not _surely_as_expected(data.table.column(expected.column), expected):
            breaches += (breach._replace(expectation=index) for breach in _breaches(data, expected))
    return Checked(data.rows, tuple(sorted(breaches)))


def _told(data: Data, expected: Expectation, breach: Breach) -> tuple[str, str, str]:
    column = f"column {excerpt(expected.column)}"
    if breach.aspect == "column":
        hint = "mend the export, or correct the name"
        return "data/column-missing", f"the data must have a {column}, got none of that name", hint
    return breach_text(expected, breach, column, data.rows, "row" if data.lines is None else "line")


def _surely_as_expected(column: Any, expected: Expectation) -> bool:
    """Whether a look at the whole column shows that each of its cells is as expected; if not, it may still be."""
    import pyarrow.compute as compute

    if expected.unique or expected.values is not None or (column.null_count and not expected.nullable):
        return False
    inferred = column_type(column.type)
    if inferred is None:
        return False
    ends: tuple[float, float] | None = None
    if inferred in ("int32", "int64", "float32", "float64") and column.null_count < len(column):
        both = compute.min_max(column).as_py()
        ends = both["min"], both["max"]
    if expected.range is not None and not (ends and expected.range[0] <= ends[0] and ends[1] <= expected.range[1]):
        return False
    return _is_surely_of_type(inferred, ends, expected.type)


def _is_surely_of_type(inferred: str, ends: tuple[float, float] | None, wanted: str | None) -> bool:
    if wanted is None or wanted in (inferred, "string"):
        return True
    if ends is None:
        return False
    if wanted == "float64":
        return True
    if wanted == "float32":
        return ends[0] >= -LARGEST_FLOAT32 and ends[1] <= LARGEST_FLOAT32
    small = ends[0] >= -(2**31) and ends[1] < 2**31
    return inferred in ("int32", "int64") and (wanted == "int64" or (wanted == "int32" and small))


def _breaches(data: Data, expected: Expectation) -> Sequence[Breach]:
    texts = data.texts.get(expected.column)
    places = range(1, data.rows + 1) if data.lines is None else data.lines
    if texts is not None:
        rows = ((place, [text]) for place, text in zip(places, texts.to_pylist(), strict=True))
        return check([expected.column], rows, [expected]).breaches
    broken_by, found = judge(expected), dict[Any, list[int]]()
    for place, (text, cell) in zip(places, _cells(data.table.column(expected.column)), strict=True):
        if (aspect := broken_by(text, cell)) is not None:
            found.setdefault(aspect, []).append(place)
    return [Breach(0, aspect, len(where), tuple(where[:SHOWN_LINES])) for aspect, where in found.items()]


def _cells(column: Any) -> Iterator[tuple[str, Cell]]:
    """Typed values as cells: what is a string in a Parquet file is text, whatever it looks like."""
    kinds: dict[str | None, Kind] = {
        "int32": "integer",
        "int64": "integer",
        "float32": "decimal",
        "float64": "decimal",
        "bool": "boolean",
        "timestamp": "timestamp",
    }
    inferred = column_type(column.type)
    kind = kinds.get(inferred, "text")
    for value in column.to_pylist():
        if value is not None and inferred == "float32":
            value = written_number(value, inferred)
        if value is None:
            yield "", Cell("missing")
        else:
            yield str(value), Cell(kind, value if kind in ("integer", "decimal") else None)
