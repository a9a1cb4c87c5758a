"""`mlgitops init DIR`: a repository that validates at once, with an environment, two rules and a model to rename.

And with what runs around it: workflows, owners, pre-commit's hooks, and the merge driver's line in `.gitattributes`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlgitops.errors import UsageError

FIRST_MODEL = "example"
FIRST_ENVIRONMENT = "dev"

DOTTED = ("ci/", "gitattributes", "github/", "gitignore", "pre-commit-config.yaml")
"""Templates whose names begin with a dot where they go: here they would act on the templates themselves."""

SCRIPTS = ".ci/"


def declare(parser: argparse.ArgumentParser) -> None:
    """Where, and how the repository is called."""
    parser.add_argument("directory", metavar="DIR", help="a new or an empty directory; . for this one")
    parser.add_argument("--name", metavar="NAME", help="name of the repository (the directory's name)")


def run(arguments: argparse.Namespace) -> int:
    """Write the files. Raises UsageError where files would be in the way."""
    from mlgitops.files.write import create

    if arguments.root != ".":
        raise UsageError("`mlgitops init` takes no -C", "name the directory: mlgitops init DIR")
    directory = Path(arguments.directory)
    files = repository_files(arguments.name or directory.resolve().name)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{arguments.directory[:200]} is no directory", "name a new or an empty one")
    for path in create(directory, files):
        if path.startswith(SCRIPTS):
            (directory / path).chmod(0o755)
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write(f"next: {_next(directory)}\n")
    return 0


def _next(directory: Path) -> str:
    """What to do first; nothing of Git where there is a checkout already."""
    place = directory.resolve()
    steps = [] if any((above / ".git").exists() for above in (place, *place.parents)) else ["`git init` there"]
    steps += [
        "`mlgitops merge-driver --install`",
        "`mlgitops validate`",
        "`mlgitops schema`, so that editors check what you write",
    ]
    return ", ".join([*steps, "then `mlgitops new model NAME`"])


def repository_files(name: str) -> dict[str, str]:
    """The files of a new repository, by path. Raises UsageError for a name that is none."""
    from mlgitops import __version__
    from mlgitops.cli.new_environment import environment_files
    from mlgitops.cli.new_model import model_files
    from mlgitops.cli.scaffold import checked, filled, folder

    words = {"NAME": checked(name, "a repository's name (--name)"), "RELEASE": __version__}
    files = {_placed(path): filled(f"repository/{path}", words) for path in folder("repository")}
    return files | environment_files(FIRST_ENVIRONMENT) | model_files(FIRST_MODEL, "my-team")


def _placed(template: str) -> str:
    """Where a template goes."""
    return f".{template}" if template.startswith(DOTTED) else template
