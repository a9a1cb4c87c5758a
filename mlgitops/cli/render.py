"""`mlgitops render [--check]`: rendered/ as the inputs say, or what of it is not."""

from __future__ import annotations

import argparse

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE


def declare(parser: argparse.ArgumentParser) -> None:
    """Whether to write."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is stale")
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Write targets that changed and were not denied, or report them."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.request import answer, request_of

    request = request_of(arguments)
    report = answer(request, "render --check" if arguments.check else "render")
    return deliver(report, arguments, request.root)
