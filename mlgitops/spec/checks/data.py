"""Findings about a data set's bytes, at the lines of `model.yaml` that say what they must be.

They hold counts and lines of the data's file, and none of its values.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlgitops.findings import Finding
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.documents.model import Expectation
from mlgitops.spec.reader import Document
from mlgitops.spec.yaml_characters import excerpt
from mlgitops.tables.breach_text import breach_text
from mlgitops.tables.expectations import Breach, Checked
from mlgitops.tables.refused import TableRefused


def wrong_digest(document: Document, index: int, expected: str, got: str, hint: str) -> Finding:
    """The bytes of the data set at `index` are others."""
    return _finding(
        document, (index, "digest"), "data/digest", f"digest must be the file's, {got}; got {expected}", hint
    )


def unreadable(document: Document, index: int, refused: TableRefused) -> Finding:
    """The file of the data set at `index` is no table."""
    return _finding(document, (index, "uri"), "data/unreadable", f"the data: {refused}", refused.hint)


def broken_expectations(
    document: Document, index: int, expected: Sequence[Expectation], checked: Checked
) -> list[Finding]:
    """What the rows of the data set at `index` are not."""
    if checked.rows == 0:
        message = "the data must have a row below its header, got none"
        return [_finding(document, (index, "uri"), "data/no-rows", message, "export the data again")]
    return [_broken(document, index, expected[breach.expectation], breach, checked.rows) for breach in checked.breaches]


def _broken(document: Document, index: int, expected: Expectation, breach: Breach, rows: int) -> Finding:
    column = excerpt(expected.column)
    where: Pointer = (index, "expect", breach.expectation, breach.aspect)
    if breach.aspect == "column":
        message = f"the data must have a column {column}, got none of that name"
        return _finding(document, where, "data/column-missing", message, "mend the export, or correct the name")
    code, text, hint = breach_text(expected, breach, f"column {column}", rows, "line")
    return _finding(document, where, code, text, hint)


def _finding(document: Document, inner: Pointer, code: str, message: str, hint: str) -> Finding:
    pointer: Pointer = ("spec", "data", *inner)
    return Finding(document.locate(pointer), code, "error", message, hint, pointer_text(pointer))
