"""The Git repository under test: the example of this working tree, rendered for the lab's own Git.

repository = Repository.example(folder)
repository.edit("specs/digits/model.yaml", "epochs: 40", "epochs: 41")
repository.render()
revision = repository.commit("Train digits a little longer")
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.lab.component import LabError

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("mlgitops.yaml", "specs", "environments", "policies", "rendered")
GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@example.com", "-c", "init.defaultBranch=main")


class Repository:
    """A Git repository on this machine, which Argo CD reads by its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"file://{folder}"

    @classmethod
    def example(cls, folder: Path) -> Repository:
        """A copy of the example, whose `repoURL` is the copy, rendered again and committed."""
        repository = cls(folder)
        for path in tracked(PARTS):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target)
        said = folder / "mlgitops.yaml"
        text, count = re.subn(r"(?m)^(\s*repoURL:).*$", rf"\1 {repository.url}", said.read_text(encoding="utf-8"))
        if count != 1:
            raise LabError(f"expected one repoURL in mlgitops.yaml, got {count}")
        said.write_text(text, encoding="utf-8")
        repository.write(".gitignore", ".cache/\n")
        repository.git("init", "--quiet")
        repository.render()
        repository.commit("Declare the models of the example")
        return repository

    def git(self, *words: str) -> str:
        """What Git prints. Raises CalledProcessError where it fails."""
        return subprocess.run([*GIT, *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def mlgitops(self, *words: str, code: int = 0) -> str:
        """What `mlgitops` prints in the repository, as a person would run it. Raises LabError with its words."""
        command = [sys.executable, "-m", "mlgitops", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
        done = subprocess.run(command, cwd=self.folder, check=False, capture_output=True, text=True, env=environment)
        if done.returncode != code:
            raise LabError(f"mlgitops {' '.join(words)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def render(self, *words: str) -> str:
        """Write `rendered/` again."""
        return self.mlgitops("render", *words)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that stands in a file exactly once. Raises LabError where it does not."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise LabError(f"{path}: expected {old!r} once, got it {text.count(old)} times")
        file.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file, with its folders."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commit everything, as a merged pull request would, and return the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def revert(self, revision: str = "HEAD") -> str:
        """Commit the opposite of a revision, and return the new one."""
        self.git("revert", "--no-edit", revision)
        return self.head()

    def restore(self, revision: str) -> str:
        """Commit the files of a former revision, where they differ; returns the newest revision."""
        self.git("read-tree", "-u", "--reset", revision)
        self.git("clean", "-fdq")
        if self.git("status", "--porcelain"):
            self.commit("Return to what was before")
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()


def tracked(parts: Iterable[str]) -> list[str]:
    """The files of this working tree that Git knows and that are there, below `parts`."""
    done = subprocess.run(["git", "ls-files", "-z", "--", *parts], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for path in done.stdout.split("\0") if path and (ROOT / path).is_file()]
