"""Files under a uri: a folder (`file:///…`) or an object store (`s3://…`, `gs://…`, `abfs://…`; `memory://…` in tests).

    >>> store = Store("memory://doctest/staging")
    >>> store.write("churn/run.json", b"{}")
    >>> store.write_new("churn/run.json", b"[]")
    False
    >>> store.read("churn/run.json"), store.read("churn/none.json"), store.names("churn")
    (b'{}', None, ['churn/run.json'])

A file is written whole or not at all. Names are relative, with `/`. What a store does not answer, or answers with a
problem of our world, is a RunProblem with exit code 3 (`store/failed`, `store/permission`, `store/full`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from mlgitops.contract.folder import PATH
from mlgitops.problem import RunProblem
from mlgitops.registry.backend import BLOCK, Backend, told
from mlgitops.registry.folders import local_files
from mlgitops.registry.local_store import LocalStore
from mlgitops.registry.object_store import LIBRARIES, ObjectStore

RECORD = 1 << 20
"""Bytes of a record in JSON, at most."""
_PLAIN = re.compile(PATH)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")


class Limits(NamedTuple):
    """Of what is downloaded: a training pod may have written it."""

    files: int = 1_000
    size: int = 64 << 30
    """Bytes, of all files together."""


LIMITS = Limits()


class Store:
    """Files under a uri. Raises RunProblem: `store/uri`, `store/protocol`, `store/library`."""

    def __init__(self, uri: str, backend: Backend | None = None) -> None:
        self.uri = uri
        self._backend = backend_of(uri) if backend is None else backend

    def read(self, name: str, most: int = RECORD) -> bytes | None:
        """A file's bytes; None where there is none. Raises RunProblem `store/too-large` over `most` bytes."""
        opened = self._backend.open(checked(name))
        if opened is None:
            return None
        with told(f"read {name}"), opened as source:
            data = source.read(most + 1)
        if len(data) > most:
            raise _too_large(name, most)
        return data

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole, over the one that is there."""
        self._backend.put(checked(name), BytesIO(data))

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a file that is not there yet. False: it was there, and is as it was."""
        return self._backend.put_new(checked(name), data)

    def names(self, prefix: str = "") -> list[str]:
        """Every file below a folder, sorted, as names in the store; empty where there is none.

        Raises RunProblem `store/link` for what is no file, whoever left it there.
        """
        return sorted(found.name for found in self._backend.files(_checked_prefix(prefix)))

    def folders(self, prefix: str = "") -> list[str]:
        """The names, not the paths, of the folders right in a folder, sorted."""
        return self._backend.folders(_checked_prefix(prefix))

    def remove_folder(self, prefix: str) -> None:
        """Remove every file below a folder. What is not there is fine."""
        self._backend.remove_folder(checked(prefix))

    def upload(self, folder: Path, prefix: str) -> None:
        """Write every file of a local folder. Raises RunProblem also for what `local_files` refuses."""
        for path in local_files(folder):
            with told(f"read {path}"), open(folder / path, "rb") as source:
                self._backend.put(checked(f"{prefix}/{path}" if prefix else path), source)

    def download(self, prefix: str, into: Path, limits: Limits = LIMITS) -> list[str]:
        """Copy every file below a folder into a new local folder, private to this user; their paths there, sorted.

        Raises RunProblem: `store/missing` where there is no file, `store/name` for one that is no
        `contract.folder.PATH`, `store/too-many`, `store/too-large`. Then `into` is not there.
        """
        found = sorted(self._backend.files(_checked_prefix(prefix)))
        start = len(prefix) + 1 if prefix else 0
        paths = [one.name[start:] for one in found]
        _acceptable(paths, sum(one.size for one in found), prefix, limits)
        left = limits.size
        with _new_folder(into):
            for path, one in zip(paths, found, strict=True):
                left -= self._copy(one.name, into / path, left)
        return paths

    def copy(self, name: str, target: Path, most: int = LIMITS.size) -> int:
        """Copy one file to a new local one; its size. Raises RunProblem: `store/missing`, `store/too-large`."""
        try:
            return self._copy(checked(name), target, most)
        except RunProblem:
            target.unlink(missing_ok=True)
            raise

    def _copy(self, name: str, target: Path, most: int) -> int:
        opened = self._backend.open(name)
        if opened is None:
            raise _missing(name)
        with told(f"copy {name}"), opened as source:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as copied:
                return _pour(source, copied, most, name)


def backend_of(uri: str) -> Backend:
    """What answers for a uri."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise RunProblem("store/uri", f"a store must be a uri, got {uri[:80]!a}", "write file:///folder") from None
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise RunProblem("store/uri", f"a folder must be absolute, got {uri[:80]!a}", "write file:///folder")
        return LocalStore(Path(unquote(parts.path)))
    if parts.scheme not in LIBRARIES:
        known = ", ".join(["file", *LIBRARIES])
        message = f"a store's protocol must be one of {known}, got {uri[:80]!a}"
        raise RunProblem("store/protocol", message, "keep it in an object store or on a mounted volume")
    return ObjectStore(parts.scheme, f"{parts.netloc}{parts.path}")


def checked(name: str) -> str:
    """A name that stays in its store. Raises RunProblem `store/name`."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or _UNSAFE.search(name) or len(name) > 1000 or len(parts) > 32:
        message = f"a file's name must be relative and plain, got {name[:80]!a}"
        raise RunProblem("store/name", message, "write a/b/c, without '.' and '..'")
    return name


def _checked_prefix(prefix: str) -> str:
    return checked(prefix) if prefix else prefix


def _acceptable(paths: list[str], size: int, prefix: str, limits: Limits) -> None:
    if not paths:
        raise _missing(prefix or "the store")
    if len(paths) > limits.files:
        message = f"{prefix} must hold at most {limits.files} files, got {len(paths)}"
        raise RunProblem("store/too-many", message, "leave there what a model needs, and nothing else")
    if size > limits.size:
        raise _too_large(prefix, limits.size)
    for path in paths:
        if not _PLAIN.fullmatch(path):
            message = f"{prefix} must hold plain names alone, got {path[:80]!a}"
            raise RunProblem("store/name", message, "use letters, digits, '.', '_' and '-', and no '.' first")


def _pour(source: BinaryIO, target: BinaryIO, most: int, name: str) -> int:
    size = 0
    while block := source.read(BLOCK):
        size += len(block)
        if size > most:
            raise _too_large(name, most)
        target.write(block)
    return size


@contextmanager
def _new_folder(into: Path) -> Iterator[None]:
    """A folder that is whole or not there."""
    with told(f"make {into.name}"):
        into.parent.mkdir(parents=True, exist_ok=True)
        into.mkdir(mode=0o700)
    try:
        yield
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise


def _missing(name: str) -> RunProblem:
    return RunProblem("store/missing", f"{name} must be in the store, got none", "look at what should have written it")


def _too_large(name: str, most: int) -> RunProblem:
    message = f"{name} must be at most {most} bytes, got more"
    return RunProblem("store/too-large", message, "look at who wrote it, and what")
