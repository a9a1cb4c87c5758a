"""`mlgitops plan --base REV`: what the working tree changes against a commit: effects, objects, fields, verdicts."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgitops.cli import options
from mlgitops.cli.repository import root_of
from mlgitops.cli.request import PIPELINE
from mlgitops.errors import MlgitopsError

if TYPE_CHECKING:
    from mlgitops.plan.story import Story
    from mlgitops.report.contents import Report


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
    from mlgitops.report.contents import exit_code

    request = request_of(arguments)
    try:
        with Progress() as progress:
            story, report = pipeline.plan(request, arguments.base, progress)
    except MlgitopsError as error:
        story, report = _undecided(error, arguments)
    if arguments.format == "json":
        from mlgitops.report.plan_json import plan_json

        sys.stdout.write(plan_json(story.plan, report))
        return exit_code(report)
    if arguments.format == "markdown":
        sys.stdout.write(_comment(story, report))
        return exit_code(report)
    if arguments.format == "text":
        from mlgitops.report.plan_text import plan_text

        sys.stdout.write(plan_text(story.plan, colour=colour_wanted(arguments.color)) + "\n")
    return deliver(report, arguments, request.root)


def _undecided(error: MlgitopsError, arguments: argparse.Namespace) -> tuple[Story, Report]:
    """Nothing compared, and the findings about the working tree's rules, which an engine refuses.

    Raises any other error.
    """
    from mlgitops.cli.refused import refused_report
    from mlgitops.plan.changes import NotCompared, Plan
    from mlgitops.plan.story import Story
    from mlgitops.policy.refused import RulesRefused
    from mlgitops.programs.git import revision

    if not isinstance(error, RulesRefused):
        raise error
    commit = revision(root_of(arguments.root), arguments.base)
    story = Story(Plan(commit, (), (), 0, (NotCompared("*", "working tree"),)))
    return story, refused_report(error, arguments)


def _comment(story: Story, report: Report) -> str:
    """Both as one comment: the report takes half of it at most, the plan what is left."""
    from mlgitops.report.markdown import LIMIT, markdown
    from mlgitops.report.plan_markdown import plan_markdown

    wrong = markdown(report, LIMIT // 2)
    return f"{plan_markdown(story.plan, LIMIT - len(wrong) - 1)}\n{wrong}"
