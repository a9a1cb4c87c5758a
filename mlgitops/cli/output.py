"""How a report leaves the command line: in the asked format, on stdout, with its exit code."""

from __future__ import annotations

import argparse
import os
import sys

from mlgitops.report.contents import Report, exit_code
from mlgitops.report.text import Lines


def deliver(report: Report, arguments: argparse.Namespace, root: str | None) -> int:
    """Write a report to stdout in the format and colours that were asked for; return its exit code.

    `root` is the repository that the findings' paths are relative to; None for foreign files, of which no
    lines are shown.
    """
    from mlgitops.cli.repository import lines_of
    from mlgitops.report.text import no_lines

    lines = no_lines if root is None else lines_of(root)
    sys.stdout.write(formatted(report, arguments.format, lines, root, colour=colour_wanted(arguments.color)))
    return exit_code(report)


def formatted(report: Report, name: str, lines: Lines, root: str | None, *, colour: bool) -> str:
    """The text of a report in one of `options.FORMATS`; only the formatter that is asked for is imported."""
    from mlgitops.cli.repository import prefix_of

    prefix = "" if root is None else prefix_of(root)
    if name == "json":
        from mlgitops.report.as_json import as_json

        return as_json(report)
    if name == "sarif":
        from mlgitops.cli.explanations import explanations_of
        from mlgitops.report.sarif import sarif

        return sarif(report, explanations_of({finding.code for finding in report.findings}, root), prefix)
    if name == "github":
        from mlgitops.report.github import github

        return github(report, prefix)
    if name == "markdown":
        from mlgitops.report.markdown import markdown

        return markdown(report)
    from mlgitops.report.text import text

    return text(report, lines, colour=colour)


def colour_wanted(when: str) -> bool:
    """Whether stdout gets colours: as asked, or when it is a terminal that wants them (https://no-color.org)."""
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout is not None and sys.stdout.isatty()
