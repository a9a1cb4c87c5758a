"""A commit of Git as a tree, and which files of another tree differ from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mlgitops.programs.git import list_files, read_blobs
from mlgitops.tree import Entry, EntryKind, MemoryTree, Tree, walk

LINK = "120000"


class GitTree:
    """The files of one commit. Listing needs no content; `preload` reads many contents in one process."""

    def __init__(self, repository: str, commit: str, folders: Iterable[str]) -> None:
        self._repository = repository
        committed = list_files(repository, commit, list(folders))
        self.blobs = {file.path: file.blob for file in committed if file.is_plain}
        """Path → object id of every plain file."""
        self._links = {file.path for file in committed if file.mode == LINK}
        self._names = MemoryTree(dict.fromkeys((*self.blobs, *self._links), b""))
        self._contents: dict[str, bytes] = {}

    def preload(self, paths: Iterable[str]) -> None:
        """Reads these files at once."""
        wanted = {path: self.blobs[path] for path in paths if path in self.blobs and path not in self._contents}
        contents = read_blobs(self._repository, wanted.values())
        self._contents |= {path: contents[blob] for path, blob in wanted.items()}

    def read(self, path: str) -> bytes | None:
        if path in self.blobs and path not in self._contents:
            self.preload([path])
        return self._contents.get(path)

    def list(self, folder: str) -> tuple[Entry, ...]:
        return tuple(self._entry(folder, entry.name, entry.kind) for entry in self._names.list(folder))

    def _entry(self, folder: str, name: str, kind: EntryKind) -> Entry:
        return Entry(name, "link" if f"{folder}/{name}" in self._links else kind)


def differing(base: GitTree, tree: Tree, folders: Iterable[str]) -> set[str]:
    """The paths of plain files that are not the same in both, by Git's object ids; links count as differing."""
    remaining = dict(base.blobs)
    changed: set[str] = set()
    for folder in folders:
        for path, kind in (*walk(tree, folder), *(((folder, "file"),) if folder in base.blobs else ())):
            blob = remaining.pop(path, None)
            content = tree.read(path) if kind == "file" else None
            if blob is None or content is None or blob != _object_id(content, len(blob)):
                changed.add(path)
    return changed | set(remaining)


def _object_id(content: bytes, length: int) -> str:
    algorithm = "sha1" if length == 40 else "sha256"
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
