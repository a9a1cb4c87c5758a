"""What a computation looked at in a tree: files, folders, and look-ups that found nothing.

That is what its result depends on: when none of it has changed, neither has the result.
"""

from __future__ import annotations

from mlgitops.tree import Entry, Tree


class ObservingTree:
    """A tree that remembers every path that was read or listed, whether anything was there or not."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.paths: set[str] = set()

    def read(self, path: str) -> bytes | None:
        self.paths.add(path)
        return self._tree.read(path)

    def list(self, folder: str) -> tuple[Entry, ...]:
        self.paths.add(folder)
        return self._tree.list(folder)
