"""What a computation read of a tree: files, folders, and look-ups that found nothing.

An observation is the key of everything computed from it: when none of it has changed, neither has
the result. Stat is the quick hint (with Git's racy rule), the digest of the content decides.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping

from mlgitops.tree import Entry, Tree

Signature = tuple[int, int, int, int] | None
"""(mtime, ctime in ns, size, inode) of what stands at a path; None where nothing does."""

RACY = -1
"""In place of a ctime: the file changed in the same tick in which it was read, so stat proves nothing."""

_TICK_NS = 20_000_000
"""Coarser than any kernel's file clock that we know of."""


def signature(path: str) -> Signature:
    """What `lstat` says of a path: an edit that restores size and mtime still moves the ctime."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


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


def signatures(root: str, paths: Iterable[str], since_ns: int) -> dict[str, Signature]:
    """The signatures of paths that were read no earlier than `since_ns`; racy ones are marked so."""
    limit = since_ns - _TICK_NS
    found: dict[str, Signature] = {}
    for path in paths:
        sign = signature(f"{root}/{path}")
        if sign is not None and max(sign[0], sign[1]) >= limit:
            sign = (sign[0], RACY, sign[2], sign[3])
        found[path] = sign
    return found


def changed(root: str, known: Mapping[str, Signature]) -> list[str]:
    """The paths whose signature is no longer the known one."""
    lstat, prefix = os.lstat, root + "/"
    different = []
    for path, sign in known.items():
        try:
            now = lstat(prefix + path)
        except (FileNotFoundError, NotADirectoryError):
            if sign is not None:
                different.append(path)
            continue
        if sign != (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino):
            different.append(path)
    return different


def wait_for_tick() -> None:
    """Sleeps until files written so far are older than a tick of the file clock, so that stat proves something."""
    time.sleep(_TICK_NS / 1e9)
