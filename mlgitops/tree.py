"""How a repository's files are read: one protocol, whether they are on disk, in Git or in a mapping.

    >>> MemoryTree({"specs/churn/model.yaml": b"..."}).list("specs")
    (Entry(name='churn', kind='folder'),)

`files.disk.DiskTree` reads the working tree; another revision of Git comes as a `MemoryTree` of one batch read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Protocol

EntryKind = Literal["file", "folder", "link"]


class Entry(NamedTuple):
    """One name in a folder. A symbolic link is never followed: `link` whatever it points to."""

    name: str
    kind: EntryKind


class Tree(Protocol):
    """Read access to a repository; paths are relative to its root, with `/`."""

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where there is no such file (or it is no plain file)."""

    def list(self, folder: str) -> tuple[Entry, ...]:
        """The entries of a folder in order of their names; empty where there is no such folder."""


class MemoryTree:
    """Files in a mapping of path → content."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self._folders: dict[str, dict[str, EntryKind]] = {}
        for path in files:
            *folders, name = path.split("/")
            parent = ""
            for folder in folders:
                self._folders.setdefault(parent, {})[folder] = "folder"
                parent = f"{parent}/{folder}".lstrip("/")
            self._folders.setdefault(parent, {})[name] = "file"

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def list(self, folder: str) -> tuple[Entry, ...]:
        return tuple(Entry(name, kind) for name, kind in sorted(self._folders.get(folder.strip("/"), {}).items()))


def walk(tree: Tree, folder: str) -> Iterator[tuple[str, EntryKind]]:
    """Every file and link below a folder, with its path from the root, in order."""
    for entry in tree.list(folder):
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.kind == "folder":
            yield from walk(tree, path)
        else:
            yield path, entry.kind
