"""`mlgitops release list`: which version of each model serves where, and which environment is behind another."""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import options
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    options.declare(parser, "env", "model", "format")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each model and environment; models with errors follow as findings."""
    from mlgitops.cli.delivery import Refused, environments_of, place_of, refuse, sound_model
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.standing import standings
    from mlgitops.files.disk import DiskTree
    from mlgitops.findings import Finding
    from mlgitops.report.releases import release_table, standing_document
    from mlgitops.spec.load import model_names

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops release list` writes text or json, got --format {arguments.format}")
    root = root_of(arguments.root)
    tree = DiskTree(root)
    known = model_names(tree)
    rows, findings = [], list[Finding]()
    try:
        environments = environments_of(tree)
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    _must_be_known("--model", arguments.model, known)
    _must_be_known("--env", arguments.env, list(environments))
    for name in arguments.model or known:
        try:
            model = sound_model(tree, name)
            rows += standings(model, [place_of(tree, one, name) for one in environments.values()])
        except Refused as refused:
            findings += refused.findings
    rows = [row for row in rows if not arguments.env or row.environment in arguments.env]
    if arguments.format == "json":
        from mlgitops.report.as_json import document_of
        from mlgitops.report.contents import Report

        document = {"version": 1, "releases": [standing_document(row) for row in rows]}
        document["findings"] = document_of(Report(tuple(findings)))["findings"]
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 1 if findings else 0
    sys.stdout.write(release_table(rows))
    if findings:
        sys.stdout.write("\n")
        return refuse(findings, root, arguments, "model")
    return 0


def _must_be_known(flag: str, asked: list[str], known: list[str]) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(f"{flag} must be one of {(', '.join(sorted(known)) or 'none')[:400]}; got {name[:80]!r}")
