"""What tests of the pipeline share: the miniature repository, rendered once, and copies of it in memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pipeline.miniature import customized, miniature, mlgitops
from tests.pipeline.words import without_engine

Copy = Callable[[str], Path]


@pytest.fixture
def _words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy without an engine: see `words`."""
    without_engine(monkeypatch.setattr)


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, where `syncfs` waits for nobody else's files; on disk where there is no such thing."""
    place = tmp_path_factory.mktemp("memory")
    shared = Path("/dev/shm")
    if shared.is_dir():
        place = shared / f"mlgitops-tests-{place.parent.parent.name}-{place.parent.name}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def originals(memory: Path) -> dict[str, Path]:
    """Repositories, rendered, by name: `plain`, and `customized` with a kustomization and a template in dev."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        without_engine(patch.setattr)
        for name, change in (("plain", miniature), ("customized", customized)):
            root = memory / "originals" / name
            root.mkdir(parents=True)
            change(root)
            ran = mlgitops(root, "render")
            assert ran.code == 0, ran
            shutil.rmtree(root / ".cache")
            made[name] = root
    return made


@pytest.fixture
def copy(originals: dict[str, Path], memory: Path) -> Iterator[Copy]:
    """A function that gives a copy of an original of one's own."""
    places = []

    def copied(name: str = "plain") -> Path:
        place = memory / f"copy-{len(places)}"
        places.append(place)
        return Path(shutil.copytree(originals[name], place, symlinks=True))

    yield copied
    for place in places:
        shutil.rmtree(place)
