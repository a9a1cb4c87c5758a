"""Two values beside each other, line by line, with what differs within a line marked.

>>> rows = side_by_side("a\\nb", "a\\nc")
>>> [(row.kind, row.before.text, row.after.text) for row in rows]
[('same', 'a', 'a'), ('changed', 'b', 'c')]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from mlgitops.plan.fields import ABSENT, Absent
from mlgitops.report.story.change_groups import redacted

Json = Any

LINES = 200
"""Rows of one field that are shown; the JSON report has every line."""

COMPARED = 2_000
"""Lines of a value that are compared: finding what is the same takes longer than lines grow in number."""

CONTEXT = 3
"""Equal lines that are shown around those that differ."""

Kind = Literal["same", "changed", "added", "removed", "left out"]


class Piece(NamedTuple):
    """A line, in three parts: what both sides begin with, what differs, what both end with."""

    start: str = ""
    middle: str = ""
    end: str = ""

    @property
    def text(self) -> str:
        """The whole line."""
        return self.start + self.middle + self.end


class Row(NamedTuple):
    """A line of each side; one of them is empty where the other has no counterpart."""

    kind: Kind
    before: Piece
    after: Piece
    lines: int = 0
    """Of lines that are left out here."""


def side_by_side(before: Json | Absent, after: Json | Absent) -> list[Row]:
    """The rows of two values, at most `LINES` of them, without what looks like a secret."""
    old, new = _lines(before), _lines(after)
    rows = list(_rows(old[:COMPARED], new[:COMPARED]))
    left = max(0, len(rows) - LINES) + max(0, len(old) - COMPARED, len(new) - COMPARED)
    return [*rows[:LINES], *([Row("left out", Piece(), Piece(), left)] if left else [])]


def _lines(value: Json | Absent) -> list[str]:
    if value is ABSENT:
        return []
    text = redacted(value) if isinstance(value, str) else json.dumps(redacted(value), ensure_ascii=False, indent=2)
    return text.splitlines() or [""]


def _rows(old: list[str], new: list[str]) -> Iterator[Row]:
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield from _same(old[old_from:old_to], first=old_from == 0, last=old_to == len(old))
            continue
        for one, other in zip_longest(old[old_from:old_to], new[new_from:new_to]):
            if one is None:
                yield Row("added", Piece(), Piece(middle=other))
            elif other is None:
                yield Row("removed", Piece(middle=one), Piece())
            else:
                yield Row("changed", *_pieces(one, other))


def _same(lines: list[str], *, first: bool, last: bool) -> Iterator[Row]:
    """Equal lines, those far from a difference left out."""
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    if len(lines) <= head + tail + 1:
        head, tail = len(lines), 0
    for line in lines[:head]:
        yield Row("same", Piece(line), Piece(line))
    if len(lines) > head + tail:
        yield Row("left out", Piece(), Piece(), len(lines) - head - tail)
    for line in lines[len(lines) - tail :]:
        yield Row("same", Piece(line), Piece(line))


def _pieces(old: str, new: str) -> tuple[Piece, Piece]:
    shortest = min(len(old), len(new))
    start = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    end = next((at for at in range(shortest - start) if old[-1 - at] != new[-1 - at]), shortest - start)
    return _piece(old, start, end), _piece(new, start, end)


def _piece(line: str, start: int, end: int) -> Piece:
    return Piece(line[:start], line[start : len(line) - end], line[len(line) - end :])
