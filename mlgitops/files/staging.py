"""Writing targets: each is old or new, never mixed, whatever happens in the middle.

A target's folder is written anew beside the tree, in `.cache/mlgitops/staging`. When all that were
asked for stand there and have reached the disk, each changes places with the old one in a single
`renameat2(RENAME_EXCHANGE)`. A run that is killed leaves the staging folder, which the next one
removes. One run at a time holds the lock.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from mlgitops.errors import MlgitopsError
from mlgitops.files.folders import CACHE, STAGING, made, write_new

ASIDE = ".aside"
"""Ends the name of an old target that waits in the staging folder for the new one to take its place."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def _system_error(doing: str, error: OSError) -> MlgitopsError:
    hint = "free disk space" if error.errno in _FULL else "mend that"
    hint += ", then run again; every target is as it was, or complete"
    return MlgitopsError(f"cannot {doing}: {error.strerror}", hint)


@contextmanager
def one_run_at_a_time(root: str) -> Iterator[None]:
    """Holds the repository's lock and starts with an empty staging folder.

    Raises MlgitopsError when another run holds it, or the folder cannot be had.
    """
    lock = _locked(root)
    try:
        _emptied(root)
        try:
            yield
        finally:
            # What cannot be removed now, the next run removes: all that matters is in its place.
            shutil.rmtree(f"{root}/{STAGING}", ignore_errors=True)
    finally:
        os.close(lock)


def _locked(root: str) -> int:
    try:
        path = f"{made(root, CACHE)}/lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise _system_error(f"prepare {CACHE}", error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise MlgitopsError("another mlgitops run is writing here", "wait for it to end, then run again") from None
        raise _system_error(f"lock {CACHE}", error) from error
    return lock


def _emptied(root: str) -> None:
    try:
        made(root, STAGING)
        _take_back(root)
        shutil.rmtree(f"{root}/{STAGING}")
    except OSError as error:
        raise _system_error(f"empty {STAGING}", error) from error


def stage(root: str, target: str, files: Mapping[str, str]) -> None:
    """Writes a target's files (name below the target → text) into the staging folder.

    Raises ValueError for a name that leads out of the target: whoever made it should have refused what it is made of.
    """
    for path in (target, *files):
        if not {"", ".", ".."}.isdisjoint(path.split("/")):
            raise ValueError(f"a file of a target stands inside of it, got {path[:200]!r}")
    there: set[str] = set()
    try:
        folder = f"{made(root, STAGING)}/{target}"
        for name, text in files.items():
            path = f"{folder}/{name}"
            parent = path[: path.rindex("/")]
            if parent not in there:
                os.makedirs(parent, exist_ok=True)
                there.add(parent)
            write_new(path, text.encode())
    except OSError as error:
        raise _system_error(f"write {target}", error) from error


def reach_disk(root: str) -> None:
    """Returns when everything staged is on the disk: one `syncfs` rather than an fsync a file."""
    folder = f"{root}/{STAGING}"
    if not os.path.isdir(folder):
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            libc = _libc()
            if not hasattr(libc, "syncfs"):
                os.sync()
            elif libc.syncfs(descriptor) != 0:
                raise _last_error()
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _system_error("write the staged targets to disk", error) from error


def commit(root: str, target: str) -> None:
    """Puts a staged target in its place (`rendered/dev/churn`), whole."""
    new, place = f"{root}/{STAGING}/{target}", f"{root}/{target}"
    try:
        made(root, target.rpartition("/")[0])
        try:
            os.rename(new, place)  # nothing there, or an empty folder
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            _exchange(new, place)
    except OSError as error:
        raise _system_error(f"put {target} in its place", error) from error


def remove(root: str, target: str) -> None:
    """Takes a target away, whole."""
    folder, _, name = target.rpartition("/")
    try:
        aside = f"{made(root, f'{STAGING}/removed/{folder}')}/{name}"
        made(root, folder)
        os.rename(f"{root}/{target}", aside)
    except OSError as error:
        raise _system_error(f"remove {target}", error) from error


def settle(root: str, targets: Iterable[str]) -> None:
    """Returns when it is on the disk that these targets came or went: the folders they stand in, and those above."""
    folders: set[str] = set()
    for target in targets:
        while target:
            target = target.rpartition("/")[0]
            folders.add(target)
    for folder in sorted(folders, reverse=True):
        try:
            _sync_folder(f"{root}/{folder}")
        except OSError as error:
            raise _system_error(f"write {folder or 'the repository'} to disk", error) from error


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _last_error() -> OSError:
    code = ctypes.get_errno()
    return OSError(code, os.strerror(code))


def _exchange(new: str, place: str) -> None:
    libc = _libc()
    if not hasattr(libc, "renameat2"):
        _exchange_in_two_steps(new, place)
    elif libc.renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(place), _RENAME_EXCHANGE) != 0:
        error = _last_error()
        if error.errno not in (errno.EINVAL, errno.ENOSYS):  # the file system or the kernel cannot
            raise error
        _exchange_in_two_steps(new, place)


def _exchange_in_two_steps(new: str, place: str) -> None:
    """Where folders cannot change places at once: between the two renames the target is absent, never mixed."""
    aside = new + ASIDE
    os.rename(place, aside)
    try:
        os.rename(new, place)
    except BaseException:
        os.rename(aside, place)
        raise


def _take_back(root: str) -> None:
    """Puts old targets back that a run which was killed left aside, between two steps."""
    for folder, folders, files in os.walk(f"{root}/{STAGING}/rendered"):
        for name in (*folders, *files):
            if name.endswith(ASIDE):
                place = f"{root}/{folder[len(root) + len(STAGING) + 2 :]}/{name.removesuffix(ASIDE)}"
                if not os.path.lexists(place):
                    os.rename(f"{folder}/{name}", place)
