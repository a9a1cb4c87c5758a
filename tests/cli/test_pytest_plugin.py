"""The plugin, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import edit

ROOT = Path(__file__).resolve().parents[2]
IDS = ["alpha@dev", "alpha@prod", "beta@dev", "beta@prod", "gamma@dev", "repository"]


@pytest.fixture
def root(copy: Any) -> Path:  # noqa: F811
    place: Path = copy("plain")
    (place / "tests").mkdir()
    (place / "tests/test_own.py").write_text("def test_own():\n    assert True\n")
    (place / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    return place


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    installed = any(one.value == "mlgitops.pytest_plugin" for one in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "mlgitops.pytest_plugin")
    command = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", *plugin, *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def results(out: str) -> dict[str, str]:
    lines = [line.split() for line in out.splitlines() if line.startswith("mlgitops.yaml::")]
    return {line[0].partition("::")[2]: line[1] for line in lines}


def test_each_target_is_an_item_beside_other_tests(root: Path) -> None:
    done = run(root, "--mlgitops", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(done.stdout) == dict.fromkeys(IDS, "PASSED")
    assert "tests/test_own.py::test_own PASSED" in done.stdout


def test_without_the_option_nothing_is_collected_or_loaded(root: Path) -> None:
    (root / "tests/test_own.py").write_text(
        "import sys\n"
        "def test_own():\n"
        "    assert [n for n in sys.modules if n.startswith('mlgitops.')] == ['mlgitops.pytest_plugin']\n"
    )
    done = run(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_failing_target_shows_its_findings_as_the_command_line_does(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "task: regression", "task: regress")
    done = run(root, "--mlgitops", "-v")
    assert done.returncode == 1
    found = results(done.stdout)
    assert (found["alpha@dev"], found["alpha@prod"], found["beta@dev"]) == ("FAILED", "FAILED", "PASSED")
    assert "specs/alpha/model.yaml:5:9: error[spec/" in done.stdout
    assert "  5 |   task: regress\n    |         ^\n" in done.stdout
    assert "Traceback" not in done.stdout


def test_what_is_about_no_target_fails_one_item(root: Path) -> None:
    (root / "policies/words/label/label.rego").write_text("package mlgitops.words.label\n")
    done = run(root, "--mlgitops", "-v", "mlgitops.yaml")
    assert results(done.stdout)["repository"] == "FAILED"
    assert "policies/words/label/label.rego:1:1: error[policy/" in done.stdout


def test_a_hand_edit_under_rendered_fails_its_target(root: Path) -> None:
    job = root / "rendered/dev/alpha/train/rayjob.yaml"
    job.write_text(job.read_text() + "# by hand\n")
    done = run(root, "--mlgitops", "-v", "mlgitops.yaml::alpha@dev", "mlgitops.yaml::beta@dev")
    assert results(done.stdout) == {"alpha@dev": "FAILED", "beta@dev": "PASSED"}


def test_it_works_with_xdist(root: Path) -> None:
    done = run(root, "--mlgitops", "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(IDS) + 1} passed" in done.stdout


def test_it_is_declared() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"mlgitops": "mlgitops.pytest_plugin"}
