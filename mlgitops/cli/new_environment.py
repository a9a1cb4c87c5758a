"""`mlgitops new environment NAME`: an environment to start from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def declare(parser: argparse.ArgumentParser) -> None:
    """Its name."""
    parser.add_argument("name", metavar="NAME", help="name of the environment, such as staging")


def run(arguments: argparse.Namespace) -> int:
    """Write environments/NAME/environment.yaml."""
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import create

    for path in create(Path(root_of(arguments.root)), environment_files(arguments.name)):
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write("next: clusters, images and storage there are examples; then `mlgitops validate`\n")
    return 0


def environment_files(name: str) -> dict[str, str]:
    """The files of a new environment, by path."""
    from mlgitops.cli.scaffold import checked, filled

    words = {"NAME": checked(name, "an environment's name", most=20)}
    return {f"environments/{name}/environment.yaml": filled("environment/environment.yaml", words)}
