"""`mlgitops release approve MODEL --env ENV --role ROLE --by WHO`: an approval, bound to what is released.

    mlgitops release approve churn --env prod --role model-owner --by @growth/lead

It counts as long as the release is no more than it is now: its version, its risk, what it changes, and what asks for
the approval.
"""

from __future__ import annotations

import argparse
import sys

from mlgitops.cli.options import one_of

RULES = ("governance.approvals", "release.risk-lowered")


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, where, who and as what."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", required=True, help="the environment of the release")
    parser.add_argument("--role", metavar="ROLE", required=True, help="a role that the environment asks for")
    parser.add_argument("--by", metavar="@WHO", required=True, help="who approves")
    parser.add_argument("--at", metavar="TIME", help="when, in UTC, such as 2026-11-21T10:00:00Z (now)")
    parser.add_argument(
        "--rule", metavar="RULE", default=RULES[0], type=one_of("--rule", RULES), help=f"what for ({RULES[0]})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the approval, or say why not."""
    from pathlib import Path

    from mlgitops.cli.delivery import Refused, asked_of, refuse, served
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.approve import Given, approve
    from mlgitops.deliver.release import Unchanged
    from mlgitops.files.disk import DiskTree
    from mlgitops.files.write import write_text
    from mlgitops.report.rollouts import written_approval
    from mlgitops.stages.approvals import rule_sources

    root = root_of(arguments.root)
    tree = DiskTree(root)
    try:
        model, place = served(tree, arguments)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    asked = asked_of(arguments, model.spec.value)
    change = approve(model, place, Given(arguments.role, asked.by, asked.at, arguments.rule), rule_sources(tree))
    if isinstance(change, list):
        return refuse(change, root, arguments)
    if isinstance(change, Unchanged):
        sys.stdout.write(f"nothing to do: {change.why}\n")
        return 0
    write_text(Path(root) / change.path, change.text)
    sys.stdout.write(written_approval(change))
    return 0
