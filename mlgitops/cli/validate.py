"""`mlgitops validate`: the documents, the checks across them, and each model resolved in each environment."""

from __future__ import annotations

import argparse

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE


def declare(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Report what is wrong with the documents."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.request import answer, request_of

    request = request_of(arguments)
    return deliver(answer(request, "validate"), arguments, request.root)
