"""`mlgitops version new MODEL --artifact-of VERSION`: known weights with the behaviour of the working tree.

    mlgitops version new churn --artifact-of v14 --release dev    # after an edit of serve.py, serving or monitoring

It writes specs/churn/versions/v15/ and, where it is asked to, its release where models are tried first.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from mlgitops.cli.options import one_of
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.deliver.release import NewRelease, Place
    from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
    from mlgitops.tree import Tree

RISKS = ("low", "medium", "high")


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, whose weights, the new name, and where it is to serve first."""
    from mlgitops.cli.delivery import declare_asked

    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--artifact-of", metavar="VERSION", required=True, help="the version that has the weights")
    parser.add_argument("--name", metavar="VERSION", help="name of the new version (the next number)")
    parser.add_argument("--env", metavar="NAME", help="whose defaults and image count (where the model is trained)")
    parser.add_argument("--release", metavar="ENV", help="release it there, too: where models are tried first")
    parser.add_argument(
        "--risk", metavar="RISK", type=one_of("--risk", RISKS), help="of that release (computed; lower needs approval)"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why, for that release")
    declare_asked(parser, "the model's owner")


def run(arguments: argparse.Namespace) -> int:
    """Write the version's folder and its release, or say why not."""
    from mlgitops.cli.delivery import Refused, refuse
    from mlgitops.cli.repository import root_of

    root = root_of(arguments.root)
    try:
        _run(arguments, root)
    except Refused as refused:
        return refuse(refused.findings, root, arguments)
    return 0


def _run(arguments: argparse.Namespace, root: str) -> None:
    """Decides everything before anything is written. Raises Refused."""
    from pathlib import Path

    from mlgitops.cli.delivery import Refused, asked_of, model_of, write_release
    from mlgitops.deliver.new_version import NewVersion, new_version
    from mlgitops.files.disk import DiskTree
    from mlgitops.files.new_folder import create_folder
    from mlgitops.report.releases import written_version

    tree, of = DiskTree(root), arguments.artifact_of
    model = model_of(tree, arguments.model)
    if of not in model.versions:
        known = ", ".join(model.versions) or "none"
        raise UsageError(f"{arguments.model} has no version {of[:80]!r}; known: {known[:400]}")
    asked = asked_of(arguments, model.spec.value)
    made = model.versions[of].record.value.spec.createdAt
    if asked.at <= made:  # which of two versions is older decides what a rollback may return to
        raise UsageError(f"--at must be after {of} was made, {made}; got {asked.at}")
    change = new_version(model, of, _name(arguments.name), _trained_in(tree, model, arguments.env), asked)
    if isinstance(change, list):
        raise Refused(change)
    new = isinstance(change, NewVersion)
    name, having = (change.name, change.model) if isinstance(change, NewVersion) else (change.version, model)
    released = _release(tree, having, name, arguments) if arguments.release else None
    if isinstance(change, NewVersion):
        create_folder(Path(root), change.folder, change.files)
        sys.stdout.write(written_version(change, of))
    else:
        sys.stdout.write(f"nothing to do: {change.why}\n")
    if isinstance(released, str):
        sys.stdout.write(f"nothing to do: {released}\n")
    elif released is not None:
        write_release(*released, root)
    elif new:
        sys.stdout.write("next: release it where models are tried first: the same command with --release ENV\n")


def _trained_in(tree: Tree, model: DeclaredModel, name: str | None) -> list[DeclaredEnvironment]:
    from mlgitops.cli.delivery import environment_of, environments_of

    if name is not None:
        return [environment_of(tree, name)]
    every = environments_of(tree).values()
    return [one for one in every if one.spec.value.spec.trains and one.selects(model.spec.value)]


def _release(
    tree: Tree, model: DeclaredModel, version: str, arguments: argparse.Namespace
) -> tuple[NewRelease, Place] | str:
    """The first release of the version, or why there is nothing to do. Raises Refused."""
    from mlgitops.cli.delivery import Refused, asked_of, environment_of, place_of
    from mlgitops.deliver.first_release import first_release
    from mlgitops.deliver.release import Unchanged

    place = place_of(tree, environment_of(tree, arguments.release), arguments.model)
    release = first_release(model, version, place, arguments.risk, asked_of(arguments, model.spec.value))
    if isinstance(release, list):
        raise Refused(release)
    return release.why if isinstance(release, Unchanged) else (release, place)


def _name(word: str | None) -> str | None:
    from mlgitops.spec.documents.types import DESCRIPTIONS, VERSION_NAME

    if word is None or (re.fullmatch(VERSION_NAME, word) and word.isprintable()):
        return word
    raise UsageError(f"--name must be {DESCRIPTIONS[VERSION_NAME].what}; got {word[:80]!r}")
