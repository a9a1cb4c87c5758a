"""`mlgitops runs list MODEL`: what became of each training run of a model."""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import training_runs


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and where it trains."""
    training_runs.declare(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each run, newest first."""
    from mlgitops.cli.delivery import Refused, refuse
    from mlgitops.cli.now import now
    from mlgitops.cli.repository import root_of

    training_runs.must_be_plain(arguments, "runs list")
    root = root_of(arguments.root)
    try:
        runs = training_runs.runs_of(arguments, root)
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    from mlgitops.report.runs import run_document, run_table

    if arguments.format == "json":
        document = {"version": 1, "runs": [run_document(run, now()) for run in runs]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    elif runs:
        sys.stdout.write(run_table(runs, now()))
    else:
        sys.stdout.write(f"{arguments.model} has been trained nowhere yet\n")
    return 0
