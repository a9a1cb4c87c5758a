"""Files in a folder of this machine or of a mounted volume.

A write is a temporary file beside the target, synced, and a rename, so a reader sees the old file or the new one. No
link below the folder is followed, neither by reading nor by writing: training pods can write to the staging area, and
a link there would have the sign Job read its own key for them. Files are opened folder by folder (`openat`), so that
none can be swapped for a link in between.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.backend import BLOCK, Found, told

TEMPORARY = (".", ".new")
"""How the name of a file that is being written begins and ends; it is in no listing."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Opening a pipe that nobody writes to must not wait for ever."""


class LocalStore:
    """See the module; `root` need not be there yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, name: str) -> BinaryIO | None:
        folder, _, file = name.rpartition("/")
        with told(f"read {name}"):
            try:
                with self._folder(folder) as inside:
                    return _opened(file, inside, name)
            except FileNotFoundError:
                return None

    def put(self, name: str, source: BinaryIO) -> None:
        self._put(name, source, os.rename)

    def put_new(self, name: str, data: bytes) -> bool:
        return self._put(name, BytesIO(data), _linked)

    def _put(self, name: str, source: BinaryIO, into_place: Callable[..., None]) -> bool:
        """Write beside the target and put it in place; False where there must be none and was one."""
        folder, _, file = name.rpartition("/")
        new = f"{TEMPORARY[0]}{file[:80]}.{secrets.token_hex(8)}{TEMPORARY[1]}"
        with told(f"write {name}"), self._folder(folder, create=True) as inside:
            try:
                descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=inside)
                with os.fdopen(descriptor, "wb") as written:
                    shutil.copyfileobj(source, written, BLOCK)
                    written.flush()
                    os.fsync(written.fileno())
                into_place(new, file, src_dir_fd=inside, dst_dir_fd=inside)
                os.fsync(inside)
            except FileExistsError:
                return False
            finally:
                with suppress(OSError):
                    os.unlink(new, dir_fd=inside)
        return True

    def files(self, prefix: str) -> Iterator[Found]:
        with told(f"list {prefix or 'the store'}"):
            try:
                with self._folder(prefix) as inside:
                    yield from _below(inside, f"{prefix}/" if prefix else "")
            except FileNotFoundError:
                return

    def folders(self, prefix: str) -> list[str]:
        with told(f"list {prefix or 'the store'}"):
            try:
                with self._folder(prefix) as inside, os.scandir(inside) as listing:
                    return sorted(child.name for child in listing if child.is_dir(follow_symlinks=False))
            except FileNotFoundError:
                return []

    def remove_folder(self, prefix: str) -> None:
        folder, _, name = prefix.rpartition("/")
        with told(f"remove {prefix}"), suppress(FileNotFoundError), self._folder(folder) as inside:
            # Resists links swapped in between (shutil.rmtree.avoids_symlink_attacks).
            shutil.rmtree(name, dir_fd=inside)

    @contextmanager
    def _folder(self, name: str, *, create: bool = False) -> Iterator[int]:
        """A descriptor of a folder, reached through no link."""
        if create:
            self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in name.split("/") if name else ():
                if create:
                    with suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=descriptor)
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)


def _linked(new: str, file: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
    """Put a file in place unless there is one: what makes one of two writers the first."""
    try:
        os.link(new, file, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        message = "the volume must know hard links, by which one of two writers is the first, got one that does not"
        hint = "keep the registry on a POSIX file system (ext4, xfs, NFS) or in an object store"
        raise RunProblem("store/no-links", message, hint, exit_code=WORLD) from None


def _opened(file: str, folder: int, name: str) -> BinaryIO:
    descriptor = os.open(file, _READ, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _no_file(name)
    return os.fdopen(descriptor, "rb")


def _below(folder: int, prefix: str) -> Iterator[Found]:
    with os.scandir(folder) as listing:
        children = sorted(listing, key=lambda child: child.name)
    for child in children:
        name = prefix + child.name
        if child.is_dir(follow_symlinks=False):
            inner = os.open(child.name, _FOLDER, dir_fd=folder)
            try:
                yield from _below(inner, f"{name}/")
            finally:
                os.close(inner)
        elif child.is_file(follow_symlinks=False):
            if not (child.name.startswith(TEMPORARY[0]) and child.name.endswith(TEMPORARY[1])):
                yield Found(name, child.stat(follow_symlinks=False).st_size)
        else:
            raise _no_file(name)


def _no_file(name: str) -> RunProblem:
    message = f"{name[:200]!a} must be a plain file, got a link or another kind"
    return RunProblem("store/link", message, "replace it by a file: nothing here follows links")
