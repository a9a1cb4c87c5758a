"""A report as people read it in a terminal.

specs/churn/model.yaml:31:15: error[spec/out-of-range]: serving.replicas.min must be at least 1, got 0
  31 |     replicas: {min: 0, max: 6}
     |                     ^
  hint: set it to 1, or remove `serving` to train only
  more: mlgitops explain spec/out-of-range
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from mlgitops.findings import Finding
from mlgitops.report.contents import Report, Skipped, closing, exit_code
from mlgitops.report.groups import Group, by_subject
from mlgitops.report.snippet import excerpt
from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.source import Location

Lines = Callable[[Location], str | None]
"""The line of a file that a location is in; None for one that must not be shown or is not there."""

Paint = Callable[[str, str], str]
"""`paint(text, style)`: the text in a style of `STYLES`, or as it is."""

STYLES: Final = {
    "place": "1",
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "waived": "2",
    "gutter": "34",
    "mark": "1;31",
    "label": "36",
    "good": "1;32",
}
"""What each part looks like, as parameters of the terminal's SGR sequence."""

SUBJECTS = 5
"""How many subjects a line names before it counts the others."""


def painter(colour: bool) -> Paint:
    """How to style text: with escape sequences, or not at all."""
    if not colour:
        return lambda text, _: text
    return lambda text, style: f"\x1b[{STYLES[style]}m{text}\x1b[0m"


def no_lines(_: Location) -> str | None:
    """For findings about files whose lines are not at hand."""
    return None


def text(report: Report, lines: Lines = no_lines, *, colour: bool = False) -> str:
    """All findings, what was skipped and why, and the counts."""
    paint = painter(colour)
    blocks = [_finding(group, lines, paint) for group in by_subject(report.findings)]
    skipped = _skipped(report.skipped, paint)
    if skipped:
        blocks.append(skipped)
    blocks.append(paint(closing(report), "error" if exit_code(report) else "good") + "\n")
    return "\n".join(blocks)


def _finding(group: Group, lines: Lines, paint: Paint) -> str:
    finding = group.finding
    style = "waived" if finding.waived else finding.severity
    head = paint(visible(str(finding.location)), "place") + ": " + paint(f"{style}[{visible(finding.code)}]", style)
    parts = [f"{head}: {visible(redacted_shapes(finding.message))}\n", _source(finding.location, lines, paint)]
    for location, words in finding.related:
        parts.append(_labelled("see", f"{location}: {words}", paint) + _source(location, lines, paint))
    if group.subjects:
        parts.append(_labelled("for", some(group.subjects), paint))
    if finding.waived:
        parts.append(_labelled("waived by", finding.waived, paint))
    if finding.hint:
        parts.append(_labelled("hint", redacted_shapes(finding.hint), paint))
    parts.append(_labelled("more", more(finding), paint))
    return "".join(parts)


def more(finding: Finding) -> str:
    """The command that says more about a finding."""
    return f"mlgitops explain {finding.code}"


def some(subjects: Iterable[str]) -> str:
    """Subjects in a line: all of a few, the first of many."""
    names = list(subjects)
    shown = ", ".join(names[:SUBJECTS])
    return shown if len(names) <= SUBJECTS else f"{shown} and {len(names) - SUBJECTS} more"


def _labelled(label: str, words: str, paint: Paint) -> str:
    return f"  {paint(label + ':', 'label')} {visible(words)}\n"


def _source(location: Location, lines: Lines, paint: Paint) -> str:
    line = lines(location)
    if line is None or not line.strip():
        return ""
    shown, cell = excerpt(line, location.column)
    number = str(location.line)
    gutter = paint(f"  {number} |", "gutter")
    below = paint(f"  {' ' * len(number)} |", "gutter")
    return f"{gutter} {shown}\n{below} {' ' * cell}{paint('^', 'mark')}\n"


def _skipped(skipped: Iterable[Skipped], paint: Paint) -> str:
    reasons: dict[str, list[str]] = {}
    for subject, reason in skipped:
        reasons.setdefault(reason, []).append(subject)
    return "".join(
        f"{paint('skipped', 'waived')} {visible(some(subjects))}: {visible(reason)}\n"
        for reason, subjects in reasons.items()
    )
