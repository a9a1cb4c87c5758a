"""`mlgitops wait`: until what Git asks for is live and healthy, or has failed.

mlgitops wait --model churn --env prod --timeout 10m
mlgitops wait --revision 3f2a91b        # of one commit; a newer one that replaces it is a failure
"""

from __future__ import annotations

import argparse

from mlgitops.cli import live


def declare(parser: argparse.ArgumentParser) -> None:
    """What is waited for, and for how long."""
    live.declare(parser, "text", "json")
    live.declare_timeout(parser, "10m")
    parser.add_argument("--runs", action="store_true", help="wait until the newest training runs have ended well, too")


def run(arguments: argparse.Namespace) -> int:
    """Wait; exit code 0 only when everything asked for is live."""
    from mlgitops.stages.follow import Following

    question, argocd = live.question_of(arguments), live.argocd_of()
    following = Following(
        question, argocd, live.seconds_of(arguments.timeout), runs=arguments.runs, pinned=bool(question.revision)
    )
    return live.followed(following, arguments)
