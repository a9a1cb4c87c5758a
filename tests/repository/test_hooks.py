"""What other repositories take from here: pre-commit's hooks, and the action's own steps."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ryaml import loads

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import edit

ROOT = Path(__file__).resolve().parents[2]
HOOKS: list[dict[str, Any]] = loads((ROOT / ".pre-commit-hooks.yaml").read_text())
SCAFFOLDED: dict[str, Any] = loads((ROOT / "mlgitops/cli/scaffold/repository/pre-commit-config.yaml").read_text())


def run(entry: str, root: Path) -> subprocess.CompletedProcess[str]:
    """As pre-commit does: the entry's words, from the repository's top."""
    program, *words = entry.split()
    assert program == "mlgitops"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "mlgitops", *words]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_what_is_right_and_stops_what_is_not(hook: dict[str, Any], copy: Any) -> None:  # noqa: F811
    root: Path = copy("plain")
    assert run(hook["entry"], root).returncode == 0
    edit(root, "specs/alpha/model.yaml", "task: regression", "task: regress")
    done = run(hook["entry"], root)
    assert done.returncode == 1
    assert "specs/alpha/model.yaml:5:9: error[spec/" in done.stdout


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_when_one_of_its_files_changes(hook: dict[str, Any]) -> None:
    wanted = ["specs/a/train.py", "environments/dev/releases/a.yaml", "policies/a/b/b.rego", "mlgitops.yaml"]
    wanted += ["rendered/dev/a/train/rayjob.yaml"] if "render" in hook["id"] else []
    assert [path for path in wanted if not re.search(hook["files"], path)] == []
    assert not re.search(hook["files"], "docs/mlgitops.yaml")
    assert hook["pass_filenames"] is False


def test_new_repositories_have_the_same_hooks() -> None:
    keys = ("id", "name", "entry", "files", "pass_filenames")
    (local,) = SCAFFOLDED["repos"]
    assert [[hook[key] for key in keys] for hook in local["hooks"]] == [[hook[key] for key in keys] for hook in HOOKS]


def test_the_action_puts_what_it_installs_on_the_path(tmp_path: Path) -> None:
    action = loads((ROOT / "action.yml").read_text())
    (step,) = (step for step in action["runs"]["steps"] if "run" in step)
    place = tmp_path / "action"
    shutil.copytree(ROOT / ".ci", place / ".ci")
    (place / ".ci/setup").write_text(
        "#!/bin/sh\nset -e\necho installing\nmkdir -p .venv/bin tools/bin\n"
        "printf '#!/bin/sh\\necho mlgitops 9.8.7\\n' > .venv/bin/mlgitops\n"
        "touch tools/bin/opa tools/bin/kustomize tools/bin/etcd\nchmod +x .venv/bin/* tools/bin/*\n"
    )
    path, output = tmp_path / "path", tmp_path / "output"
    env = {"PATH": os.environ["PATH"], "ACTION": str(place), "GITHUB_PATH": str(path), "GITHUB_OUTPUT": str(output)}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=place, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    folder = Path(path.read_text().strip())
    assert sorted(one.name for one in folder.iterdir()) == ["kustomize", "mlgitops", "opa"]
    assert all(os.access(one, os.X_OK) for one in folder.iterdir())
    assert output.read_text() == "version=9.8.7\n"
    assert action["outputs"]["version"]["value"] == "${{ steps.install.outputs.version }}"


def test_every_action_is_pinned_by_a_commit() -> None:
    files = [ROOT / "action.yml", *(ROOT / ".github/workflows").glob("*.yml")]
    files += (ROOT / "mlgitops/cli/scaffold/repository/github/workflows").glob("*.yml")
    used = [line.strip() for path in files for line in path.read_text().splitlines() if re.match(r"\s+uses:", line)]
    assert used
    pinned = r"actions/[a-z-]+(?:/restore)?@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    ours = r"\./\.github/workflows/change\.yml .*"
    assert [line for line in used if not re.fullmatch(f"uses: (?:{pinned}|{ours})", line)] == []
