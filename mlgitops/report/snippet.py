"""A line of someone's file with a mark under one column.

      31 |     replicas: {min: 0, max: 6}
         |                     ^

Columns count code points; what is drawn counts terminal cells: tabs become spaces, East Asian wide characters take
two cells, combining marks none, and what cannot be seen is written as an escape. A long line is cut around its mark.
"""

from __future__ import annotations

import unicodedata

from mlgitops.report.visible import redacted, visible_character

CELLS = 100
"""The widest piece of a line that is shown."""

CONTEXT = 2000
"""Code points on either side of a mark in which secrets are looked for: the search must stay quick on any line."""

TAB = "    "


def excerpt(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line, and the cell (from 0) under which the mark of a 1-based column goes.

    A column after the end of the line is marked just behind it.
    """
    line = line.rstrip("\r\n")
    mark = min(max(column, 1) - 1, len(line))
    line, mark, cut_before, cut_after = _near(line, mark)
    drawn = [_drawn(character) for character in line]
    start, end = _window([_cells(piece) for piece in drawn], mark)
    before = "…" if cut_before or start else ""
    after = "…" if cut_after or end < len(drawn) else ""
    shown = before + "".join(drawn[start:end]).rstrip() + after
    return shown, len(before) + sum(map(_cells, drawn[start:mark]))


def _near(line: str, mark: int) -> tuple[str, int, bool, bool]:
    """The redacted part of a line that can be seen around its mark, the mark in it, and which ends were cut off.

    Secrets are looked for further out than can be seen; a word that starts before even that is hidden unread.
    """
    start, end = max(0, mark - CONTEXT), mark + CONTEXT
    near = redacted(line[start:end])
    if start:
        unread = len(near.split(None, 1)[0]) if near and not near[0].isspace() else 0
        near = "*" * unread + near[unread:]
    first = max(0, mark - start - CELLS)
    last = mark - start + CELLS
    return near[first:last], mark - start - first, start + first > 0, start + last < len(line)


def _drawn(character: str) -> str:
    return TAB if character == "\t" else visible_character(character)


def _cells(piece: str) -> int:
    return sum(_cell(character) for character in piece)


def _cell(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _window(widths: list[int], mark: int) -> tuple[int, int]:
    """The half-open range of pieces to show: all when they fit, else those around the mark."""
    if sum(widths) <= CELLS:
        return 0, len(widths)
    start, used = mark, 0
    while start > 0 and used + widths[start - 1] <= CELLS // 2:
        start -= 1
        used += widths[start]
    end = mark
    while end < len(widths) and used + widths[end] <= CELLS:
        used += widths[end]
        end += 1
    return start, end
