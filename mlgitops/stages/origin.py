"""Which commit a version was trained from: the one whose sources render its run, by the run's identity."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.programs.git_line import Point, history, trees_of
from mlgitops.programs.git_tree import GitTree
from mlgitops.spec.documents.version import VersionSpec
from mlgitops.spec.load import environment_names, model_names
from mlgitops.spec.resolve import ResolvedModel
from mlgitops.stages.prepare import prepare
from mlgitops.stages.wanted_runs import wanted_runs

SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
MOST = 50
"""Commits with the code's tree that are rendered."""


class Rendered(NamedTuple):
    """A run that a commit asks for in an environment."""

    point: Point
    environment: str
    resolved: ResolvedModel
    run: str


class Origin(NamedTuple):
    """Where a version comes from, as far as this clone knows."""

    commits: int
    """How many commits have the code as it was."""
    exact: Rendered | None
    """The newest whose run is the recorded one."""
    nearest: Rendered | None
    """The newest that renders a run of that code at all."""


def origin_of(root: str, tip: str, model: str, record: VersionSpec) -> Origin:
    """Search the line of history. Raises UsageError for a revision that is none, MlgitopsError in a shallow clone."""
    points = history(root, tip, (f"specs/{model}", "environments"))
    trees = trees_of(root, [point.commit for point in points], f"specs/{model}")
    same = [point for point in points if trees.get(point.commit) == record.code.tree]
    nearest: Rendered | None = None
    for point in same[:MOST]:
        for found in _rendered(root, point, model):
            if found.run == record.run.identity:
                return Origin(len(same), found, found)
            nearest = nearest or found
    return Origin(len(same), None, nearest)


def _rendered(root: str, point: Point, model: str) -> list[Rendered]:
    tree = GitTree(root, point.commit, SOURCES)
    if model not in model_names(tree) or not environment_names(tree):
        return []
    tree.preload(path for path in tree.blobs if not path.startswith("specs/") or path.startswith(f"specs/{model}/"))
    prepared = prepare(tree)
    trainers = [name for name, one in prepared.declared.items() if one.spec.value.spec.trains]
    found = wanted_runs(tree, prepared, {model: trainers})[model]
    return [Rendered(point, one.environment.name, one.resolved, one.run) for one in found.runs]


def code_at(root: str, commit: str, model: str) -> dict[str, bytes]:
    """The files beside a model's spec at a commit, by name; its versions are none of them."""
    folder = f"specs/{model}/"
    tree = GitTree(root, commit, (f"specs/{model}",))
    tree.preload(tree.blobs)
    names = (path.removeprefix(folder) for path in tree.blobs)
    return {name: tree.read(folder + name) or b"" for name in names if "/" not in name}
