"""The files of one MLflow run: kept by the server, or where the server says (`s3://…`, a folder)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

from mlgitops.problem import RunProblem
from mlgitops.registry.backend import Found
from mlgitops.registry.mlflow_rest import Refused, Rest, refused_problem
from mlgitops.registry.stores import Store

PROXIED = "mlflow-artifacts"
DEEPEST = 16


def artifact_store(rest: Rest, uri: str) -> Store:
    """Where a run's files are, by its `artifact_uri`. Raises RunProblem for a place that nobody here can reach."""
    parts = urlsplit(uri)
    if parts.scheme == PROXIED:
        if parts.netloc:
            message = f"MLflow's files must be kept by the same server, got one at {parts.netloc[:80]!a}"
            raise RunProblem("store/uri", message, "start the server with --serve-artifacts")
        return Store(uri, ProxiedFiles(rest, parts.path.strip("/")))
    return Store(f"file://{uri}" if uri.startswith("/") else uri)


class ProxiedFiles:
    """A `Backend`: files in a folder of the server's."""

    def __init__(self, rest: Rest, root: str) -> None:
        self._rest = rest
        self._root = root

    def open(self, name: str) -> BinaryIO | None:
        with _told(f"read {name}"):
            try:
                return self._rest.file(f"{self._root}/{name}")
            except Refused as refused:
                if refused.status == 404:
                    return None
                raise

    def put(self, name: str, source: BinaryIO) -> None:
        source.seek(0, os.SEEK_END)
        size = source.tell()
        source.seek(0)
        with _told(f"write {name}"):
            self._rest.put_file(f"{self._root}/{name}", source, size)

    def put_new(self, name: str, data: bytes) -> bool:
        raise NotImplementedError("MLflow keeps files without asking whether they are there")

    def files(self, prefix: str) -> Iterator[Found]:
        yield from self._below(prefix, DEEPEST)

    def folders(self, prefix: str) -> list[str]:
        return sorted(path for path, folder, _ in self._listing(prefix) if folder)

    def remove_folder(self, prefix: str) -> None:
        with _told(f"remove {prefix}"):
            self._rest.remove_files(f"{self._root}/{prefix}")

    def _below(self, prefix: str, left: int) -> Iterator[Found]:
        for name, folder, size in self._listing(prefix):
            path = f"{prefix}/{name}" if prefix else name
            if not folder:
                yield Found(path, size)
            elif left:
                yield from self._below(path, left - 1)

    def _listing(self, prefix: str) -> list[tuple[str, bool, int]]:
        with _told(f"list {prefix or 'the files of a run'}"):
            found = self._rest.list_files(f"{self._root}/{prefix}".rstrip("/"))
        return [
            (str(one.get("path", "")).rpartition("/")[2], bool(one.get("is_dir")), int(one.get("file_size") or 0))
            for one in found
        ]


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise refused_problem(refused, what) from None
