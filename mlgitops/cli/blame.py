"""`mlgitops blame FILE POINTER`: which line and layer set a rendered field."""

from __future__ import annotations

import argparse
import json
import os
import sys

from mlgitops.cli import options
from mlgitops.cli.repository import root_of
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """The file and the field."""
    parser.add_argument(
        "file", metavar="FILE", help="below rendered/, such as rendered/prod/churn/serve/rayservice.yaml"
    )
    parser.add_argument("pointer", metavar="POINTER", help="a JSON pointer, such as /spec/rayVersion")
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Print the place, the layer and the value."""
    from mlgitops.files.disk import DiskTree
    from mlgitops.plan.fields import brief
    from mlgitops.report.visible import redacted_shapes, visible
    from mlgitops.source import parse_pointer
    from mlgitops.stages.blame import blame

    root = root_of(arguments.root)
    try:
        pointer = parse_pointer(arguments.pointer)
    except ValueError as error:
        raise UsageError(str(error), "write it like /spec/rayVersion") from error
    path = os.path.relpath(os.path.abspath(os.path.join(arguments.root, arguments.file)), root).replace(os.sep, "/")
    found = blame(DiskTree(root), path, pointer)
    if arguments.format == "json":
        from mlgitops.report.story.change_groups import redacted

        data = {**found._asdict(), "value": redacted(found.value), "location": found.location._asdict(), "version": 1}
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    else:
        value = visible(redacted_shapes(brief(found.value, 80)))
        sys.stdout.write(f"{visible(str(found.location))}: {found.layer}: {value}\n  {found.explanation}\n")
    return 0
