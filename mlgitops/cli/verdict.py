"""`mlgitops verdict --base REV`: whether a commit is allowed, by the rules of its base and by its own.

What CI asks of a pull request, with the base's mlgitops: it reads Git's objects and nothing of the working tree.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mlgitops.cli import options
from mlgitops.errors import UsageError

MOST = 24_000
"""Characters of the report as Markdown: the plan stands beside it in one comment."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The two commits."""
    parser.add_argument("--base", required=True, metavar="REV", help="what the commit is to be merged into")
    parser.add_argument("--head", default="HEAD", metavar="REV", help="the commit, best as merged with it (HEAD)")
    parser.add_argument("--markdown", metavar="FILE", help="write the report into a file, too, as Markdown")
    options.declare(parser, "engine", "format", "as_of", "jobs")


def run(arguments: argparse.Namespace) -> int:
    """Report what speaks against the commit, either way."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.progress import Progress
    from mlgitops.cli.request import request_of
    from mlgitops.report.markdown import markdown
    from mlgitops.stages.verdict import verdict

    arguments.env, arguments.model, arguments.no_cache = [], [], True
    request = request_of(arguments)
    with Progress() as progress:
        report = verdict(request, arguments.base, arguments.head, progress)
    if arguments.markdown is not None:
        _write(arguments.markdown, markdown(report, MOST))
    return deliver(report, arguments, request.root)


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {name[:200]}: {error.strerror}", "name a file in a folder that is there"
        ) from error
