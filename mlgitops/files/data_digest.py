"""The digest of a data set: of a file its SHA-256; of a folder that of the sorted list of its files' digests and names.

The names are relative to the folder, so that the same data has the same digest wherever it lies.
"""

from __future__ import annotations

import hashlib
import os

from mlgitops.errors import MlgitopsError, UsageError


def data_digest(path: str) -> str:
    """`sha256:…` of a file or folder.

    Raises UsageError for what has no digest: nothing there, no file in it, links; MlgitopsError when reading it fails.
    """
    try:
        if os.path.isfile(path):
            return f"sha256:{_file(path)}"
        if os.path.isdir(path):
            return f"sha256:{_folder(path)}"
    except OSError as error:
        raise MlgitopsError(f"cannot read {path}: {error.strerror}", "check its permissions") from None
    raise UsageError(f"{path[:200]} is no file and no folder", "name the data, or a copy of it, with --from")


def _file(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(path: str) -> str:
    lines = []
    for directory, folders, names in os.walk(path, onerror=_raise):
        for name in (*folders, *names):
            if os.path.islink(os.path.join(directory, name)):
                raise UsageError(f"{name} is a symbolic link", "replace it by the data: a digest follows no link")
        for name in names:
            file = os.path.join(directory, name)
            lines.append(f"{_file(file)}  {os.path.relpath(file, path).replace(os.sep, '/')}\n")
    if not lines:
        raise UsageError(f"{path[:200]} holds no file", "name the folder that holds the data")
    lines.sort(key=lambda line: line.split("  ", 1)[1])
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _raise(error: OSError) -> None:
    raise error
