"""The merge driver, called by real merges, rebases and cherry-picks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import edit, mlgitops
from tests.pipeline.test_plan import AUTHOR, committed, git

SPEC = "specs/alpha/model.yaml"
ENVIRONMENT = "environments/dev/environment.yaml"
JOB = "rendered/dev/alpha/train/rayjob.yaml"
MEMORY = ("training: {resources: {cpu: 1, memory: 2Gi}}", "training: {resources: {cpu: 1, memory: 3Gi}}")


@pytest.fixture
def root(copy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    """A repository in which two branches change one target, each with what it renders to."""
    program = tmp_path / "mlgitops"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{os.getcwd()}" exec {sys.executable} -P -m mlgitops "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(program)])
    place: Path = copy("plain")
    (place / ".gitignore").write_text("/.cache/\n")
    assert mlgitops_install(place) == 0
    committed(place)
    git(place, "checkout", "--quiet", "-b", "ours")
    edit(place, SPEC, "deadline: 2h", "deadline: 3h")
    rendered(place)
    git(place, "checkout", "--quiet", "-b", "theirs", "main")
    edit(place, ENVIRONMENT, *MEMORY)
    rendered(place)
    git(place, "checkout", "--quiet", "ours")
    return place


def mlgitops_install(place: Path) -> int:
    from mlgitops.cli.main import main

    if not (place / ".git").exists():
        git(place, "init", "--quiet", "--initial-branch=main")
    return main(["-C", str(place), "merge-driver", "--install"])


def rendered(place: Path) -> str:
    assert mlgitops(place, "render", engine="opa").code == 0
    return committed(place)


def ran(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **AUTHOR}
    return subprocess.run(["git", *words], cwd=root, env=env, capture_output=True, text=True, check=False)


def is_fresh(root: Path) -> bool:
    return mlgitops(root, "render", "--check", engine="opa").code == 0


def test_without_the_driver_a_merge_conflicts(root: Path) -> None:
    """Else these tests show nothing."""
    git(root, "config", "--remove-section", "merge.mlgitops")
    done = ran(root, "merge", "--no-edit", "theirs")
    assert done.returncode == 1
    assert "CONFLICT (content): Merge conflict in rendered/dev/alpha/render-key.json" in done.stdout


def test_a_merge_renders_what_both_sides_changed(root: Path) -> None:
    done = ran(root, "merge", "--no-edit", "theirs")
    assert done.returncode == 0, done.stdout + done.stderr
    job = (root / JOB).read_text()
    assert "10800" in job
    assert "memory: 3Gi" in job or 'memory: "3Gi"' in job, job
    assert is_fresh(root)


def test_a_rebase_does_too(root: Path) -> None:
    done = ran(root, "rebase", "theirs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert is_fresh(root)
    assert git(root, "rev-parse", "HEAD~1") == git(root, "rev-parse", "theirs")


def test_sources_that_conflict_stay_in_conflict_and_rendered_has_no_markers(root: Path) -> None:
    git(root, "checkout", "--quiet", "theirs")
    edit(root, SPEC, "deadline: 2h", "deadline: 4h")
    rendered(root)
    git(root, "checkout", "--quiet", "ours")
    before = (root / JOB).read_text()
    done = ran(root, "merge", "--no-edit", "theirs")
    assert done.returncode == 1
    assert f"{JOB} stays in conflict: {SPEC} is in conflict, and it is made of that\n" in done.stderr
    unmerged = set(git(root, "diff", "--name-only", "--diff-filter=U").split("\n"))
    assert {SPEC, JOB} <= unmerged
    assert (root / JOB).read_text() == before
    text = (root / SPEC).read_text()
    start, end = text.index("<<<<<<<"), text.index(">>>>>>>")
    (root / SPEC).write_text(text[:start] + "    deadline: 5h\n" + text[end:].partition("\n")[2])
    rendered(root)
    assert is_fresh(root)
    assert git(root, "rev-parse", "HEAD^2") == git(root, "rev-parse", "theirs")


def test_merged_sources_with_errors_stay_in_conflict(root: Path) -> None:
    git(root, "checkout", "--quiet", "theirs")
    edit(root, ENVIRONMENT, "cluster: one, namespace: dev-models}\n    serving", "cluster: one}\n    serving")
    committed(root)
    git(root, "checkout", "--quiet", "ours")
    done = ran(root, "merge", "--no-edit", "theirs")
    assert done.returncode == 1
    assert "stays in conflict: the merged sources have errors, or do not give it any more\n" in done.stderr


def test_a_cherry_pick_says_what_to_do(root: Path) -> None:
    done = ran(root, "cherry-pick", "theirs")
    assert done.returncode == 1
    assert f"{JOB} stays in conflict: Git does not say what is merged\n" in done.stderr
    assert "  hint: merge the sources, then: mlgitops render && git add rendered\n" in done.stderr
    rendered(root)
    assert is_fresh(root)


def test_installing_twice_changes_nothing(root: Path) -> None:
    before = (root / ".gitattributes").read_text()
    assert before == "/rendered/** merge=mlgitops linguist-generated=true\n"
    assert mlgitops_install(root) == 0
    assert (root / ".gitattributes").read_text() == before
    assert git(root, "config", "merge.mlgitops.driver").endswith("/mlgitops merge-driver %A %P")
