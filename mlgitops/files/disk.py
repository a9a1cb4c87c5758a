"""The working tree on disk."""

from __future__ import annotations

import errno
import os

from mlgitops.errors import MlgitopsError
from mlgitops.tree import Entry, EntryKind


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
            if error.errno == errno.ELOOP:  # a symbolic link, which is never followed
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
