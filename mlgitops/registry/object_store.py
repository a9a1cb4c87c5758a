"""Files in an object store, through fsspec. An object is there whole or not at all: that is the store's own promise.

`put_new` is a conditional put in s3fs (If-None-Match), gcsfs (ifGenerationMatch) and adlfs. A server that speaks S3 and
ignores the condition is found out by `directory`, before it registers anything there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, BinaryIO, cast

from mlgitops.problem import WORLD, RunProblem
from mlgitops.registry.backend import Found, problem_of

LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs", "memory": "fsspec"}
"""Protocol → the package that speaks it."""
_S3 = {"config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 3}}}
_ONE_AT_A_TIME = threading.Lock()
"""The store in memory looks and then writes; it is one process's."""


class ObjectStore:
    """See the module. Raises RunProblem `store/library` where the protocol's package is missing."""

    def __init__(self, protocol: str, path: str) -> None:
        self._root = path.strip("/")
        self._protocol = protocol
        self._files = _file_system(protocol)

    def open(self, name: str) -> BinaryIO | None:
        with self._told(f"read {name}"):
            try:
                if self._protocol == "memory":  # whose open files all share one position
                    return BytesIO(self._files.cat_file(self._path(name)))
                return cast(BinaryIO, self._files.open(self._path(name), "rb"))
            except (FileNotFoundError, IsADirectoryError):
                return None

    def put(self, name: str, source: BinaryIO) -> None:
        with self._told(f"write {name}"):
            if hasattr(source, "name"):
                self._files.put_file(source.name, self._path(name))
            else:
                self._files.pipe_file(self._path(name), source.read())

    def put_new(self, name: str, data: bytes) -> bool:
        with self._told(f"write {name}"), _ONE_AT_A_TIME:
            try:
                self._files.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
        return True

    def files(self, prefix: str) -> Iterator[Found]:
        start = len(self._path("")) if self._root else 0
        found: dict[str, Any] = {}
        with self._told(f"list {prefix or 'the store'}"), suppress(FileNotFoundError):
            found = self._files.find(self._path(prefix), detail=True)
        below = self._path(prefix).strip("/") + "/"
        for path, about in sorted(found.items()):
            if path.strip("/").startswith(below) or not below.strip("/"):
                yield Found(path.strip("/")[start:], int(about.get("size") or 0))

    def folders(self, prefix: str) -> list[str]:
        with self._told(f"list {prefix or 'the store'}"):
            try:
                found: list[dict[str, Any]] = self._files.ls(self._path(prefix), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(about["name"].rstrip("/").rpartition("/")[2] for about in found if about["type"] == "directory")

    def remove_folder(self, prefix: str) -> None:
        with self._told(f"remove {prefix}"):
            for found in list(self.files(prefix)):
                with suppress(FileNotFoundError):
                    self._files.rm_file(self._path(found.name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if self._root else name

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Each library has its own errors (botocore's are no OSError), and all of them are about our world."""
        try:
            yield
        except RunProblem:
            raise
        except OSError as error:
            raise problem_of(error, what) from None
        except Exception as error:
            message = f"cannot {what}: {type(error).__name__}: {str(error)[:200]}"
            hint = f"look at the address, the credentials and the network of this {self._protocol} store"
            raise RunProblem("store/failed", message, hint, exit_code=WORLD) from None


def _file_system(protocol: str) -> Any:
    try:
        import fsspec

        return fsspec.filesystem(protocol, use_listings_cache=False, **(_S3 if protocol == "s3" else {}))
    except ImportError:
        package = LIBRARIES[protocol]
        message = f"{protocol}:// needs the Python package {package}, got an image without it"
        raise RunProblem("store/library", message, f"add {package} to the image: pip install {package}") from None
