"""A commit of Git as a tree, and which files of another tree differ from it."""

from __future__ import annotations

from collections.abc import Iterable

from mlgitops.programs.git import list_files, object_id, read_blobs
from mlgitops.tree import Entry, EntryKind, MemoryTree, Tree, walk

LINK = "120000"


class GitTree:
    """The files of one commit. Listing needs no content; `preload` reads many contents in one process."""

    def __init__(self, repository: str, commit: str, places: Iterable[str]) -> None:
        """`places` are the folders and files of interest; all else is as if it were not there."""
        self.repository = repository
        committed = list_files(repository, commit, list(places))
        self.blobs = {file.path: file.blob for file in committed if file.is_plain}
        """Path → object id of every plain file."""
        self.links = {file.path for file in committed if file.mode == LINK}
        self._names = MemoryTree(dict.fromkeys((*self.blobs, *self.links), b""))
        self._contents: dict[str, bytes] = {}

    def preload(self, paths: Iterable[str]) -> None:
        """Reads these files at once."""
        wanted = {path: self.blobs[path] for path in paths if path in self.blobs and path not in self._contents}
        contents = read_blobs(self.repository, set(wanted.values()))
        self._contents |= {path: contents[blob] for path, blob in wanted.items()}

    def read(self, path: str) -> bytes | None:
        if path in self.blobs and path not in self._contents:
            self.preload([path])
        return self._contents.get(path)

    def list(self, folder: str) -> tuple[Entry, ...]:
        return tuple(Entry(entry.name, self._kind(folder, entry)) for entry in self._names.list(folder))

    def _kind(self, folder: str, entry: Entry) -> EntryKind:
        path = f"{folder}/{entry.name}" if folder else entry.name
        return "link" if path in self.links else entry.kind


def differing(base: GitTree, tree: Tree, places: Iterable[str]) -> set[str]:
    """The paths that are not the same in both: plain files by Git's object ids, links always."""
    remaining = dict(base.blobs)
    changed = set(base.links)
    for place in places:
        for path, kind in (*walk(tree, place), (place, "file")):
            content = tree.read(path) if kind == "file" else None
            if content is None and kind == "file":
                continue  # `place` is no file: it is a folder, or not there
            blob = remaining.pop(path, None)
            if blob is None or content is None or blob != object_id(content, len(blob)):
                changed.add(path)
    return changed | set(remaining)
