"""A target's files on disk against what its inputs give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from mlgitops.tree import EntryKind, Tree

ChangeKind = Literal["differs", "missing", "unexpected"]


class FileChange(NamedTuple):
    """One file that is not as it should be."""

    path: str
    kind: ChangeKind


def compare(tree: Tree, target: str, files: Mapping[str, str]) -> list[FileChange]:
    """What differs between a target's folder (`rendered/dev/churn`) and its files (name below it → text).

    Folders that hold nothing are told too: Git does not see them, and whoever compares folders does.
    """
    changes = []
    present = dict(_everything(tree, target))
    for name, text in files.items():
        path = f"{target}/{name}"
        kind = present.pop(path, None)
        if kind is None:
            changes.append(FileChange(path, "missing"))
        elif kind != "file" or tree.read(path) != text.encode():
            changes.append(FileChange(path, "differs"))
    changes += [FileChange(path, "unexpected") for path in present]
    return sorted(changes)


def _everything(tree: Tree, folder: str) -> Iterator[tuple[str, EntryKind]]:
    """Every file and link below a folder, and the folders that are empty."""
    for entry in tree.list(folder):
        path = f"{folder}/{entry.name}"
        inside = list(_everything(tree, path)) if entry.kind == "folder" else []
        if inside:
            yield from inside
        else:
            yield path, entry.kind
