"""Writing targets: each is old or new, never mixed, whatever happens in the middle.

A target's folder is written anew beside the tree, in `.cache/mlgitops/staging`. When all that were
asked for stand there and have reached the disk, each changes places with the old one in a single
`renameat2(RENAME_EXCHANGE)`. A run that is killed leaves the staging folder, which the next one
removes. One run at a time holds the lock.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from mlgitops.errors import MlgitopsError

CACHE = ".cache/mlgitops"
STAGING = f"{CACHE}/staging"

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def _system_error(doing: str, error: OSError) -> MlgitopsError:
    hint = "free disk space and run again; targets are as they were" if error.errno in (28, 122) else "check the disk"
    return MlgitopsError(f"cannot {doing}: {error.strerror}", hint)


@contextmanager
def one_run_at_a_time(root: str) -> Iterator[None]:
    """Holds the repository's lock and starts with an empty staging folder.

    Raises MlgitopsError when another run holds it.
    """
    try:
        os.makedirs(f"{root}/{CACHE}", exist_ok=True)
        with open(f"{root}/{CACHE}/lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise MlgitopsError("another mlgitops run is writing here", "wait for it to end") from error
            shutil.rmtree(f"{root}/{STAGING}", ignore_errors=True)
            try:
                yield
            finally:
                shutil.rmtree(f"{root}/{STAGING}", ignore_errors=True)
    except OSError as error:
        raise _system_error("prepare .cache/mlgitops", error) from error


def stage(root: str, target: str, files: Mapping[str, str]) -> None:
    """Writes a target's files (name below the target → text) into the staging folder."""
    folder = f"{root}/{STAGING}/{target}"
    made: set[str] = set()
    try:
        for name, text in files.items():
            path = f"{folder}/{name}"
            parent = path[: path.rindex("/")]
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
            try:
                data = memoryview(text.encode())
                while data:
                    data = data[os.write(descriptor, data) :]
            finally:
                os.close(descriptor)
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
            libc = ctypes.CDLL(None, use_errno=True)
            if not hasattr(libc, "syncfs"):
                os.sync()
            elif libc.syncfs(descriptor) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _system_error("write the staged targets to disk", error) from error


def commit(root: str, target: str) -> None:
    """Puts a staged target in its place (`rendered/dev/churn`), whole."""
    new, place = f"{root}/{STAGING}/{target}", f"{root}/{target}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            os.rename(new, place)  # nothing there, or an empty folder
        except OSError:
            _exchange(new, place)
    except OSError as error:
        raise _system_error(f"put {target} in its place", error) from error


def remove(root: str, target: str) -> None:
    """Takes a target away, whole."""
    aside = f"{root}/{STAGING}/removed/{target.replace('/', '+')}"
    try:
        os.makedirs(os.path.dirname(aside), exist_ok=True)
        os.rename(f"{root}/{target}", aside)
    except OSError as error:
        raise _system_error(f"remove {target}", error) from error


def _exchange(new: str, place: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        _exchange_in_two_steps(new, place)
        return
    if libc.renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(place), _RENAME_EXCHANGE) != 0:
        code = ctypes.get_errno()
        if code not in (22, 38):  # EINVAL, ENOSYS: the file system or the kernel cannot
            raise OSError(code, os.strerror(code))
        _exchange_in_two_steps(new, place)


def _exchange_in_two_steps(new: str, place: str) -> None:
    """Where folders cannot change places at once: between the two renames the target is absent, never mixed."""
    aside = new + ".old"
    os.rename(place, aside)
    try:
        os.rename(new, place)
    except OSError:
        os.rename(aside, place)
        raise


def settle(root: str, folders: Iterable[str]) -> None:
    """Returns when the renames in these folders are on the disk."""
    for folder in folders:
        try:
            _sync_folder(f"{root}/{folder}")
        except OSError as error:
            raise _system_error(f"write {folder} to disk", error) from error


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
