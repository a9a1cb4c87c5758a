"""Folders: every file listed, and nothing that a list leaves out."""

from __future__ import annotations

import os

import pytest

from mlgitops.contract.folder import folder_digest
from mlgitops.problem import RunProblem
from mlgitops.registry import folders
from mlgitops.registry.folders import local_entries


@pytest.fixture
def artifact(tmp_path):
    folder = tmp_path / "artifact"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.txt").write_bytes(b"abc")
    (folder / "deep" / "empty.bin").write_bytes(b"")
    return folder


def code_of(folder):
    with pytest.raises(RunProblem) as caught:
        local_entries(folder)
    return caught.value.code


def test_entries_are_sorted_with_sizes_and_digests(artifact):
    # The digests are `sha256sum`'s.
    assert [tuple(entry.model_dump().values()) for entry in local_entries(artifact)] == [
        ("deep/empty.bin", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("model.txt", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ]
    # printf "%s  %s\n" of each, through sha256sum
    assert folder_digest(local_entries(artifact)) == (
        "sha256:88406ba683930952cef382ef081b8f9050b9dadaa37bef35650f630fecdbd4bf"
    )


@pytest.mark.parametrize("name", [".git", ".gitattributes", ".hidden", "a b", "ü", "x" * 101, "a\nb", "-rf"])
def test_odd_names_are_refused(artifact, name):
    (artifact / name).write_bytes(b"1")
    assert code_of(artifact) == "folder/name"


def test_links_special_files_and_empty_folders_are_refused(artifact, tmp_path):
    (artifact / "linked").symlink_to(artifact / "model.txt")
    assert code_of(artifact) == "folder/link"
    (artifact / "linked").unlink()
    (artifact / "linked").symlink_to(tmp_path)
    assert code_of(artifact) == "folder/link"
    (artifact / "linked").unlink()
    os.mkfifo(artifact / "pipe")
    assert code_of(artifact) == "folder/special"
    (artifact / "pipe").unlink()
    (artifact / "nothing").mkdir()
    assert code_of(artifact) == "folder/empty"
    (artifact / "nothing").rmdir()
    assert len(local_entries(artifact)) == 2


def test_what_is_no_folder(artifact, tmp_path):
    (tmp_path / "linked").symlink_to(artifact)
    assert code_of(tmp_path / "none") == "folder/missing"
    assert code_of(tmp_path / "linked") == "folder/missing"
    assert code_of(artifact / "model.txt") == "folder/missing"


def test_too_many_files_and_too_deep(artifact, monkeypatch):
    monkeypatch.setattr(folders, "MOST_FILES", 1)
    assert code_of(artifact) == "folder/too-many"
    monkeypatch.undo()
    deep = artifact / "/".join("abcdefgh")
    deep.mkdir(parents=True)
    (deep / "i").write_text("1")
    assert code_of(artifact) == "folder/name"
