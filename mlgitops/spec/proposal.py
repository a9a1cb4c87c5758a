"""A spec for a table: what a careful person would write who has seen its columns and none of its rows.

The target is never guessed; the task follows from it. Values of the data are written where they are categories that
several rows share, and ranges are rounded outward, so that no row can be read from a spec.
"""

from __future__ import annotations

import re
from typing import NamedTuple, get_args

from mlgitops.errors import UsageError
from mlgitops.spec.checks.model import UNSUPERVISED
from mlgitops.spec.documents.model import Task
from mlgitops.tables.columns import Column, Inference

MAX_CLASSES = 100
_MAX_LABELS = 20
"""Whole numbers from 0 or 1 on, without a gap and no more than these, are labels rather than amounts."""

_ID = re.compile(r"(?i:id|.*[_ -]id|uuid|guid)|.*[a-z0-9](?:Id|ID)")


class Proposal(NamedTuple):
    """What becomes of each column."""

    task: Task
    target: Column | None
    id: Column | None
    features: tuple[Column, ...]
    left_out: tuple[tuple[Column, str], ...]
    """Columns that are no features, each with the reason."""
    doubts: tuple[str, ...]
    """What a person should look at."""


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it names the row: `id`, `customer_id`, `customerId`.

    >>> [looks_like_id(name) for name in ("id", "Customer_ID", "orderId", "paid", "idea")]
    [True, True, True, False, False]
    """
    return _ID.fullmatch(name) is not None


def propose(table: Inference, target: str | None, task: str | None) -> Proposal:
    """What the columns of a table are to a model.

    Raises UsageError where a person must say more, or where the target or the task cannot be.
    """
    if table.rows == 0:
        raise UsageError("the file has no row below its header", "export the data again")
    chosen = _target(table, target, task)
    decided = _task(chosen, task)
    others = [column for column in table.columns if chosen is None or column.name != chosen.name]
    naming = [column for column in others if _names_rows(column)]
    reasons = [(column, _unfit(column, naming)) for column in others if column not in naming[:1]]
    features = tuple(column for column, reason in reasons if not reason)
    if not features:
        raise UsageError(
            "no column is left to learn from", "a model needs a column besides target, id, texts and times"
        )
    left_out = tuple((column, reason) for column, reason in reasons if reason)
    doubts = tuple(_doubts(table, chosen, decided, task))
    return Proposal(decided, chosen, naming[0] if naming else None, features, left_out, doubts)


def _target(table: Inference, target: str | None, task: str | None) -> Column | None:
    names = [column.name for column in table.columns]
    listed = ", ".join(names[:50])[:600] + (", …" if len(names) > 50 else "")
    if task == "clustering" and target is not None:
        raise UsageError("clustering predicts no column, got --target", "leave one of the two out")
    if target is None:
        if task in UNSUPERVISED:
            return None
        raise UsageError("which column is to be predicted is not for a program to guess", f"--target, one of: {listed}")
    if target not in names:
        raise UsageError(f"the file has no column {target[:80]!r}", f"its columns: {listed}")
    return table.columns[names.index(target)]


def _task(target: Column | None, task: str | None) -> Task:
    """The task that was asked for, if the target allows it, or the one that it asks for."""
    known: dict[str, Task] = {name: name for name in get_args(Task)}
    if task is not None and task not in known:
        raise UsageError(f"--task must be one of {', '.join(known)}; got {task[:80]!r}")
    if target is None:
        return known[task or "clustering"]
    what = f"the target {target.name[:80]!r}"
    if target.type is None or target.type == "timestamp":
        got = "no value" if target.type is None else "times"
        raise UsageError(f"{what} must hold numbers or classes, got {got}", "name another column with --target")
    classes = len(target.values) if target.values is not None else None
    if classes == 1:
        raise UsageError(f"{what} must differ between rows, got one value in all of them", "there is nothing to learn")
    fitting = _fitting(target, classes)
    if task is None:
        if fitting:
            return fitting[0]
        raise UsageError(f"{what} must hold numbers or classes, got text with more than {MAX_CLASSES} values", _CODE)
    if task not in fitting and task != "anomalyDetection":
        got = f"{target.type} with {classes or f'more than {MAX_CLASSES}'} values"
        raise UsageError(f"{what} does not fit {task}: got {got}", f"it fits {' or '.join(fitting) or 'no task'}")
    return known[task]


_CODE = "name another column with --target, or code the text as classes first"


def _fitting(target: Column, classes: int | None) -> list[Task]:
    """The tasks that a target allows, the likeliest first."""
    amounts = target.type in ("int64", "float32", "float64")
    if classes == 2:
        return ["binaryClassification", "regression"] if amounts else ["binaryClassification"]
    if not amounts:
        return ["multiclassClassification"] if classes else []
    if target.type != "int64" or not classes:
        return ["regression"]
    low, high = target.low or 0, target.high or 0
    labels = classes <= _MAX_LABELS and low in (0, 1) and high - low == classes - 1
    return ["multiclassClassification", "regression"] if labels else ["regression", "multiclassClassification"]


def _names_rows(column: Column) -> bool:
    known = column.type in ("int64", "string") and column.missing == 0
    return known and column.unique is True and looks_like_id(column.name)


def _unfit(column: Column, naming: list[Column]) -> str:
    """Why a column is no feature; empty where it is one."""
    if column.type is None:
        return "no value in any row"
    if column in naming:
        return "names the row too"
    if column.type == "timestamp":
        return "times need code"
    if column.values is not None and len(column.values) == 1 and column.missing == 0:
        return "the same in all rows"
    if column.type == "string" and column.values is None:
        return "text with many values"
    return ""


def _doubts(table: Inference, target: Column | None, decided: Task, asked: str | None) -> list[str]:
    doubts = []
    if target is not None and target.missing:
        share = f"{target.missing} of {table.rows} rows"
        doubts.append(f"{share} lack the target: they teach nothing, and `mlgitops data check` reports them")
    if target is not None and asked is None and target.type == "int64" and decided == "multiclassClassification":
        doubts.append("the target's whole numbers are taken for classes: --task regression if they are amounts")
    for column in table.columns:
        if column.strays:
            share = f"{column.strays} of {column.cells} values"
            doubts.append(
                f"{share} of {column.name[:80]!r} are no numbers as all others are, so that it counts as text"
            )
    if not table.complete:
        doubts.append(f"only the first {table.rows} rows were read: types are theirs, and no ranges are expected")
    return doubts
