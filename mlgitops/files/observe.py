"""What a computation read of a tree: files, folders, and look-ups that found nothing.

An observation is the key of everything computed from it: when none of it has changed, neither has
the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from mlgitops.tree import Entry, Tree

class ObservingTree:
    """A tree that remembers the digest of every file read and of every folder listed."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.files: dict[str, str] = {}
        """Path → sha256 of the content, `""` where there was no file."""
        self.folders: dict[str, str] = {}
        """Path → sha256 of the names and kinds of its entries."""

    def read(self, path: str) -> bytes | None:
        content = self._tree.read(path)
        self.files[path] = hashlib.sha256(content).hexdigest() if content is not None else ""
        return content

    def list(self, folder: str) -> tuple[Entry, ...]:
        entries = self._tree.list(folder)
        self.folders[folder] = listing_digest(entries)
        return entries


def listing_digest(entries: Iterable[Entry]) -> str:
    """The digest of a folder's names and kinds."""
    return hashlib.sha256("".join(f"{entry.kind} {entry.name}\n" for entry in entries).encode()).hexdigest()
