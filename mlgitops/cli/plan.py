"""`mlgitops plan --base REV`: what the working tree changes against a commit: objects, fields, verdicts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE


def declare(parser: argparse.ArgumentParser) -> None:
    """The commit to compare with."""
    parser.add_argument("--base", required=True, metavar="REV", help="a branch, a tag or a commit, such as origin/main")
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Show the plan, then what is wrong with the working tree."""
    from mlgitops import pipeline
    from mlgitops.cli.output import colour_wanted, deliver
    from mlgitops.cli.progress import Progress
    from mlgitops.cli.request import request_of

    request = request_of(arguments)
    with Progress() as progress:
        plan, report = pipeline.plan(request, arguments.base, progress)
    if arguments.format == "markdown":
        from mlgitops.report.plan_markdown import plan_markdown

        sys.stdout.write(plan_markdown(plan) + "\n")
    elif arguments.format == "text":
        from mlgitops.report.plan_text import plan_text

        sys.stdout.write(plan_text(plan, colour=colour_wanted(arguments.color)) + "\n")
    elif arguments.format == "json":
        from mlgitops.report.plan_json import plan_json

        sys.stdout.write(plan_json(plan, report))
        from mlgitops.report.contents import exit_code

        return exit_code(report)
    return deliver(report, arguments, Path(request.root))
