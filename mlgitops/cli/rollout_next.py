"""`mlgitops rollout next MODEL --env ENV`: the next step of a rollout, as a change of the release's file.

mlgitops rollout next churn --env prod    # weight 5 → 25; after 100, and after an abort, the end of the rollout
"""

from __future__ import annotations

import argparse


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and where."""
    from mlgitops.cli.delivery import declare_asked

    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", required=True, help="the environment that its rollout is in")
    parser.add_argument("--reason", metavar="TEXT", help="why, where an aborted rollout ends")
    declare_asked(parser, "the model's owner")


def run(arguments: argparse.Namespace) -> int:
    """Write the step, or say why not."""
    from mlgitops.cli.delivery import Refused, asked_of, deliver_step, refuse, served
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.rollout import next_step
    from mlgitops.files.disk import DiskTree

    root = root_of(arguments.root)
    try:
        model, place = served(DiskTree(root), arguments)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    step = next_step(model, place, asked_of(arguments, model.spec.value))
    return deliver_step(step, place, root, arguments)
