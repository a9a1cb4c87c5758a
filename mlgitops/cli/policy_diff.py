"""`mlgitops policy diff --base REV`: which verdicts a change flips, and whether its specs or its policies do it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.report.contents import Report
    from mlgitops.report.policy_diff import Compared
    from mlgitops.request import Request

WIDEST = 120
"""Columns beyond which lines are harder to read."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The commit to compare with, and the gate."""
    parser.add_argument("--base", metavar="REV", help="a branch, a tag or a commit, such as origin/main")
    parser.add_argument(
        "--no-loosening",
        action="store_true",
        help="exit 1 where policies or waivers let pass what the base denies: a search",
    )
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Show what flips; exit 1 where specs are denied that were not, or with --no-loosening where a denial gives way."""
    from mlgitops.cli.request import request_of

    if not arguments.base and (not arguments.as_of or arguments.no_loosening):
        raise UsageError(
            "`mlgitops policy diff` compares: --base REV is missing", "or ask which waivers run out: --as-of DATE"
        )
    request = request_of(arguments)
    if not arguments.base:
        return _forecast(request, arguments)
    return _compare(request, arguments)


def _compare(request: Request, arguments: argparse.Namespace) -> int:
    from mlgitops import pipeline
    from mlgitops.cli.progress import Progress
    from mlgitops.plan.policy_diff import is_verdict
    from mlgitops.report.policy_diff import Compared, loosening_words

    with Progress() as progress:
        diff, commit, report = pipeline.policy_diff(request, arguments.base, progress)
    errors = sum(finding.fails and not is_verdict(finding) for finding in report.findings)
    _write(Compared(diff, commit, request.as_of.isoformat(), errors), report, arguments, request.root)
    if diff.unknown:
        return _unknown(report)
    if arguments.no_loosening and diff.loosened:
        sys.stderr.write(f"mlgitops: {loosening_words(diff.loosened)}\n")
        return 1
    return 1 if diff.refused else 0


def _unknown(report: Report) -> int:
    """Verdicts that are not known are no good ones."""
    first = next((finding for finding in report.findings if finding.fails), None)
    if first is not None:
        sys.stderr.write(f"mlgitops: {first.location}: {first.code}; `mlgitops policy check` shows all\n")
    return 1


def _forecast(request: Request, arguments: argparse.Namespace) -> int:
    """Which waivers that are still needed run out by a day."""
    from mlgitops import pipeline
    from mlgitops.cli.progress import Progress
    from mlgitops.report.policy_diff import Compared

    with Progress() as progress:
        diff, report = pipeline.forecast(request, progress)
    _write(Compared(diff, "", request.as_of.isoformat()), report, arguments, request.root)
    return 1 if diff.lapses or diff.unknown else 0


def _write(compared: Compared, report: Report, arguments: argparse.Namespace, root: str) -> None:
    from mlgitops.report import policy_diff as forms

    if arguments.format == "json":
        sys.stdout.write(forms.policy_diff_json(compared))
    elif arguments.format == "markdown":
        sys.stdout.write(forms.policy_diff_markdown(compared))
    elif arguments.format in ("sarif", "github"):
        from mlgitops.cli.output import formatted
        from mlgitops.report.story.findings import gravest_first
        from mlgitops.report.text import no_lines

        found = forms.policy_diff_findings(compared, report)
        shown = gravest_first(found) if arguments.format == "github" else found
        sys.stdout.write(formatted(shown, arguments.format, no_lines, root, colour=False))
    else:
        import shutil

        from mlgitops.cli.output import colour_wanted

        width = min(shutil.get_terminal_size().columns, WIDEST)
        sys.stdout.write(forms.policy_diff_text(compared, width=width, colour=colour_wanted(arguments.color)))
