"""The commits of a line of history that changed some files, and which of them had a folder as it is in a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.programs.git import OBJECT, ask, deepen, is_shallow, revision

MOST = 10_000
"""Commits that are listed."""


class Point(NamedTuple):
    """A commit of the line."""

    commit: str
    day: str
    """Of the commit, in UTC: `2026-11-21`."""
    subject: str
    """The first line of its message: a stranger's text."""


def history(repository: str, tip: str, paths: Sequence[str]) -> list[Point]:
    """The commits that changed files at or below `paths`, newest first, along first parents: what landed when.

    Raises UsageError for a revision that is none, MlgitopsError in a shallow clone.
    """
    commit = revision(repository, tip)
    if is_shallow(repository):
        raise MlgitopsError("this clone is shallow, and the question is about its history", deepen())
    words = ("log", "--first-parent", f"--max-count={MOST}", "--no-show-signature", "--format=%H%x1f%ct%x1f%s", "-z")
    output = ask(repository, *words, commit, "--", *paths).stdout.decode("utf-8", "replace")
    return [_point(*record.split("\x1f", 2)) for record in output.split("\0") if record.count("\x1f") >= 2]


def _point(commit: str, seconds: str, subject: str) -> Point:
    return Point(commit.strip(), datetime.fromtimestamp(int(seconds), UTC).date().isoformat(), subject)


def trees_of(repository: str, commits: Sequence[str], folder: str) -> dict[str, str]:
    """Commit → the id of a folder's tree there; those without the folder are left out. One process for all."""
    stdin = "".join(f"{commit}:./{folder}\n" for commit in commits).encode()
    lines = ask(repository, "cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=stdin).stdout.decode()
    found = (line.split(" ") for line in lines.splitlines())
    pairs = zip(commits, found, strict=True)
    return {c: words[1] for c, words in pairs if words[0] == "tree" and OBJECT.fullmatch(words[1])}
