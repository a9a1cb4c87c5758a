"""Folders and files of ours inside of a repository, which a commit could have made symbolic links.

Nothing is written, removed or looked up through such a link: `.cache -> ../../home` must not cost anybody a file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from stat import S_ISDIR

CACHE = ".cache/mlgitops"
"""What mlgitops keeps for itself; ignored by Git, and safe to remove when nothing runs."""

STAGING = f"{CACHE}/staging"
"""Where targets are made ready."""


def made(root: str, folder: str) -> str:
    """The absolute path of a folder below `root`, made where it is missing.

    Raises OSError where it, or a folder on the way to it, is something else than a folder.
    """
    path = root
    for part in folder.split("/"):
        path = f"{path}/{part}"
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            with suppress(FileExistsError):  # by a run beside this one
                os.mkdir(path)
            found = os.lstat(path)
        if not S_ISDIR(found.st_mode):
            shown = path[len(root) + 1 :]
            raise NotADirectoryError(errno.ENOTDIR, f"{shown} is no folder (links are not followed)", path)
    return path


def is_real(root: str, folder: str) -> bool:
    """Whether a folder below `root` is there, and neither it nor any on the way to it is a symbolic link."""
    path = root
    for part in folder.split("/"):
        path = f"{path}/{part}"
        try:
            if not S_ISDIR(os.lstat(path).st_mode):
                return False
        except (OSError, ValueError):
            return False
    return True


def write_new(path: str, content: bytes | Callable[[int], bytes]) -> None:
    """Writes a file that is not there yet; its content may depend on its inode. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        data = memoryview(content if isinstance(content, bytes) else content(os.fstat(descriptor).st_ino))
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def left_over(root: str) -> bool:
    """Whether a run is writing, or one was killed before it had cleared up."""
    return os.path.lexists(f"{root}/{STAGING}")
