"""`mlgitops diff --live`: what differs between Git and the cluster, field by field.

mlgitops diff --live --model churn --env prod

Exit code 1 where anything differs. What Argo CD ignores is shown too: fields that KubeRay accepts in a RayService and
does not bring to the cluster that runs. Two commits are compared by `mlgitops plan`.
"""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import live
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """What is compared."""
    live.declare(parser, "text", "json")
    parser.add_argument("--live", action="store_true", help="compare with the cluster, through Argo CD")


def run(arguments: argparse.Namespace) -> int:
    """Show the differences."""
    from mlgitops.report.live_diff import live_diff_document, live_diff_text
    from mlgitops.stages.asked import asked_of
    from mlgitops.stages.compare_live import compare_live

    if not arguments.live:
        raise UsageError(
            "`mlgitops diff` compares Git with the cluster: give --live", "`mlgitops plan` compares commits"
        )
    question = live.question_of(arguments)
    asked = asked_of(question)
    compared = compare_live(asked, question, live.argocd_of())
    if arguments.format == "json":
        sys.stdout.write(json.dumps(live_diff_document(compared, asked.commit), indent=2) + "\n")
    else:
        sys.stdout.write(live_diff_text(compared))
    return 1 if any(one.objects or one.edits for one in compared) else 0
