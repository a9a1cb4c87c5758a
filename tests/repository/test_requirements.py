"""Every dependency is pinned with hashes, and the same version everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pin_requirements import SOURCES, pins

ROOT = Path(__file__).resolve().parents[2]

REQUIREMENTS = ROOT / "requirements"


def versions(name: str) -> set[str]:
    return {line.rpartition(" ")[0] for line in pins((REQUIREMENTS / name).read_text())}


def names(text: str) -> set[str]:
    """The normalised names of requirements, one a line."""
    found = re.findall(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)", text, re.MULTILINE)
    return {re.sub(r"[._-]+", "-", name).lower() for name in found}


@pytest.mark.parametrize("name", SOURCES)
def test_every_pin_is_exact_and_hashed(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    lines = pins(text)
    assert lines
    assert [line for line in lines if not line.endswith("hashed=True")] == []
    assert names(text) == {line.partition("==")[0] for line in lines}
    assert "://" not in text


def test_all_files_are_accounted_for() -> None:
    assert {path.name for path in REQUIREMENTS.glob("*.txt")} == set(SOURCES)


def test_what_is_asked_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert names("\n".join(project["dependencies"])) <= names((REQUIREMENTS / "runtime.txt").read_text())
    for source in REQUIREMENTS.glob("*.in"):
        asked = names(re.sub(r"#.*|^-r .*", "", source.read_text(), flags=re.MULTILINE))
        assert asked <= names(source.with_suffix(".txt").read_text()), source.name


def test_one_version_everywhere() -> None:
    assert versions("runtime.txt") <= versions("dev.txt")
    assert versions("setup.txt") <= versions("dev.txt")


def test_an_unhashed_pin_would_be_seen() -> None:
    assert pins("# via x\na==1 \\\n    --hash=sha256:00\nb==2 ; x == 'y'\n") == [
        "a==1 hashed=True",
        "b==2 ; x == 'y' hashed=False",
    ]
