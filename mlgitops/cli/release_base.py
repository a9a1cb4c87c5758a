"""The commit that `release --new` decides on: HEAD for a working tree, a remote's branch for a pull request."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.errors import UsageError
from mlgitops.programs.git import revision
from mlgitops.programs.git_branches import Remote, fetch, heads, must_be_whole
from mlgitops.programs.git_tree import GitTree
from mlgitops.stages.revise import SOURCES


class Base(NamedTuple):
    """A commit, read without a working tree."""

    root: str
    """The repository, in which Git is asked."""
    commit: str
    tree: GitTree
    remote: Remote | None = None
    """Where branches go; None where none is wanted."""
    branch: str = ""
    """What pull requests go into."""


def local_base(root: str) -> Base:
    """HEAD. Raises UsageError where nothing is committed, RevisionMissing in a shallow clone."""
    commit = revision(root, "HEAD")
    must_be_whole(root)
    return Base(root, commit, _tree(root, commit))


def remote_base(root: str, name: str, branch: str | None, token: str | None = None) -> Base:
    """The tip of a remote's branch, which need not be checked out, whatever is.

    Raises UsageError where there is no such remote or branch, MlgitopsError where it cannot be reached.
    """
    must_be_whole(root)
    remote, wanted = Remote(root, name, token), branch or _target_revision(root)
    commit = heads(remote, [wanted]).get(wanted)
    if commit is None:
        raise UsageError(f"{name} must have the branch {wanted[:80]!r}, got none", "name another with --base")
    fetch(remote, wanted, commit)
    return Base(root, commit, _tree(root, commit), remote, wanted)


def _tree(root: str, commit: str) -> GitTree:
    tree = GitTree(root, commit, SOURCES)
    tree.preload(tree.blobs)
    return tree


def _target_revision(root: str) -> str:
    """The branch that Argo CD follows. Raises UsageError where `mlgitops.yaml` does not say."""
    from mlgitops.files.disk import DiskTree
    from mlgitops.spec.load import load_repository

    repository, findings = load_repository(DiskTree(root))
    if repository is None:
        raise UsageError(f"mlgitops.yaml must be valid: {findings[0].message}", "`mlgitops validate` says all of it")
    return repository.value.spec.targetRevision
