"""A target's folder against what its inputs give."""

from __future__ import annotations

from pathlib import Path

from mlgitops.files.disk import DiskTree
from mlgitops.files.rendered import FileChange, compare

TARGET = "rendered/dev/churn"
FILES = {"train/rayjob.yaml": "é: 1\n", "render-key.json": "{}\n"}


def folder(tmp_path: Path) -> Path:
    place = tmp_path / TARGET
    (place / "train").mkdir(parents=True)
    for name, text in FILES.items():
        (place / name).write_text(text)
    return place


def changes(tmp_path: Path) -> list[FileChange]:
    return compare(DiskTree(str(tmp_path)), TARGET, FILES)


def test_the_same(tmp_path: Path) -> None:
    folder(tmp_path)
    assert changes(tmp_path) == []


def test_every_difference(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "train/rayjob.yaml").write_text("é: 2\n")
    (place / "render-key.json").unlink()
    (place / "serve").mkdir()
    (place / "train/extra").mkdir()
    (place / "train/extra/file").write_text("")
    (place / "link").symlink_to(place / "train")
    assert changes(tmp_path) == [
        FileChange(f"{TARGET}/link", "unexpected"),
        FileChange(f"{TARGET}/render-key.json", "missing"),
        FileChange(f"{TARGET}/serve", "unexpected"),
        FileChange(f"{TARGET}/train/extra/file", "unexpected"),
        FileChange(f"{TARGET}/train/rayjob.yaml", "differs"),
    ]


def test_a_link_to_the_same_bytes_is_not_the_same(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "render-key.json").rename(tmp_path / "elsewhere")
    (place / "render-key.json").symlink_to(tmp_path / "elsewhere")
    assert changes(tmp_path) == [FileChange(f"{TARGET}/render-key.json", "differs")]


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "render-key.json").unlink()
    (place / "render-key.json").mkdir()
    assert changes(tmp_path) == [FileChange(f"{TARGET}/render-key.json", "differs")]


def test_nothing_there(tmp_path: Path) -> None:
    assert changes(tmp_path) == [FileChange(f"{TARGET}/{name}", "missing") for name in sorted(FILES)]
