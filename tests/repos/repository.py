"""Repositories for scripted pull requests: a base on `main`, a change on a branch of its own, and the report on it.

    root = base(place)                 # this repository's own example, rendered and committed
    change(root, script)               # a script's edits, rendered and committed on branch `change`
    ran = report(root)                 # what `mlgitops plan --base main` says, and the same as a comment

Everything is fixed: authors, dates, the day that waivers are judged by. Of what a report says, only the id of the base
differs from run to run with the bytes of this repository; it reads `<base>` here.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from mlgitops.cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ("specs", "environments", "policies", "rendered", "mlgitops.yaml")
AS_OF = "2026-11-21"
WIDTH = "80"
"""Columns of the expected texts, wherever they are made."""
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "test"), ("EMAIL", "test@example.com"), ("DATE", "2026-11-20T00:00:00Z"))
}

Script = Callable[[Path], None]


class PullRequest(NamedTuple):
    """One scripted pull request."""

    name: str
    title: str
    """What it is about: the script's own words."""
    script: Script
    before: Script | None
    """What the base has besides the example; None for nothing."""
    rendered: bool
    """Whether its author rendered it, as far as policy let that pass."""


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


def git(root: Path, *words: str) -> str:
    """What Git prints, with nobody's configuration."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": "/nonexistent"}
    env = {"PATH": os.environ["PATH"], **IDENTITY, **nobody}
    done = subprocess.run(["git", *words], cwd=root, env=env, capture_output=True, check=True, text=True)
    return done.stdout.strip()


def mlgitops(root: Path, *words: str) -> Ran:
    """A command, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(root), *words])
    return Ran(code, out.getvalue(), err.getvalue())


def render(root: Path) -> Ran:
    """Everything rendered, but for what is denied."""
    return mlgitops(root, "render", "--as-of", AS_OF, "--engine", "opa", "--no-cache")


def base(place: Path, before: Script | None = None) -> Path:
    """The example in an empty folder, with what a script adds, rendered and committed on `main`."""
    place.mkdir(parents=True, exist_ok=True)
    for name in EXAMPLE:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name)
        else:
            shutil.copy(source, place / name)
    if before is not None:
        before(place)
    commit(place, "Everything")
    return place


def commit(root: Path, message: str, branch: str = "main") -> str:
    """All that is there as a commit of a branch."""
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    if git(root, "branch", "--show-current") != branch:
        git(root, "switch", "--quiet", "--create", branch)
    git(root, "add", "--all", ".")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


def change(root: Path, one: PullRequest) -> None:
    """A script's edits on a branch of their own."""
    one.script(root)
    if one.rendered:
        render(root)
    commit(root, one.title, "change")


class Report(NamedTuple):
    """A plan in the forms that are compared, with `<base>` for the id of what it is compared with."""

    code: int
    err: str
    text: str
    comment: str


def report(root: Path, revision: str = "main") -> Report:
    """The plan against a revision, computed once."""
    comment = root.parent / "comment.md"
    words = ("--as-of", AS_OF, "--engine", "opa", "--format", "text", "--write", f"markdown={comment}")
    with mock.patch.dict(os.environ, {"COLUMNS": WIDTH}):
        ran = mlgitops(root, "plan", "--base", revision, *words)
    commit_id = git(root, "rev-parse", revision)
    told = comment.read_text() if comment.exists() else ""
    texts = (text.replace(commit_id, "<base>").replace(commit_id[:12], "<base>") for text in (ran.out, told))
    return Report(ran.code, ran.err, *texts)


def edit(root: Path, path: str, before: str, after: str, times: int = 1) -> None:
    """Replace a text that stands in a file so often."""
    text = (root / path).read_text()
    assert text.count(before) == times, f"{path} has {before!r} {text.count(before)} times, not {times}"
    (root / path).write_text(text.replace(before, after))
