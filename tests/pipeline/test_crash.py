"""A run that is killed or whose disk fails, at any call: each target is old or new, and the next run ends well.

What is counted is in `faults.py`. The run renders one target anew, adds one, removes one and leaves one as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.faults import Faults
from tests.pipeline.miniature import environment, miniature, model, rendered, write

Files = dict[str, bytes]
TARGETS = ("rendered/dev/alpha", "rendered/dev/beta", "rendered/dev/gamma", "rendered/dev/new", "rendered/argocd")
STAGING = ".cache/mlgitops/staging"
CLEARING = ("os.remove", "os.rmdir")
"""What is done with old targets when all is in its place. Of so many calls alike, some are made to fail."""


class Scene:
    """A repository before a change is rendered, and the bytes before and after."""

    def __init__(self, place: Path, faults: Faults) -> None:
        self.faults = faults
        self.before = _repository(place / "before")
        assert faults.run(self.before, ["render"]).status == 0
        self.old = rendered(self.before)
        write(self.before, {"specs/alpha/model.yaml": model("alpha").replace("deadline: 2h", "deadline: 3h")})
        write(self.before, {"specs/new/model.yaml": model("new"), "specs/new/train.py": "def train_loop(c): ...\n"})
        shutil.rmtree(self.before / "specs/gamma")
        shutil.rmtree(self.before / ".cache")
        self.place = place / "now"
        self.fresh()
        self.calls = faults.run(self.place, ["render"]).calls
        self.new = rendered(self.place)
        self.verified: set[tuple[object, ...]] = set()

    def fresh(self) -> Path:
        """The repository as it was before the run."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.before, self.place, copy_function=os.link)  # nothing is ever written in place
        return self.place

    def check(self, said: str) -> None:
        """Every target is old or new; the next run ends well and leaves nothing over."""
        now = rendered(self.place)
        for target in TARGETS:
            mine = _below(now, target)
            assert mine in (_below(self.old, target), _below(self.new, target)), f"{target} is mixed: {said}"
        known = {target for target in TARGETS if _below(now, target)}
        assert {path for path in now if not path.startswith(tuple(f"{t}/" for t in TARGETS))} == {
            path for path in self.old if "/_environment/" in path
        }, said
        assert _others(self.place) == _others(self.before), said
        state = (frozenset(known), frozenset(now.items()), frozenset(_left(self.place)))
        if state in self.verified:
            return
        self.verified.add(state)
        again = self.faults.run(self.place, ["render"])
        assert again.status == 0, again.output
        assert rendered(self.place) == self.new, said
        assert _left(self.place) == [], said


def _repository(root: Path) -> Path:
    root.mkdir(parents=True)
    miniature(root)
    shutil.rmtree(root / "environments/prod")
    for name in ("alpha", "beta"):
        (root / f"environments/dev/releases/{name}.yaml").unlink()
    more = "signing: {secret: model-signing}\n"
    text = environment("dev", "one", trains=True, more=more).replace("serves: true", "serves: false")
    write(root, {"environments/dev/environment.yaml": text})
    return root


def _below(files: Files, target: str) -> Files:
    return {path: content for path, content in files.items() if path.startswith(f"{target}/")}


def _others(root: Path) -> Files:
    """Every file that a run has no business with."""
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    names = {str(path.relative_to(root)): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(("rendered/", ".cache/"))}


def _left(root: Path) -> list[str]:
    """What stands in the staging folder."""
    return sorted(str(path.relative_to(root)) for path in (root / STAGING).rglob("*"))


@pytest.fixture(scope="module")
def scene(memory: Path) -> Iterator[Scene]:
    with Faults() as faults:
        yield Scene(memory / "crash", faults)


def test_the_scene_has_a_target_of_each_kind(scene: Scene) -> None:
    changed = {t for t in TARGETS if _below(scene.old, t) != _below(scene.new, t)}
    assert changed == {"rendered/dev/alpha", "rendered/dev/new", "rendered/dev/gamma"}
    assert _below(scene.new, "rendered/dev/gamma") == {}
    kinds = [call.partition(" ")[0] for call in scene.calls]
    assert {"renameat2", "syncfs", "fsync", "os.rename", "os.mkdir", "open", "write", "os.rmdir"} <= set(kinds)
    assert len(kinds) > 70


LAST_CALLS = 12
"""The last calls only take away what is left over, and in which folders something is varies with the clock."""


@pytest.mark.parametrize("part", range(3))
def test_killed_at_every_call(scene: Scene, part: int) -> None:
    for at in range(part, len(scene.calls) + 1, 3):
        ran = scene.faults.run(scene.fresh(), ["render"], "kill", at)
        said = f"killed at {at}: {scene.calls[at] if at < len(scene.calls) else 'the end'}\n{ran.output}"
        ended = at >= len(scene.calls) - LAST_CALLS
        assert ran.status in ((-9, 0) if ended else (-9,)), said
        scene.check(said)


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_an_error_at_every_call(scene: Scene, error: str, part: int) -> None:
    clearing = [at for at, call in enumerate(scene.calls) if call.startswith(CLEARING)]
    calls = sorted({*range(len(scene.calls))} - {at for at in clearing if at % 5})
    for at in calls[part::3]:
        ran = scene.faults.run(scene.fresh(), ["render"], error, at)
        said = f"{error} at {at}: {scene.calls[at]}\n{ran.output}"
        assert ran.status in (0, 3), said
        assert "bug" not in ran.output, said
        if ran.status == 3:
            assert "mlgitops: cannot " in ran.output, said
            assert "hint: " in ran.output, said
        else:
            assert rendered(scene.place) == scene.new, said
        scene.check(said)


def test_an_error_of_reading_at_every_call(scene: Scene) -> None:
    calls = scene.faults.run(scene.fresh(), ["render"], reading=True).calls
    reading = [at for at, call in enumerate(calls) if call.startswith(("open", "os.scandir")) and STAGING not in call]
    for at in reading:
        ran = scene.faults.run(scene.fresh(), ["render"], "EIO", at, reading=True)
        said = f"EIO at {at}: {calls[at]}\n{ran.output}"
        assert ran.status in (0, 3), said
        assert "bug" not in ran.output, said
        scene.check(said)
