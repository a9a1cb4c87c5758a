"""A small repository, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.safety.miniature import miniature
from tests.safety.programs import Programs


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small repository; nobody changes it."""
    return miniature(tmp_path_factory.mktemp("original") / "repository")


@pytest.fixture
def fresh(original: Path, tmp_path: Path) -> Callable[[], Path]:
    """`fresh()` puts the small repository back as it was, and returns its root."""
    root = tmp_path / "repository"

    def copy() -> Path:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(original, root, symlinks=True)
        return root

    return copy


@pytest.fixture
def repository(fresh: Callable[[], Path]) -> Path:
    """A copy of the small repository."""
    return fresh()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """The only programs that are found."""
    (tmp_path / "bin").mkdir()
    return Programs(tmp_path / "bin", monkeypatch)
