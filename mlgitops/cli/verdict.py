"""`mlgitops verdict --base REV`: whether a commit is allowed, by the rules of its base and by its own.

What CI asks of a pull request, with the base's mlgitops: it reads Git's objects and nothing of the working tree.
"""

from __future__ import annotations

import argparse

from mlgitops.cli import options


def declare(parser: argparse.ArgumentParser) -> None:
    """The two commits."""
    parser.add_argument("--base", required=True, metavar="REV", help="what the commit is to be merged into")
    parser.add_argument("--head", default="HEAD", metavar="REV", help="the commit, best as merged with it (HEAD)")
    options.declare(parser, "engine", "format", "as_of", "jobs")


def run(arguments: argparse.Namespace) -> int:
    """Report what speaks against the commit, either way."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.progress import Progress
    from mlgitops.cli.request import request_of
    from mlgitops.stages.verdict import verdict

    arguments.env, arguments.model, arguments.no_cache = [], [], True
    request = request_of(arguments)
    with Progress() as progress:
        report = verdict(request, arguments.base, arguments.head, progress)
    return deliver(report, arguments, request.root)
