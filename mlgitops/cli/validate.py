"""`mlgitops validate`: the documents, the checks across them, and each model resolved in each environment."""

from __future__ import annotations

import argparse
from pathlib import Path

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE


def declare(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Report what is wrong with the documents."""
    from mlgitops import pipeline
    from mlgitops.cli.output import deliver
    from mlgitops.cli.progress import Progress
    from mlgitops.cli.request import request_of

    request = request_of(arguments)
    with Progress() as progress:
        report = pipeline.validate(request, progress)
    return deliver(report, arguments, Path(request.root))
