"""What Git asks for at one commit: the releases and runs that `rendered/` has there, which is what Argo CD follows.

asked = asked_of(Question(root, revision="origin/main"))
asked.wanted[0]      # Wanted("dev", "breast-cancer", ("v2",), "breast-cancer-4dddd086")
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.files.disk import DiskTree
from mlgitops.live.judge import Wanted
from mlgitops.live.ray_service import VERSION
from mlgitops.programs.git import revision
from mlgitops.programs.git_branches import Remote, fetch, heads
from mlgitops.programs.git_tree import GitTree
from mlgitops.spec.documents.repository import RepositorySpec
from mlgitops.stages.revise import SOURCES

Json = Any

RENDERED = "rendered"
REMOTE = "origin"


class Question(NamedTuple):
    """What a person asks about."""

    root: str
    revision: str = ""
    """A commit, a branch or a tag; empty for the branch that Argo CD follows, as this clone knows it."""
    environments: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def includes(self, environment: str, model: str) -> bool:
        """Whether a place is asked about."""
        return (not self.environments or environment in self.environments) and (not self.models or model in self.models)


class Asked(NamedTuple):
    """What Git has at a commit."""

    root: str
    revision: str
    """As a person would name the commit."""
    commit: str
    repository: RepositorySpec
    tree: GitTree
    wanted: tuple[Wanted, ...]
    """Those that were asked about, by model, environments in the order of promotion."""
    order: tuple[str, ...]
    """All environments, in that order."""


def asked_of(question: Question, commit: str = "") -> Asked:
    """What Git asks for; `commit` in place of what the question's revision is in this clone.

    Raises UsageError for names that are not there, MlgitopsError where Git fails or mlgitops.yaml is no repository's.
    """
    repository = _repository(question.root)
    name = question.revision
    if not name:
        name = f"{REMOTE}/{repository.targetRevision}"
        if not commit:
            commit, name = _followed(question.root, name)
    commit = commit or revision(question.root, name)
    tree = GitTree(question.root, commit, [*SOURCES, RENDERED])
    every = _wanted(tree)
    if not every:
        raise UsageError(f"{name} has nothing rendered", "`mlgitops render`, commit, and merge")
    _must_be_there("--env", question.environments, {one.environment for one in every})
    _must_be_there("--model", question.models, {one.model for one in every})
    order = _order(tree)
    chosen = [one for one in every if question.includes(one.environment, one.model)]
    position = {environment: number for number, environment in enumerate(order)}
    chosen.sort(key=lambda one: (one.model, position.get(one.environment, len(order)), one.environment))
    return Asked(question.root, name, commit, repository, tree, tuple(chosen), order)


def branch_head(asked: Asked) -> str:
    """The commit that the followed branch is at where it was pushed to, which this clone then has. Asks the network.

    Raises MlgitopsError where it cannot be had.
    """
    remote, branch = Remote(asked.root, REMOTE), asked.repository.targetRevision
    found = heads(remote, [branch]).get(branch)
    if found is None:
        raise MlgitopsError(f"{REMOTE} has no branch {branch[:80]}")
    fetch(remote, branch, found)
    return found


def _followed(root: str, name: str) -> tuple[str, str]:
    """The commit that this clone knows the followed branch to be at; without one (CI has none) HEAD."""
    try:
        return revision(root, name), name
    except MlgitopsError:
        return revision(root, "HEAD"), "HEAD"


def _repository(root: str) -> RepositorySpec:
    from mlgitops.spec.load import load_repository

    found, findings = load_repository(DiskTree(root))
    if found is None:
        raise MlgitopsError(f"mlgitops.yaml: {findings[0].message}", "run `mlgitops validate`")
    return found.value.spec


def _wanted(tree: GitTree) -> list[Wanted]:
    """Every model in every environment, from the few files that say what is asked for."""
    places: dict[tuple[str, str], dict[str, list[str]]] = {}
    for path in tree.blobs:
        parts = path.split("/")
        if len(parts) == 5 and parts[0] == RENDERED and parts[3] in ("serve", "train", "score"):
            places.setdefault((parts[1], parts[2]), {}).setdefault(parts[3], []).append(path)
    kinds = {"serve": "rayservice", "train": "rayjob"}
    said = {
        (place, part): [path for path in paths if path.rpartition("/")[2].startswith(kinds.get(part, "?"))]
        for place, folders in places.items()
        for part, paths in folders.items()
    }
    tree.preload(path for paths in said.values() for path in paths)
    found = []
    for place, folders in places.items():
        services = [document for path in said.get((place, "serve"), ()) if (document := document_at(tree, path))]
        runs = [document for path in said.get((place, "train"), ())[:1] if (document := document_at(tree, path))]
        versions = {str((one["metadata"].get("labels") or {}).get(VERSION, "")) for one in services} - {""}
        run = str(runs[0]["metadata"].get("name", "")) if runs else ""
        found.append(Wanted(*place, tuple(sorted(versions)), run, "score" in folders))
    return found


def document_at(tree: GitTree, path: str) -> dict[str, Json] | None:
    """A rendered object; None for a file that holds none."""
    from ryaml import InvalidYamlError, loads

    content = tree.read(path)
    try:
        document = loads(content.decode("utf-8", "replace")) if content is not None else None
    except (InvalidYamlError, ValueError):
        return None
    return document if isinstance(document, dict) and isinstance(document.get("metadata"), dict) else None


def _order(tree: GitTree) -> tuple[str, ...]:
    """Environments, each after the one that it promotes from; one with errors has no order."""
    from mlgitops.deliver.standing import in_chain_order
    from mlgitops.spec.load import environment_names, load_environment

    found = ((name, load_environment(tree, name)[0]) for name in environment_names(tree))
    return tuple(in_chain_order({name: one for name, one in found if one is not None}))


def _must_be_there(flag: str, asked: tuple[str, ...], known: set[str]) -> None:
    for name in asked:
        if name not in known:
            raise UsageError(f"{flag} must be one of {(', '.join(sorted(known)) or 'none')[:400]}; got {name[:80]!r}")
