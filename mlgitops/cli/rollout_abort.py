"""`mlgitops rollout abort MODEL --env ENV`: all requests go back to the version before, which runs still.

mlgitops rollout abort churn --env prod   # a change of the HTTPRoute alone; `rollout next` then ends the rollout
"""

from __future__ import annotations

import argparse


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and where."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", required=True, help="the environment that its rollout is in")


def run(arguments: argparse.Namespace) -> int:
    """Write the step, or say why not."""
    from mlgitops.cli.delivery import Refused, deliver_step, refuse, served
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.rollout import abort
    from mlgitops.files.disk import DiskTree

    root = root_of(arguments.root)
    try:
        model, place = served(DiskTree(root), arguments)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    return deliver_step(abort(model, place), place, root, arguments)
