"""A breach of an expectation in words: what must be, what was got, in how many rows, and where; none of the values."""

from __future__ import annotations

from typing import Literal

from mlgitops.tables.expectations import Breach, Expected


def breach_text(
    expected: Expected, breach: Breach, subject: str, rows: int, unit: Literal["line", "row"]
) -> tuple[str, str, str]:
    """Code, message and hint of a breach that is no missing column; `unit` is what its `lines` count."""
    code, must, got, hint = _words(expected, breach)
    places = ", ".join(map(str, breach.lines)) + (", …" if breach.broken > len(breach.lines) else "")
    place = f"{unit} {places}" if breach.broken == 1 else f"{unit}s {places}"
    return code, f"{subject} must {must}, got {got} in {breach.broken} of {rows} rows ({place} of the data)", hint


def _words(expected: Expected, breach: Breach) -> tuple[str, str, str, str]:
    """Code, what must be, what was got, hint."""
    mend = "mend those rows, or correct"
    if breach.aspect == "type":
        return "data/type", f"be {expected.type}", "other text", f"{mend} `type`"
    if breach.aspect == "nullable":
        return (
            "data/missing-values",
            "have a value in every row",
            "none",
            "mend those rows, or remove `nullable: false`",
        )
    if breach.aspect == "unique":
        return "data/duplicates", "have each value once", "a value again", "remove the repetitions, or `unique`"
    if breach.aspect == "range":
        low, high = expected.range or (0, 0)
        return "data/range", f"be from {low:g} to {high:g}", "what is not", f"{mend} `range`"
    few = expected.values or []
    listed = "the value" if len(few) == 1 else f"one of the {len(few)} values"
    return "data/values", f"be {listed} of `values`", "another", f"{mend} `values`"
