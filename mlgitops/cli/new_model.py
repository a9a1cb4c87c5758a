"""`mlgitops new model NAME`: a spec to start from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def declare(parser: argparse.ArgumentParser) -> None:
    """The model and its team."""
    parser.add_argument("name", metavar="NAME", help="name of the model, such as churn")
    parser.add_argument("--team", metavar="TEAM", default="my-team", help="the team that it belongs to")


def run(arguments: argparse.Namespace) -> int:
    """Write specs/NAME/model.yaml."""
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import create

    for path in create(Path(root_of(arguments.root)), model_files(arguments.name, arguments.team)):
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write("next: describe the data and the model there, then `mlgitops validate`\n")
    return 0


def model_files(name: str, team: str) -> dict[str, str]:
    """The files of a new model, by path."""
    from mlgitops.cli.scaffold import checked, filled

    words = {"NAME": checked(name, "a model's name"), "TEAM": checked(team, "a team's name")}
    return {f"specs/{name}/model.yaml": filled("model/model.yaml", words)}
