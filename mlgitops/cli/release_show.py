"""`mlgitops release show MODEL`: what is released of a model, with the evidence of the version and who approved it."""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import options
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """The model."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    options.declare(parser, "env", "format")


def run(arguments: argparse.Namespace) -> int:
    """Print what each environment serves. Exit code 1 where a release does not fit its version's record."""
    from mlgitops.cli.delivery import Refused, environments_of, model_of, place_of, refuse
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.standing import standings
    from mlgitops.files.disk import DiskTree
    from mlgitops.report.releases import release_document, release_text
    from mlgitops.spec.checks.release import check_release

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops release show` writes text or json, got --format {arguments.format}")
    root = root_of(arguments.root)
    tree = DiskTree(root)
    try:
        model = model_of(tree, arguments.model)
        environments = environments_of(tree)
        for name in arguments.env:
            if name not in environments:
                raise UsageError(f"--env must be one of {', '.join(environments)[:400]}; got {name[:80]!r}")
        places = {name: place_of(tree, one, arguments.model) for name, one in environments.items()}
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    rows = [row for row in standings(model, places.values()) if not arguments.env or row.environment in arguments.env]
    findings = [
        finding
        for row in rows
        if (release := places[row.environment].release) is not None
        for finding in check_release(environments[row.environment], model, release)
    ]
    if findings:
        return refuse(findings, root, arguments, "model")
    if arguments.format == "json":
        releases = [release_document(row, places[row.environment], model) for row in rows]
        sys.stdout.write(json.dumps({"version": 1, "releases": releases}, indent=2) + "\n")
        return 0
    texts = [release_text(row, places[row.environment], model) for row in rows]
    sys.stdout.write("\n".join(texts) if texts else f"{arguments.model} serves in no environment\n")
    return 0
