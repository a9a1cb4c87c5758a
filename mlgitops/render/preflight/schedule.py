"""Cron schedules as the operator reads them: github.com/robfig/cron/v3, `ParseStandard`.

>>> refused_schedule("0 3 * * 1"), refused_schedule("@daily")
('', '')
>>> refused_schedule("0 25 * * *")
'the hour must be 0 to 23, got 25'
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.render.preflight.durations import parse_duration, parse_integer
from mlgitops.render.preflight.violation import fragment

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
DESCRIPTORS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})


class Field(NamedTuple):
    """One of the five columns."""

    title: str
    least: int
    most: int
    names: dict[str, int]


FIELDS = (
    Field("the minute", 0, 59, {}),
    Field("the hour", 0, 23, {}),
    Field("the day of the month", 1, 31, {}),
    Field("the month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    Field("the day of the week", 0, 6, {name: number for number, name in enumerate(DAYS)}),
)


def refused_schedule(text: str) -> str:
    """Why the operator refuses a schedule, or "". A time zone's name is not looked up: that is the operator's disk."""
    if text.startswith(("TZ=", "CRON_TZ=")):
        zone, space, rest = text.partition(" ")
        if not space:
            return f"a schedule was expected after {fragment(zone)}"
        text = rest.strip()
    if text.startswith("@"):
        return _refused_descriptor(text)
    columns = text.split()
    if len(columns) != len(FIELDS):
        return f"five columns were expected, got {len(columns)}"
    reasons = (
        _refused_range(part, field)
        for column, field in zip(columns, FIELDS, strict=True)
        for part in column.split(",")
        if part
    )
    return next(filter(None, reasons), "")


def _refused_descriptor(text: str) -> str:
    if text in DESCRIPTORS:
        return ""
    if text.startswith("@every "):
        return (
            "" if parse_duration(text.removeprefix("@every ")) is not None else f"{fragment(text[7:])} is no duration"
        )
    return f"{fragment(text)} is none of {', '.join(sorted(DESCRIPTORS))} or `@every DURATION`"


def _refused_range(text: str, field: Field) -> str:
    span, *steps = text.split("/")
    low, *highs = span.split("-")
    if len(steps) > 1 or (len(highs) > 1 and low not in ("*", "?")):
        return f"{field.title} {fragment(text)} is no range"
    if low in ("*", "?"):
        first, last = field.least, field.most
    else:
        ends = [_number(part, field) for part in (low, *highs)]
        if None in ends:
            return f"{field.title} {fragment(text)} is no number"
        first, last = ends[0] or 0, ends[-1] or 0
    if steps:
        step = parse_integer(steps[0])
        if step is None or step < 1:
            return f"the step of {field.title} must be a positive number, got {fragment(steps[0])}"
        last = last if highs else field.most
    if not field.least <= first <= last <= field.most:
        return f"{field.title} must be {field.least} to {field.most}, got {fragment(text) if highs else first}"
    return ""


def _number(text: str, field: Field) -> int | None:
    if text.lower() in field.names:
        return field.names[text.lower()]
    number = parse_integer(text)
    return None if number is None or number < 0 else number
