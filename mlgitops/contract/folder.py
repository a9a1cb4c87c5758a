"""A folder's manifest and digest: which files it holds, how large, with which bytes.

    >>> one = Entry(path="model.txt", size=3, sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    >>> folder_digest([one])
    'sha256:c20c35c95a84437cc14fed9eafdbc0c9f6cec31f274cb5216c409b2bd75874af'

The digest is over the manifest's lines, sorted by path: `<sha256>  <path>` and a newline each, as `sha256sum` prints
them, so that a data set and an artifact are told by one rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from mlgitops.spec.documents.types import Strict

SHA256 = r"^[0-9a-f]{64}$"
PATH = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}){0,7}$"
"""No dot first, no `..`, no separator but `/`: the same file on every system, and none that a tool passes over."""


class Entry(Strict):
    path: Annotated[str, StringConstraints(pattern=PATH)]
    """Relative, with `/`."""
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, StringConstraints(pattern=SHA256)]


def folder_digest(entries: Iterable[Entry]) -> str:
    """`sha256:…` of a folder's files."""
    lines = (f"{entry.sha256}  {entry.path}\n" for entry in sorted(entries, key=lambda entry: entry.path))
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()
