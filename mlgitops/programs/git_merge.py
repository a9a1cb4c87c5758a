"""What Git is merging at the moment, and what comes of it: for a merge driver, which Git tells of one file alone.

    other = being_merged(repository, os.environ)
    merged = merged_tree(repository, other)

Git names the other side of a merge in variables (`GITHEAD_…`), and the commit that a rebase is at in a file. Of a
`cherry-pick` or a `revert` it says nothing until it has ended.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.programs.git import OBJECT, ask, revision

NAME = "mlgitops"
"""Of the driver, in `.gitattributes` and Git's configuration."""


class Other(NamedTuple):
    """The side that is merged into HEAD."""

    commit: str
    replayed: bool
    """Whether it is one commit that a rebase takes over, so that its parent is the base."""


class Merged(NamedTuple):
    """What Git makes of both sides, but for what the driver is for."""

    tree: str
    conflicts: frozenset[str]
    """Paths from the checkout's top that conflict."""


def being_merged(repository: str, variables: Mapping[str, str]) -> Other | None:
    """The other side; None where Git does not say."""
    heads = [name.removeprefix("GITHEAD_") for name in variables if name.startswith("GITHEAD_")]
    heads = [name for name in heads if OBJECT.fullmatch(name) and name != revision(repository, "HEAD")]
    if len(heads) == 1:
        return Other(heads[0], False)
    done = _path(repository, "rebase-merge/done")
    lines = done.read_text(errors="replace").split("\n") if done.is_file() else []
    picks = [found[1] for line in lines if (found := re.match(r"(?:pick|p|reword|r|edit|e) ([0-9a-f]{7,64})\b", line))]
    return Other(revision(repository, picks[-1]), True) if picks and not heads else None


def git_folder(repository: str) -> Path:
    """A folder of ours in Git's own, where nothing is committed."""
    return _path(repository, NAME)


def _path(repository: str, name: str) -> Path:
    said = ask(repository, "rev-parse", "--git-path", name).stdout.decode("utf-8", "surrogateescape").rstrip("\n")
    return Path(os.path.abspath(os.path.join(repository, said)))


def merged_tree(repository: str, other: Other) -> Merged:
    """Both sides merged, in Git's objects alone. Raises MlgitopsError where Git is older than 2.38."""
    ours = revision(repository, "HEAD")
    if other.replayed:
        tree = _object(ask(repository, "rev-parse", "HEAD^{tree}").stdout)
        parent = revision(repository, f"{other.commit}~1")
        who = {f"GIT_{role}_{word}": "mlgitops" for role in ("AUTHOR", "COMMITTER") for word in ("NAME", "EMAIL")}
        commit = ("commit-tree", "--no-gpg-sign", tree, "-p", parent)
        ours = _object(ask(repository, *commit, stdin=b"merged\n", variables=who).stdout)
    # The driver itself would be called again, without end: here each of its files is taken as ours.
    words = ("-c", f"merge.{NAME}.driver=true", "merge-tree", "--write-tree", "-z", "--no-messages", "--name-only")
    done = ask(repository, *words, ours, other.commit, allowed={0, 1, 129})
    if done.code == 129:
        raise MlgitopsError("git merge-tree --write-tree is missing", "it needs Git 2.38 or newer")
    tree, *conflicts = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return Merged(_object(tree.encode()), frozenset(path for path in conflicts if path))


def _object(output: bytes) -> str:
    said = output.decode("utf-8", "replace").strip()
    if not OBJECT.fullmatch(said):
        raise MlgitopsError(f"expected an object's id from git, got {said[:80]!r}")
    return said


def configure(repository: str, command: str) -> None:
    """Let this clone use the driver: Git takes no command from a repository's own files."""
    ask(repository, "config", "--local", f"merge.{NAME}.name", "render what both sides declare")
    ask(repository, "config", "--local", f"merge.{NAME}.driver", f"{command} merge-driver %A %P")
