"""`mlgitops plan --base REV`: what the working tree changes against a commit: effects, objects, fields, verdicts."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgitops.cli import evidence, options, plan_forms
from mlgitops.cli.repository import root_of
from mlgitops.cli.request import PIPELINE
from mlgitops.errors import MlgitopsError

if TYPE_CHECKING:
    from mlgitops.plan.story import Story
    from mlgitops.report.contents import Report


def declare(parser: argparse.ArgumentParser) -> None:
    """The commit to compare with, and the forms of what is found."""
    parser.add_argument("--base", required=True, metavar="REV", help="a branch, a tag or a commit, such as origin/main")
    options.declare(parser, *(name for name in PIPELINE if name != "format"))
    plan_forms.declare(parser)
    evidence.declare(parser)


def run(arguments: argparse.Namespace) -> int:
    """Tell what changes and what is wrong with the working tree, in every form that was asked for."""
    from mlgitops import pipeline
    from mlgitops.cli.progress import Progress
    from mlgitops.cli.request import request_of
    from mlgitops.report.contents import exit_code

    request = request_of(arguments)._replace(evidence=evidence.evidence_of(arguments))
    try:
        with Progress() as progress:
            story, report = pipeline.plan(request, arguments.base, progress)
    except MlgitopsError as error:
        story, report = _undecided(error, arguments)
    plan_forms.hand_out(story, report, arguments, request.root)
    return 1 if story.policy.refused else exit_code(report)


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
