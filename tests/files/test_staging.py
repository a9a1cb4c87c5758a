"""Targets written beside the tree and put in their place whole, whoever else is there and whatever stands there."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.files import staging
from mlgitops.files.staging import commit, one_run_at_a_time, reach_disk, remove, settle, stage

TARGET = "rendered/dev/churn"
OLD = {"train/a.yaml": "old\n", "gone.yaml": "old\n"}
NEW = {"train/a.yaml": "new\n", "serve/b.yaml": "é\n"}


def files_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def put(root: Path, files: dict[str, str], target: str = TARGET) -> None:
    with one_run_at_a_time(str(root)):
        stage(str(root), target, files)
        reach_disk(str(root))
        commit(str(root), target)
        settle(str(root), [target])


def test_a_target_appears_changes_and_goes(tmp_path: Path) -> None:
    put(tmp_path, OLD)
    assert files_below(tmp_path / TARGET) == OLD
    put(tmp_path, NEW)
    assert files_below(tmp_path / TARGET) == NEW
    with one_run_at_a_time(str(tmp_path)):
        remove(str(tmp_path), TARGET)
        settle(str(tmp_path), [TARGET])
    assert not (tmp_path / TARGET).exists()
    assert files_below(tmp_path) == {".cache/mlgitops/lock": ""}


@pytest.mark.parametrize("name", ["../a.yaml", "train/../../a.yaml", "/a.yaml", "train//a.yaml", "..", ""])
def test_no_file_leads_out_of_its_target(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"^a file of a target stands inside of it, got "):
        stage(str(tmp_path), TARGET, {"train/a.yaml": "new\n", name: "new\n"})
    assert files_below(tmp_path) == {}


@pytest.mark.parametrize("what", ["file", "link", "dangling", "empty folder"])
def test_a_target_takes_the_place_of_what_is_no_folder(tmp_path: Path, what: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("kept")
    place = tmp_path / TARGET
    place.parent.mkdir(parents=True)
    if what == "file":
        place.write_text("a file")
    elif what == "empty folder":
        place.mkdir()
    else:
        place.symlink_to(elsewhere if what == "link" else tmp_path / "nowhere")
    put(tmp_path, NEW)
    assert not place.is_symlink()
    assert files_below(place) == NEW
    assert files_below(elsewhere) == {"precious": "kept"}


@pytest.mark.parametrize("link", ["rendered", "rendered/dev", ".cache", ".cache/mlgitops", ".cache/mlgitops/staging"])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "mlgitops/staging/dev/churn").mkdir(parents=True)
    (elsewhere / "mlgitops/staging/dev/churn/precious").write_text("kept")
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)
    with pytest.raises(MlgitopsError, match=f"{link} is no folder .links are not followed") as raised:
        put(root, NEW)
    assert raised.value.hint == "mend that, then run again; every target is as it was, or complete"
    assert files_below(elsewhere) == {"mlgitops/staging/dev/churn/precious": "kept"}


def test_a_lock_that_is_a_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / ".cache/mlgitops").mkdir(parents=True)
    (tmp_path / ".cache/mlgitops/lock").symlink_to(tmp_path / "made")
    with pytest.raises(MlgitopsError, match=r"cannot prepare .cache/mlgitops"):
        put(tmp_path, NEW)
    assert not (tmp_path / "made").exists()


def test_a_second_run_is_told_of_the_first(tmp_path: Path) -> None:
    with (
        one_run_at_a_time(str(tmp_path)),
        pytest.raises(MlgitopsError, match=r"^another mlgitops run is writing here$") as raised,
        one_run_at_a_time(str(tmp_path)),
    ):
        pass
    assert raised.value.hint == "wait for it to end, then run again"
    put(tmp_path, NEW)


def test_a_lock_that_cannot_be_had_is_no_other_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(MlgitopsError, match=r"^cannot lock .cache/mlgitops: No locks available$"):
        put(tmp_path, NEW)


def test_an_error_in_a_run_is_not_taken_for_one_of_the_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"mine"), one_run_at_a_time(str(tmp_path)):
        raise FileNotFoundError("mine")


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    with one_run_at_a_time(str(tmp_path)):
        stage(str(tmp_path), TARGET, OLD)
        left = tmp_path / ".cache/left"
        os.rename(tmp_path / ".cache/mlgitops/staging", left)
    os.rename(left, tmp_path / ".cache/mlgitops/staging")
    put(tmp_path, NEW, "rendered/dev/other")
    assert files_below(tmp_path / "rendered") == {f"dev/other/{name}": text for name, text in NEW.items()}
    assert not (tmp_path / ".cache/mlgitops/staging").exists()


class CannotExchange:
    """A libc on a file system where folders cannot change places."""

    def __getattr__(self, name: str) -> Any:
        assert name == "renameat2"
        return lambda *_: -1


@pytest.fixture
def _no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_libc", CannotExchange)
    monkeypatch.setattr(staging, "_last_error", lambda: OSError(errno.EINVAL, "no"))
    monkeypatch.setattr(staging, "reach_disk", lambda root: None)


@pytest.mark.usefixtures("_no_exchange")
def test_two_steps_where_folders_cannot_change_places(tmp_path: Path) -> None:
    stage_and_commit(tmp_path, OLD)
    stage_and_commit(tmp_path, NEW)
    assert files_below(tmp_path / TARGET) == NEW


def stage_and_commit(root: Path, files: dict[str, str]) -> None:
    with one_run_at_a_time(str(root)):
        stage(str(root), TARGET, files)
        commit(str(root), TARGET)


@pytest.mark.usefixtures("_no_exchange")
@pytest.mark.parametrize("interruption", [OSError(errno.EIO, "broken"), KeyboardInterrupt()])
def test_the_second_step_that_fails_takes_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    stage_and_commit(tmp_path, OLD)
    rename, steps = os.rename, []

    def second_fails(source: str, target: str) -> None:
        steps.append(source)
        if len(steps) == 3:  # not over a folder that is full, aside, and now into its place
            raise interruption
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises((MlgitopsError, KeyboardInterrupt)):
        stage_and_commit(tmp_path, NEW)
    assert files_below(tmp_path / TARGET) == OLD


@pytest.mark.usefixtures("_no_exchange")
def test_a_target_that_a_killed_run_left_aside_comes_back(tmp_path: Path) -> None:
    stage_and_commit(tmp_path, OLD)
    aside = tmp_path / ".cache/mlgitops/staging/rendered/dev/churn.aside"
    aside.parent.mkdir(parents=True)
    (tmp_path / TARGET).rename(aside)
    with one_run_at_a_time(str(tmp_path)):
        assert files_below(tmp_path / TARGET) == OLD


@pytest.mark.parametrize(("code", "advice"), [(errno.ENOSPC, "free disk space"), (errno.EIO, "mend that")])
def test_a_failing_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, advice: str) -> None:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with one_run_at_a_time(str(tmp_path)):
        monkeypatch.setattr(os, "write", fail)
        with pytest.raises(MlgitopsError, match=f"cannot write {TARGET}: {os.strerror(code)}") as raised:
            stage(str(tmp_path), TARGET, NEW)
    assert raised.value.hint == f"{advice}, then run again; every target is as it was, or complete"
