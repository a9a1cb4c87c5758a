"""Reading the working tree: plain files only, no link followed anywhere."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.files.disk import LIMIT, DiskTree
from mlgitops.tree import Entry


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "specs/churn").mkdir(parents=True)
    (tmp_path / "specs/churn/model.yaml").write_bytes(b"a: 1\n")
    (tmp_path / "specs/README.md").write_bytes(b"")
    tree = DiskTree(str(tmp_path))
    assert tree.list("specs") == (Entry("README.md", "file"), Entry("churn", "folder"))
    assert tree.list("") == (Entry("specs", "folder"),)
    assert tree.read("specs/churn/model.yaml") == b"a: 1\n"
    assert tree.read("specs/README.md") == b""
    for absent in ("specs/none.yaml", "none/none.yaml", "specs/README.md/none", "specs/churn"):
        assert tree.read(absent) is None
    for absent in ("none", "specs/README.md", "specs/churn/model.yaml"):
        assert tree.list(absent) == ()


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "churn").mkdir(parents=True)
    (outside / "churn/model.yaml").write_text("secret")
    root = tmp_path / "root"
    (root / "environments").mkdir(parents=True)
    (root / "specs").symlink_to(outside)
    (root / "environments/dev").symlink_to(outside)
    (root / "file.yaml").symlink_to(outside / "churn/model.yaml")
    tree = DiskTree(str(root))
    assert tree.list("") == (Entry("environments", "folder"), Entry("file.yaml", "link"), Entry("specs", "link"))
    assert tree.list("environments") == (Entry("dev", "link"),)
    for folder in ("specs", "specs/churn", "environments/dev", "environments/dev/churn"):
        assert tree.list(folder) == ()
    for path in ("specs/churn/model.yaml", "environments/dev/churn/model.yaml", "file.yaml"):
        assert tree.read(path) is None


def test_what_is_no_plain_file_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        tree = DiskTree(str(tmp_path))
        assert tree.read("pipe") is None
        assert tree.read("socket") is None
    assert DiskTree("/dev").read("null") is None


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "data.csv").open("wb") as file:
        file.truncate(5 << 40)
    with pytest.raises(MlgitopsError, match=r"^data.csv must have at most 32 MiB, got 5242880$") as raised:
        DiskTree(str(tmp_path)).read("data.csv")
    assert raised.value.hint == "keep data outside of the repository"
    with (tmp_path / "data.csv").open("wb") as file:
        file.truncate(LIMIT)
    content = DiskTree(str(tmp_path)).read("data.csv")
    assert content is not None
    assert len(content) == LIMIT


def test_names_that_are_no_text_come_back_as_they_are(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.yaml")).write_text("a")
    (entry,) = DiskTree(str(tmp_path)).list("")
    assert os.fsencode(entry.name) == b"\xff.yaml"
    assert DiskTree(str(tmp_path)).read(entry.name) == b"a"


@pytest.mark.parametrize("do", ["read", "list"])
def test_what_may_not_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: str) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    (tmp_path / "a.yaml").mkdir()
    tree = DiskTree(str(tmp_path))
    with pytest.raises(MlgitopsError, match=f"^cannot {do} a.yaml: Permission denied$") as raised:
        tree.read("a.yaml") if do == "read" else tree.list("a.yaml")
    assert raised.value.hint == "check its permissions, and the disk"
