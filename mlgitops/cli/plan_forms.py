"""The forms in which a plan leaves the command line: one on stdout or in a file, and as many more as are asked for.

    mlgitops plan --base origin/main --write html=plan.html --write markdown=comment.md

All come from one computation. A file is written whole or not at all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.cli.options import one_of
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.plan.story import Story
    from mlgitops.report.contents import Report

FORMATS = ("text", "markdown", "html", "json", "sarif", "github")

WIDEST = 120
"""Columns beyond which a sentence is hard to read."""


class Destination(NamedTuple):
    """A form, and the file that it goes to."""

    format: str
    path: str


def destination(value: str) -> Destination:
    """`html=plan.html`. Raises UsageError for anything else."""
    name, separator, path = value.partition("=")
    if not separator or not path:
        raise UsageError(f"--write takes a format and a file as html=plan.html, got {value[:80]!r}")
    return Destination(one_of("--write", FORMATS)(name), path)


def declare(parser: argparse.ArgumentParser) -> None:
    """The form on stdout, and the files."""
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        default="text",
        type=one_of("--format", FORMATS),
        help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
    )
    parser.add_argument("--output", metavar="FILE", help="write it to this file, and nothing to stdout")
    parser.add_argument(
        "--write",
        metavar="FORMAT=FILE",
        action="append",
        default=[],
        type=destination,
        help="write a form to a file as well (repeatable)",
    )


def hand_out(story: Story, report: Report, arguments: argparse.Namespace, root: str) -> None:
    """Write every form that was asked for. Raises MlgitopsError where a file cannot be written."""
    from mlgitops.files.write import write_text

    for form, path in arguments.write:
        write_text(Path(path), formatted(story, report, form, root))
    if arguments.output:
        write_text(Path(arguments.output), formatted(story, report, arguments.format, root))
        return
    from mlgitops.cli.output import colour_wanted

    sys.stdout.write(
        formatted(story, report, arguments.format, root, width=_width(), colour=colour_wanted(arguments.color))
    )


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, WIDEST)


def formatted(story: Story, report: Report, name: str, root: str, *, width: int = 80, colour: bool = False) -> str:
    """A plan in one of `FORMATS`; only the formatter that is asked for is imported."""
    from mlgitops.cli.repository import lines_of, prefix_of

    if name == "text":
        from mlgitops.report.story.text import story_text
        from mlgitops.report.text import text

        findings = text(report, lines_of(root), colour=colour)
        return f"{story_text(story, report, width=width, colour=colour)}\n{findings}"
    if name == "markdown":
        from mlgitops.report.story.markdown import story_markdown

        return story_markdown(story, report, name=prefix_of(root))
    if name == "html":
        from mlgitops.report.story.page import story_page

        return story_page(story, report)
    if name == "json":
        from mlgitops.report.story.as_json import story_json

        return story_json(story, report)
    return _as_findings(story, report, name, root)


def _as_findings(story: Story, report: Report, name: str, root: str) -> str:
    from mlgitops.cli.output import formatted as formatted_report
    from mlgitops.report.story.findings import gravest_first, told
    from mlgitops.report.text import no_lines

    whole = told(story, report)
    shown = gravest_first(whole) if name == "github" else whole
    return formatted_report(shown, name, no_lines, root, colour=False)
