"""`mlgitops rollback MODEL --env ENV`: an earlier version becomes the release of an environment again.

mlgitops rollback churn --env prod             # to the version that the present release supersedes
mlgitops rollback churn --env prod --to v12    # to another one that was made before
"""

from __future__ import annotations

import argparse


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, where, and to which version."""
    from mlgitops.cli import released_live
    from mlgitops.cli.delivery import declare_asked, declare_risk

    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", required=True, help="the environment to return in")
    parser.add_argument("--to", metavar="VERSION", help="the version (the one that the present release supersedes)")
    parser.add_argument("--reason", metavar="TEXT", help="why")
    declare_risk(parser)
    declare_asked(parser, "the model's owner")
    released_live.declare(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the release, or say why not."""
    from mlgitops.cli import released_live
    from mlgitops.cli.delivery import Refused, asked_of, deliver_release, refuse, served
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.rollback import rollback
    from mlgitops.files.disk import DiskTree

    root = root_of(arguments.root)
    try:
        model, place = served(DiskTree(root), arguments)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    change = rollback(model, place, arguments.to, asked_of(arguments, model.spec.value), arguments.risk)
    code = deliver_release(change, place, root, arguments)
    return code or released_live.waited(arguments, place, change)
