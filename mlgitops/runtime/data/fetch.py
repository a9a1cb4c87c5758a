"""The bytes of a data set, copied to a private folder and told by their digest while they are copied.

What is parsed is the copy, so the digest is of the very bytes that become rows, whoever changes the original meanwhile.
The rule of the digest is that of `files.data_digest`: a file's SHA-256, or that of a folder's sorted list.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.problem import WORLD, RunProblem

_CHUNK = 1 << 20
MAX_FILES = 100_000


class File(NamedTuple):
    """One file of a data set."""

    name: str
    """Relative to the folder; a data set of one file has the file's own name."""
    path: Path
    """Of the copy."""


class Fetched(NamedTuple):
    """A data set's bytes."""

    files: list[File]
    """In the order of their names."""
    digest: str
    is_folder: bool


def fetch(uri: str, into: Path, name: str) -> Fetched:
    """Copy what is at a URI (or a local path) into an empty folder; `name` is the data set's, for messages.

    Raises RunProblem: `data/missing`, `data/store`, `data/link`, `data/empty-folder`, `data/too-many-files`.
    """
    try:
        return _fetch(uri, into, name)
    except FileNotFoundError:
        hint = "correct its uri, or put the data there; what reads it needs permission to see it"
        raise RunProblem("data/missing", f"{name} must be at {_shown(uri)}, got nothing there", hint) from None
    except ImportError:
        scheme = uri.partition("://")[0][:20]
        hint = "install the fsspec package of that store in the image: s3fs, gcsfs, adlfs"
        raise RunProblem("data/store", f"{name} must be at a store that can be read, got {scheme}://", hint) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or type(error).__name__)[:200]
        message = f"{name} must be readable at {_shown(uri)}, got: {reason}"
        raise RunProblem("data/store", message, "look at the store and its permissions", exit_code=WORLD) from None


def _shown(uri: str) -> str:
    """A URI without what may be a password."""
    scheme, separator, rest = uri.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"[:300] if separator else uri[:300]


def _fetch(uri: str, into: Path, name: str) -> Fetched:
    import fsspec

    store, root = fsspec.core.url_to_fs(uri)
    if store.isfile(root):
        copy = into / "0"
        return Fetched([File(root.rpartition("/")[2], copy)], "sha256:" + _copy(store, root, copy), False)
    if not store.isdir(root):
        raise FileNotFoundError
    names = _names(store, root, name)
    files, lines, folder = [], [], root.rstrip("/")
    for number, relative in enumerate(names):
        copy = into / str(number)
        lines.append(f"{_copy(store, '/'.join((folder, relative)), copy)}  {relative}\n")
        files.append(File(relative, copy))
    text = "".join(lines).encode("utf-8", "surrogateescape")
    return Fetched(files, "sha256:" + hashlib.sha256(text).hexdigest(), True)


def _names(store: Any, root: str, name: str) -> list[str]:
    """The names of a folder's files, in order."""
    found = [path for path in store.find(root) if not path.endswith("/")]
    if not found:
        message = f"{name} must be a file or a folder of files, got a folder without one"
        raise RunProblem("data/empty-folder", message, "name the folder that holds the data")
    if len(found) > MAX_FILES:
        message = f"{name} must have at most {MAX_FILES} files, got {len(found)}"
        raise RunProblem("data/too-many-files", message, "write it as fewer, larger files")
    if "file" in store.protocol and (link := next(filter(_is_linked(root), found), None)):
        message = f"{name} must hold files alone, got a symbolic link: {os.path.basename(link)[:80]}"
        raise RunProblem("data/link", message, "replace it by the data: a digest follows no link")
    return sorted(path.removeprefix(root.rstrip("/") + "/") for path in found)


def _is_linked(root: str) -> Any:
    """Whether a file, or a folder between it and the root, is a link."""

    def linked(path: str) -> bool:
        while len(path) > len(root):
            if os.path.islink(path):
                return True
            path = os.path.dirname(path)
        return False

    return linked


def _copy(store: Any, source: str, target: Path) -> str:
    """Copy one file; its SHA-256."""
    digest = hashlib.sha256()
    with store.open(source, "rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
    return digest.hexdigest()
