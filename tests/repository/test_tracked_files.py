"""What the repository may hold: nothing secret, nothing of one machine or registry, code that a person can read."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 60

# Put together from halves, so that this file does not name what it forbids.
FORBIDDEN = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "an AWS key": r"\b(AKIA|ASIA)(?!\w*EXAMPLE)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_" + r"pat_[A-Za-z0-9_]{60})",
    "a Slack token": r"\bxox[baprs]-[0-9A-Za-z-]{20}",
    "a registry's address": r"\b(pypi\.|files\.python" + r"hosted|registry\.npm" + r"js|proxy\.golang|static\.crates)",
    "an index option": r"--(extra-)?index" + r"-url|^\s*index" + "-url",
    "a path of one machine": r"(?<![\w.])/(ro" + "ot|Us" + r"ers|home/(?!ray\b))/?[a-z]",
    "a merge conflict": r"^(<{7}|>{7}) ",
}
LOCK_FILES = {"uv.lock", "poetry.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "pylock.toml"}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}


def tracked() -> list[Path]:
    """Every file that Git knows of or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=environment)
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


FILES = tracked()
MODULES = sorted((ROOT / "mlgitops").rglob("*.py"))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    held = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}"
        for path in FILES
        if path.name != "LICENSE"
        for text in [text_of(path)]
        if (found := pattern.search(text))
    ]
    assert held == []


@pytest.mark.parametrize(
    ("what", "example"),
    [
        ("a private key", "-----BEGIN RSA PRIVATE KEY-----\n" + "a" * 64),
        ("an AWS key", "AKIA" + "A" * 16),
        ("a GitHub token", "ghp_" + "a" * 36),
        ("a GitHub token", "github_" + "pat_" + "a" * 60),
        ("a Slack token", "xoxb-" + "1" * 20),
        ("a registry's address", "https://py" + "pi.org/simple"),
        ("a registry's address", "https://registry.npm" + "js.org"),
        ("an index option", "--index" + "-url x"),
        ("a path of one machine", "see /ro" + "ot/x"),
        ("a path of one machine", "see /home/" + "someone"),
        ("a merge conflict", "<" * 7 + " HEAD"),
    ],
)
def test_it_would_be_seen(what: str, example: str) -> None:
    assert re.search(FORBIDDEN[what], f"first\n{example}\n", re.MULTILINE)


def test_no_lock_file_is_tracked() -> None:
    assert [path for path in FILES if path.name in LOCK_FILES] == []


def test_no_file_is_large() -> None:
    assert [str(path.relative_to(ROOT)) for path in FILES if path.stat().st_size > 1_000_000] == []


def test_names_say_something() -> None:
    assert [path for path in MODULES if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_modules_say_what_they_are() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(ast.parse(text_of(path)))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_functions_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"
        for path in [*MODULES, *sorted((ROOT / "tools").glob("*.py"))]
        for node in ast.walk(ast.parse(text_of(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []
