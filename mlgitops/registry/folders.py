"""A local folder's manifest: `contract.folder.Entry` for every file.

    folder_digest(local_entries(Path("artifact")))     # what names an artifact

Nothing is passed over: a link, a socket, an empty folder or a name that another system reads differently is refused,
since what no manifest lists no signature covers.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from mlgitops.contract.folder import PATH, Entry
from mlgitops.problem import RunProblem

MOST_FILES = 10_000
_PATH = re.compile(PATH)
_HINT = "leave plain files and folders alone there, with names of letters, digits, '.', '_' and '-' and no '.' first"


def local_entries(folder: Path) -> list[Entry]:
    """Every file below a folder, by path, with size in bytes and SHA-256. No link is followed.

    Raises RunProblem as `local_files` does, and `folder/unreadable`.
    """
    return [_entry(folder / path, path) for path in local_files(folder)]


def local_files(folder: Path) -> list[str]:
    """The path of every file below a folder, sorted; none of them is read.

    Raises RunProblem: `folder/missing`, `folder/link`, `folder/special`, `folder/name`, `folder/empty`,
    `folder/too-many`.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise RunProblem("folder/missing", f"{folder.name} must be a folder, got none", "look at what should write it")
    found: list[str] = []
    _collect(folder, "", found)
    return sorted(found)


def _collect(folder: Path, prefix: str, found: list[str]) -> None:
    """Add the files of one folder and of those in it."""
    with os.scandir(folder) as listing:
        children = sorted(listing, key=lambda child: child.name)
    if not children:
        raise RunProblem("folder/empty", f"{prefix or folder.name} must hold a file, got an empty folder", _HINT)
    for child in children:
        path = prefix + child.name
        if not _PATH.fullmatch(path):
            raise RunProblem("folder/name", f"a file's name must be plain, got {path[:80]!a}", _HINT)
        if child.is_symlink():
            raise RunProblem("folder/link", f"{path} must be a file, got a symbolic link", _HINT)
        if child.is_dir(follow_symlinks=False):
            _collect(Path(child.path), f"{path}/", found)
        elif child.is_file(follow_symlinks=False):
            found.append(path)
        else:
            raise _special(path)
        if len(found) > MOST_FILES:
            raise RunProblem("folder/too-many", f"a folder must hold at most {MOST_FILES} files, got more", _HINT)


def _entry(file: Path, path: str) -> Entry:
    """One file's, of the very bytes that are read: it may change beside us, and then the digest is of neither."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RunProblem("folder/unreadable", f"{path} must be readable, got: {error.strerror}", _HINT) from None
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _special(path)
        digest = hashlib.sha256()
        size = 0
        while block := opened.read(1 << 20):
            digest.update(block)
            size += len(block)
    return Entry(path=path, size=size, sha256=digest.hexdigest())


def _special(path: str) -> RunProblem:
    return RunProblem("folder/special", f"{path} must be a plain file, got another kind", _HINT)
