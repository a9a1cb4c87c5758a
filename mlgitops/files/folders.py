"""Folders of ours inside of a repository, which a commit could have turned into symbolic links to somewhere else.

Nothing is written, removed or looked up through such a link: `.cache -> ../../home` must not cost anybody a file.
"""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR

CACHE = ".cache/mlgitops"
"""What mlgitops keeps for itself; ignored by Git, and safe to remove when nothing runs."""


def made(root: str, folder: str) -> str:
    """The absolute path of a folder below `root`, made where it is missing.

    Raises OSError where it, or a folder on the way to it, is something else than a folder.
    """
    path = root
    for part in folder.split("/"):
        path = f"{path}/{part}"
        try:
            os.mkdir(path)
        except FileExistsError:
            if not S_ISDIR(os.lstat(path).st_mode):
                shown = path[len(root) + 1 :]
                raise NotADirectoryError(
                    errno.ENOTDIR, f"{shown} is no folder (links are not followed)", path
                ) from None
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
