"""What is live, as people read it: a table that fits 80 columns, with a reason below whatever is not live.

MODEL          ENV      STATE      RELEASE  COMMIT   RUN
breast-cancer  dev      live       v2       3f2a91b  4dddd086 succeeded
breast-cancer  prod     upgrading  v1 → v2  3f2a91b  -
               Synced, Progressing: breast-cancer-v2 is being prepared; v1 answers meanwhile
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from mlgitops.live.picture import Picture, Shared
from mlgitops.live.row import Row
from mlgitops.live.runs import RunState
from mlgitops.live.states import STATES, Standing
from mlgitops.report.contents import plural
from mlgitops.report.text import Paint, painter
from mlgitops.report.visible import redacted_shapes, visible

HEADINGS = ("MODEL", "ENV", "STATE", "RELEASE", "COMMIT", "RUN")
WIDE_HEADINGS = (*HEADINGS[:5], "SYNC", "HEALTH", "SYNCED AT", "RUN")
WIDTH = 80
WIDE = 118
"""Columns from which on sync, health and the time of the last sync have columns of their own."""
LONGEST_NAME = 20
COMMIT_DIGITS = 7
INDENT = 4
MOST_LINES = 6
"""Lines of a reason."""
STYLE: Final[dict[Standing, str]] = {
    "well": "good",
    "under way": "note",
    "failed": "error",
    "unknown": "warning",
}
RUN_WORDS: Final[dict[RunState, str]] = {"none": "-"}


def status_text(picture: Picture, width: int = WIDTH, *, colour: bool = False) -> str:
    """The table, the reasons, what stands in the way of all, and the counts."""
    paint = painter(colour)
    lines = [*_head(picture), *_table(picture.rows, width, paint)] if picture.rows else []
    for one in picture.shared:
        lines += ["", *_shared(one, width, paint)]
    return "\n".join([*lines, *([""] if lines else []), *_closing(picture, width)]) + "\n"


def _head(picture: Picture) -> list[str]:
    return [visible(f"Git: {picture.revision} at {picture.commit[:12]}"), ""]


def _table(rows: Sequence[Row], width: int, paint: Paint) -> Iterator[str]:
    wide = width >= WIDE
    cells = [WIDE_HEADINGS if wide else HEADINGS, *(_cells(row, wide=wide) for row in rows)]
    cells = [tuple(_cut(visible(word), width // 2) for word in line) for line in cells]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    yield _line(cells[0], widths, width)
    for row, line in zip(rows, cells[1:], strict=True):
        style = STYLE[STATES[row.state].standing]
        text = _line(line, widths, width)
        start = widths[0] + widths[1] + 4
        word = line[2]
        yield text[:start] + paint(word, style) + text[start + len(word) :]
        yield from _reasons(row, width, wide=wide)


def _line(cells: Sequence[str], widths: Sequence[int], width: int) -> str:
    return _cut("  ".join(word.ljust(size) for word, size in zip(cells, widths, strict=True)).rstrip(), width)


def _cells(row: Row, *, wide: bool) -> tuple[str, ...]:
    run = " ".join(word for word in (_run_digits(row), RUN_WORDS.get(row.run.state, row.run.state)) if word)
    first = (
        _cut(row.model, LONGEST_NAME if not wide else 30),
        row.environment,
        STATES[row.state].word,
        release_words(row),
        row.compared[:COMMIT_DIGITS] or "-",
    )
    if not wide:
        return (*first, run)
    at = row.applied_at[: len("2026-11-21T10:00")].replace("T", " ")
    return (*first, row.sync or "-", row.health or "-", at or "-", run)


def _run_digits(row: Row) -> str:
    return row.run.name.removeprefix(f"{row.model}-")


def release_words(row: Row) -> str:
    """The release in the cluster, and the one in Git where that is another: `v1 → v2`.

    A release that comes up beside the former is in the cluster too, and does not answer alone yet.
    """
    wanted, there = set(row.versions), set(row.cluster)
    if not wanted and not there:
        return "-"
    git = "+".join(row.versions) or "nothing"
    others = "+".join(sorted(there - wanted))
    if others:
        return f"{others} → {git}"
    return git if there or row.state in ("notReleased", "unknown") else f"→ {git}"


def _reasons(row: Row, width: int, *, wide: bool) -> Iterator[str]:
    if row.state not in ("live", "notReleased"):
        words = row.reason or STATES[row.state].meaning
        if not wide and row.sync:
            words = f"{row.sync}, {row.health}: {words}"
        yield from _paragraph(words, width)
    if row.blamed is not None:
        place, layer = row.blamed
        yield from _paragraph(f"{place} ({layer}) is where it is written", width)
    if row.next:
        yield from _paragraph(f"next: {row.next}", width)
    if row.run.reason and (row.run.state in ("failed", "unknown", "queued") or " waits: " in row.run.reason):
        yield from _paragraph(f"run {_run_digits(row)}: {row.run.reason}", width)
    for note in row.notes:
        yield from _paragraph(f"note: {note}", width)


def _shared(one: Shared, width: int, paint: Paint) -> Iterator[str]:
    yield f"{paint(visible(one.name), 'error')}: {visible(one.sync)}, {visible(one.health)}"
    if one.reason:
        yield from _paragraph(one.reason, width)


def _paragraph(words: str, width: int) -> list[str]:
    text = visible(redacted_shapes(words))
    lines = wrap(text, max(width - INDENT, 20), break_on_hyphens=False)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][: width - INDENT - 2]} …"]
    return [" " * INDENT + line for line in lines]


def _closing(picture: Picture, width: int) -> list[str]:
    counts = [
        f"{number} {STATES[state].word}"
        for state in STATES
        if (number := sum(row.state == state for row in picture.rows))
    ]
    lines = [f"{plural(len(picture.rows), 'place')}{': ' if counts else ''}{', '.join(counts)}"]
    if picture.unread:
        many = f"{plural(picture.unread, 'live cluster')} not compared with what was asked for: name some with --model"
        lines.append(many)
    return [part for line in lines for part in wrap(line, width)]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
