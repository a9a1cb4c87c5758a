"""`mlgitops promote MODEL`: the version that serves in one environment becomes the next one's release.

    mlgitops promote churn --from staging --to prod --reason "A week in staging without an alert"

It writes environments/prod/releases/churn.yaml and nothing else: a person commits it, and others approve it there.
"""

from __future__ import annotations

import argparse


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, from where and to where."""
    from mlgitops.cli import released_live
    from mlgitops.cli.delivery import declare_asked, declare_risk

    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--from", dest="source", metavar="ENV", required=True, help="where the version serves")
    parser.add_argument("--to", dest="target", metavar="ENV", required=True, help="where it is to serve")
    parser.add_argument("--reason", metavar="TEXT", help="why (the reason of the release that it comes from)")
    declare_risk(parser)
    declare_asked(parser, "the model's owner")
    released_live.declare(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the release, or say why not."""
    from mlgitops.cli import released_live
    from mlgitops.cli.delivery import Refused, asked_of, deliver_release, environment_of, model_of, place_of, refuse
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.promote import promote
    from mlgitops.files.disk import DiskTree

    root = root_of(arguments.root)
    tree = DiskTree(root)
    try:
        model = model_of(tree, arguments.model)
        source, target = (environment_of(tree, name) for name in (arguments.source, arguments.target))
        places = place_of(tree, source, arguments.model), place_of(tree, target, arguments.model)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    change = promote(model, *places, asked_of(arguments, model.spec.value), arguments.risk)
    code = deliver_release(change, places[1], root, arguments)
    return code or released_live.waited(arguments, places[1], change)
