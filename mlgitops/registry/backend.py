"""What a kind of store does; `Store` checks names and limits before it asks."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Protocol

from mlgitops.problem import WORLD, WRONG, RunProblem

BLOCK = 1 << 20


class Found(NamedTuple):
    """A file in a store."""

    name: str
    size: int


class Backend(Protocol):
    """Files by name (`a/b/c`, checked) under one address. Raises RunProblem alone."""

    def open(self, name: str) -> BinaryIO | None:
        """A file's bytes; None where there is none."""

    def put(self, name: str, source: BinaryIO) -> None:
        """Write a file whole or not at all; one that is there is replaced."""

    def put_new(self, name: str, data: bytes) -> bool:
        """The same for a file that is not there yet, of several at once for one alone. False: it was there."""

    def files(self, prefix: str) -> Iterator[Found]:
        """Every file below a folder, in any order."""

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders in a folder."""

    def remove_folder(self, prefix: str) -> None:
        """Remove a folder and all below it; none is fine."""


def problem_of(error: OSError, what: str) -> RunProblem:
    """What became of our world, in a person's words. `what` is "read churn/run.json"."""
    number = error.errno
    if number in (errno.ENOSPC, errno.EDQUOT):
        return RunProblem("store/full", f"cannot {what}: no space is left", "make room there", exit_code=WORLD)
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or isinstance(error, PermissionError):
        hint = "let this pod's ServiceAccount do so, or look at the folder's owner"
        return RunProblem("store/permission", f"cannot {what}: permission denied", hint, exit_code=WORLD)
    if number in (errno.ELOOP, errno.ENOTDIR):
        hint = "replace the link by what it names: nothing here follows links"
        return RunProblem("store/link", f"cannot {what}: a link or no folder is on its way", hint, exit_code=WRONG)
    reason = error.strerror or str(error) or type(error).__name__
    return RunProblem("store/failed", f"cannot {what}: {reason[:200]}", "try again when it answers", exit_code=WORLD)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn an OSError into a RunProblem."""
    try:
        yield
    except OSError as error:
        raise problem_of(error, what) from None
