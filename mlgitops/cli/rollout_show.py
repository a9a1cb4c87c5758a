"""`mlgitops rollout show MODEL --env ENV`: the steps of a rollout, and where it is."""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import options
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and where."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    options.declare(parser, "env", "format")


def run(arguments: argparse.Namespace) -> int:
    """Print the steps of the rollout in each environment, or in those that are named."""
    from mlgitops.cli.delivery import Refused, environments_of, model_of, must_know, place_of, refuse
    from mlgitops.cli.repository import root_of
    from mlgitops.files.disk import DiskTree
    from mlgitops.report.rollouts import rollout_document, rollout_text

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops rollout show` writes text or json, got --format {arguments.format}")
    root = root_of(arguments.root)
    tree = DiskTree(root)
    try:
        model_of(tree, arguments.model)
        environments = environments_of(tree)
        for name in arguments.env:
            must_know("environment", name, list(environments))
        places = [place_of(tree, one, arguments.model) for one in environments.values()]
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    wanted = [place for place in places if not arguments.env or place.name in arguments.env]
    shown = [place for place in wanted if place.release is not None]
    if arguments.format == "json":
        rollouts = [rollout_document(place) for place in shown]
        sys.stdout.write(json.dumps({"version": 1, "rollouts": rollouts}, indent=2) + "\n")
        return 0
    texts = [rollout_text(place) for place in shown]
    sys.stdout.write("\n".join(texts) if texts else f"{arguments.model} serves in none of these environments\n")
    return 0
