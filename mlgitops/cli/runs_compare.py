"""`mlgitops runs compare MODEL [RUN…]`: the parameters in which runs differ, and their metrics with the best marked.

mlgitops runs compare churn                  # the newest ones
mlgitops runs compare churn 3f2a91 77ab01    # these two, by their first digits
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlgitops.cli import training_runs
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.runs.known import KnownRun

NEWEST = 4
"""Runs side by side where none is named: more do not fit a terminal."""
MOST = 20


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, which runs, and where it trains."""
    training_runs.declare(parser)
    parser.add_argument("runs", metavar="RUN", nargs="*", help=f"first digits of a run (the newest {NEWEST})")


def run(arguments: argparse.Namespace) -> int:
    """Print the runs side by side."""
    from mlgitops.cli.delivery import Refused, refuse
    from mlgitops.cli.now import now
    from mlgitops.cli.repository import root_of

    training_runs.must_be_plain(arguments, "runs compare")
    root = root_of(arguments.root)
    try:
        known = training_runs.runs_of(arguments, root)
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    from mlgitops.report.runs import comparison_document, comparison_table
    from mlgitops.runs.differ import comparisons, differences

    chosen = _chosen(known, arguments)
    differing, compared = differences(chosen), comparisons(chosen)
    if arguments.format == "json":
        document = comparison_document(chosen, differing, compared, now())
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.write(comparison_table(chosen, differing, compared))
    return 0


def _chosen(known: Sequence[KnownRun], arguments: argparse.Namespace) -> list[KnownRun]:
    """The runs that are named, or the newest. Raises UsageError where there are none or a word means several."""
    if len(known) < 2:
        raise UsageError(f"comparing needs two runs, {arguments.model} has {len(known)}")
    if not arguments.runs:
        return list(known[:NEWEST])
    chosen = [_meant(known, word) for word in dict.fromkeys(arguments.runs)]
    if not 2 <= len(chosen) <= MOST:
        raise UsageError(f"comparing needs 2 to {MOST} runs, got {len(chosen)}")
    return chosen


def _meant(known: Sequence[KnownRun], word: str) -> KnownRun:
    from mlgitops.runs.known import matching

    found = matching(known, word)
    if len(found) == 1:
        return found[0]
    if not found:
        hint = f"`mlgitops runs list` shows them: {', '.join(run.digits for run in known[:5])}"
        raise UsageError(f"there is no run {word[:80]!r}", hint)
    places = ", ".join(f"{run.digits} in {run.environment}" for run in found[:5])
    raise UsageError(f"{word[:80]!r} means {len(found)} runs", f"give more digits, or --env: {places}")
