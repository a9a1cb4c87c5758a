"""Where a repository's files are read from: the disk or a mapping, through one protocol.

    >>> MemoryTree({"specs/churn/model.yaml": b"..."}).list("specs")
    (Entry(name='churn', kind='folder'),)

What another revision of Git holds comes as a `MemoryTree` of one batch read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, Protocol

from mlgitops.errors import MlgitopsError

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


class DiskTree:
    """The working tree under `root`."""

    def __init__(self, root: str) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        try:
            descriptor = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == 40:  # ELOOP: a symbolic link, which is never followed
                return None
            raise MlgitopsError(f"cannot read {path}: {error.strerror}", "check the file's permissions") from error
        try:
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                return file.read()
        except IsADirectoryError:
            return None
        except OSError as error:
            raise MlgitopsError(f"cannot read {path}: {error.strerror}", "check the disk") from error

    def list(self, folder: str) -> tuple[Entry, ...]:
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                return tuple(sorted(Entry(e.name, _kind(e)) for e in entries))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise MlgitopsError(f"cannot list {folder}: {error.strerror}", "check the folder's permissions") from error


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "file"


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
