"""Every command of the pages for tasks is run, block after block, on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(
        "docs/models.md",
        "docs/environments.md",
        "docs/policies.md",
        "docs/releases.md",
        "docs/rollouts.md",
        "docs/reading-a-plan.md",
        "docs/images.md",
    ),
    *("docs/continuous-release.md", "docs/pull-requests.md", "docs/looking-back.md"),
]
COPIED = ["mlgitops.yaml", "specs", "environments", "policies", "rendered", "schemas", ".gitignore"]
EXIT = re.compile(r"#.*\bexits with (\d+)")


def lines_of(page: str) -> list[tuple[str, int]]:
    """The lines of a page's shell blocks, each with the exit code that it promises."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [(line, int(found[1]) if (found := EXIT.search(line)) else 0) for line in lines]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in [*COPIED, "tools/example_data.py"]:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "copy"]):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_page_runs(page: str, copy: Path) -> None:
    lines = lines_of(page)
    assert lines
    path = f"{Path(sys.executable).parent}:{ROOT / 'tools' / 'bin'}:{os.environ['PATH']}"
    for line, code in lines:
        environment = {**os.environ, "PATH": path}
        done = subprocess.run(
            ["bash", "-c", line], cwd=copy, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"{line}\n{done.stdout}\n{done.stderr}"
