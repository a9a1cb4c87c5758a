"""The working tree on disk. Symbolic links are followed nowhere, neither at a path's end nor on the way to it."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

from mlgitops.errors import MlgitopsError
from mlgitops.tree import Entry, EntryKind

LIMIT = 32 << 20
"""Bytes of a file that is read: nothing that people review is so large, and what is would end up in memory."""


class DiskTree:
    """The working tree under `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._real = {""}

    def read(self, path: str) -> bytes | None:
        if not self._reached(path.rpartition("/")[0]):
            return None
        try:
            descriptor = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO):  # a symbolic link, or a socket
                return None
            raise _cannot("read", path, error) from error
        try:
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                facts = os.fstat(descriptor)
                if not S_ISREG(facts.st_mode):
                    return None
                if facts.st_size > LIMIT:
                    message = f"{path[:200]} must have at most {LIMIT >> 20} MiB, got {facts.st_size >> 20}"
                    raise MlgitopsError(message, "keep data outside of the repository")
                return file.read()
        except IsADirectoryError:
            return None
        except OSError as error:
            raise _cannot("read", path, error) from error

    def list(self, folder: str) -> tuple[Entry, ...]:
        if not self._reached(folder):
            return ()
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                return tuple(sorted(Entry(e.name, _kind(e)) for e in entries))
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise _cannot("list", folder, error) from error

    def _reached(self, folder: str) -> bool:
        """Whether a folder can be reached without a link; one that was is not looked at again."""
        if folder in self._real:
            return True
        try:
            real = self._reached(folder.rpartition("/")[0]) and S_ISDIR(os.lstat(f"{self.root}/{folder}").st_mode)
        except OSError:
            return False
        if real:
            self._real.add(folder)
        return real


def _cannot(do: str, path: str, error: OSError) -> MlgitopsError:
    return MlgitopsError(f"cannot {do} {path[:200]}: {error.strerror}", "check its permissions, and the disk")


def _kind(entry: os.DirEntry[str]) -> EntryKind:
    if entry.is_symlink():
        return "link"
    return "folder" if entry.is_dir(follow_symlinks=False) else "file"
