"""Paths that a kustomization names: files of its own environment, and nothing else in the world."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

REMOTE = re.compile(
    r"://|^[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:|^git(::|@)|^(www\.)?(github|gitlab|bitbucket)\.(com|org)\b|[?&](ref|version|timeout)="
    r"|^[a-z0-9.-]+\.[a-z]{2,}[/:].*//|\.git(/|$|\?)",
    re.IGNORECASE,
)
"""What kustomize takes for a repository or an address. What this misses is not a file here, and is refused as that."""

OWN = ("environment.yaml", "kustomization.yaml", "releases", "runs", "templates")
"""Documents of mlgitops in an environment's folder: not for clusters."""


class BadPath(NamedTuple):
    """A path that is refused: the finding's code, what was got, and what to do."""

    code: str
    got: str
    hint: str


def environment_file(text: str, directory: str, files: Mapping[str, object], links: Collection[str]) -> str | BadPath:
    """The path from the repository's root of a file that a kustomization in `directory` names.

    `files` has every regular file under `directory`, `links` every symbolic link there.
    """
    if REMOTE.search(text):
        return BadPath("kustomize/remote", "a remote address", "copy the file into the environment's folder")
    if not text.isprintable() or not text.strip() or text != text.strip():
        return BadPath("kustomize/path", "a path that is blank or has invisible characters", "name a file")
    inside = "name a file inside the environment's folder, relative to it"
    if text.startswith(("/", "~")) or "\\" in text or re.match(r"^[A-Za-z]:", text):
        return BadPath("kustomize/path", "a path from outside of the environment's folder", inside)
    relative = posixpath.normpath(text)
    if relative == ".." or relative.startswith("../") or ".." in text.split("/"):
        return BadPath("kustomize/path", "a path that leads out of the environment's folder", inside)
    if relative.split("/")[0] in OWN:
        return BadPath("kustomize/path", "a document of mlgitops", "keep objects in files of their own")
    path = posixpath.normpath(posixpath.join(directory, relative))
    parts = path.split("/")
    if any("/".join(parts[:count]) in links for count in range(1, len(parts) + 1)):
        return BadPath("kustomize/symlink", "a symbolic link", "put the file itself there")
    if path in files and not text.endswith("/"):
        return path
    if path in files or relative == "." or any(name.startswith(path + "/") for name in files):
        return BadPath("kustomize/path", "a folder", "list its files one by one")
    return BadPath("kustomize/missing-file", "no such file", "correct the path, or add the file")
