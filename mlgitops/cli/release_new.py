"""`mlgitops release --new --env ENV [MODEL…]`: what was trained of the present specs becomes versions and releases.

    mlgitops release --new --env dev                     # into the working tree
    mlgitops release --new --env dev --pull-request      # on a branch for each model, with its pull request

CI calls it on a schedule and when a run ends, as often as it likes: what it writes is a function of a commit and of the
registry, and where nothing is due it writes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from mlgitops.cli import options
from mlgitops.cli.options import one_of
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.cli.release_due import Due, Question
    from mlgitops.report.new_releases import ReleaseRow
    from mlgitops.spec.declared import DeclaredEnvironment
    from mlgitops.stages.prepare import Prepared

RISKS = ("low", "medium", "high")


def declare(parser: argparse.ArgumentParser) -> None:
    """The models, where, and whether a pull request is wanted."""
    parser.add_argument("models", metavar="MODEL", nargs="*", help="names of models (all that the environment has)")
    parser.add_argument("--new", action="store_true", help="`release --new` and `release new` are the same")
    parser.add_argument("--pull-request", action="store_true", help="write branches and pull requests, not files")
    parser.add_argument("--remote", metavar="NAME", default="origin", help="where branches go (origin)")
    parser.add_argument("--base", metavar="BRANCH", help="what pull requests go into (targetRevision of mlgitops.yaml)")
    parser.add_argument(
        "--risk", metavar="RISK", type=one_of("--risk", RISKS), help="of the releases (computed; lower needs approval)"
    )
    parser.add_argument("--by", metavar="@WHO", help="who asks (the model's owner)")
    options.declare(parser, "env", "engine", "format", "as_of", "jobs")


def run(arguments: argparse.Namespace) -> int:
    """Say for each model what was done, or why nothing was. Exit code 1 where one failed or was refused."""
    from mlgitops.cli.delivery import Refused, refuse
    from mlgitops.cli.repository import root_of

    _check(arguments)
    root = root_of(arguments.root)
    try:
        return _run(arguments, root)
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "environment")


def _check(arguments: argparse.Namespace) -> None:
    from mlgitops.cli.delivery import owner_named

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops release --new` writes text or json, got --format {arguments.format}")
    if len(arguments.env) != 1:
        raise UsageError(
            f"--env must name the one environment where versions are tried first, got {len(arguments.env)}"
        )
    if not arguments.pull_request and arguments.base is not None:
        raise UsageError("--base is about pull requests, got no --pull-request", "HEAD is the base of a working tree")
    if arguments.by is not None:
        owner_named(arguments.by)


def _run(arguments: argparse.Namespace, root: str) -> int:
    """Decides everything before anything is written. Raises Refused."""
    from mlgitops.cli.release_base import local_base, remote_base
    from mlgitops.cli.release_due import Question, due
    from mlgitops.stages.prepare import prepare

    token = os.environ.get("GITHUB_TOKEN")
    base = remote_base(root, arguments.remote, arguments.base, token) if arguments.pull_request else local_base(root)
    prepared = prepare(base.tree)
    environment = _environment(prepared, arguments.env[0])
    asked = _models(prepared, arguments.models)
    question = Question(base, prepared, environment, asked, arguments.risk, arguments.by)
    decided = due(question)
    return _say(_written(question, decided, arguments), decided, question, arguments)


def _written(question: Question, decided: Due, arguments: argparse.Namespace) -> list[ReleaseRow]:
    if arguments.pull_request:
        from mlgitops.cli.release_branches import propose

        return propose(question, decided, arguments)
    from mlgitops.cli.release_files import write

    return write(question, decided)


def _environment(prepared: Prepared, name: str) -> DeclaredEnvironment:
    """Where versions are tried first. Raises UsageError and Refused."""
    from mlgitops.cli.delivery import Refused, must_know
    from mlgitops.deliver.first_release import not_first
    from mlgitops.deliver.release import Place, does_not_serve

    must_know("environment", name, [*prepared.environments, *prepared.broken])
    if name in prepared.broken:
        raise Refused(finding for finding in prepared.findings if finding.fails)
    environment = prepared.declared[name]
    place = Place(environment, None)
    if wrong := [*does_not_serve(place), *not_first(place)]:
        raise Refused(wrong)
    return environment


def _models(prepared: Prepared, asked: list[str]) -> tuple[str, ...]:
    """The models that were asked for, each once. Raises UsageError."""
    from mlgitops.cli.delivery import must_know

    for name in asked:
        must_know("model", name, list(prepared.models))
    return tuple(sorted(dict.fromkeys(asked)))


def _say(rows: list[ReleaseRow], decided: Due, question: Question, arguments: argparse.Namespace) -> int:
    from mlgitops.cli.delivery import refuse
    from mlgitops.report.new_releases import new_releases_json, new_releases_table

    root, environment = question.base.root, question.environment.name
    fails = any(row.state in ("failed", "refused") for row in rows)
    if arguments.format == "json":
        sys.stdout.write(new_releases_json(rows, decided.findings, environment, question.base.commit))
        return 1 if fails else 0
    sys.stdout.write(new_releases_table(rows, environment))
    if decided.findings:
        sys.stdout.write("\n")
        refuse(decided.findings, root, arguments, "model")
    return 1 if fails else 0
