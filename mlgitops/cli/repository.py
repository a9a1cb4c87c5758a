"""The repository that a command works in, found from where it was started, and lines of its files to show."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.report.text import Lines
    from mlgitops.source import Location

MARK = "mlgitops.yaml"
"""The file that marks a repository's root."""

SHOWN = ("specs", "environments", "policies")
"""Folders of files that people write for review; lines of other files (rendered, foreign manifests) are not shown."""

SUFFIXES = (".yaml", ".yml", ".rego", ".py")

LIMIT = 1 << 20
"""Bytes of a file whose lines are shown; no document may be so large."""


def root_of(directory: str) -> str:
    """The nearest directory at or above one that holds `mlgitops.yaml`. Raises UsageError where there is none."""
    root = find_root(directory)
    if root is None:
        where = "this directory" if directory == "." else directory[:200]
        raise UsageError(
            f"{where} is in no mlgitops repository: no {MARK} there or above it",
            "go to one, name one with -C, or start one: `mlgitops init DIR`",
        )
    return root


def find_root(directory: str) -> str | None:
    """As `root_of`, with None where there is no repository. Raises UsageError when `directory` is none."""
    if not os.path.isdir(directory):
        raise UsageError(f"-C {directory[:200]}: there is no such directory")
    return next((place for place in _upwards(os.path.realpath(directory)) if os.path.isfile(f"{place}/{MARK}")), None)


def prefix_of(root: str) -> str:
    """Where the repository lies within its Git checkout (`platform/`), for tools that count paths from there."""
    for place in _upwards(root):
        if os.path.exists(f"{place}/.git"):
            return "" if place == root else os.path.relpath(root, place).replace(os.sep, "/") + "/"
    return ""


def _upwards(place: str) -> Iterator[str]:
    """A directory and all above it."""
    yield place
    while (above := os.path.dirname(place)) != place:
        place = above
        yield place


def lines_of(root: str) -> Lines:
    """How to get the line of a location, for files that a reviewer sees anyway."""

    @lru_cache(maxsize=64)
    def lines(path: str) -> list[str]:
        try:
            if not os.path.realpath(f"{root}/{path}").startswith(f"{root}/"):
                return []
            # YAML 1.2 breaks lines at CR and LF only; str.splitlines would count others too.
            return re.split(r"\r\n|\n|\r", _plain_file(f"{root}/{path}").decode("utf-8", "replace"))
        except (OSError, ValueError):
            return []

    def line(location: Location) -> str | None:
        if not may_be_shown(location.path):
            return None
        known = lines(location.path)
        if not 0 < location.line <= len(known) or _is_binary(known[location.line - 1]):
            return None
        return known[location.line - 1]

    return line


def _is_binary(line: str) -> bool:
    """Whether a line holds what is no UTF-8, or the zeros of UTF-16: nobody could read it."""
    return "\ufffd" in line or "\0" in line


def _plain_file(path: str) -> bytes:
    """The content of a file of a size that documents have. Raises ValueError or OSError of anything else, unread."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LIMIT:
            raise ValueError("no file whose lines are shown")
        return file.read()


def may_be_shown(path: str) -> bool:
    """Whether lines of a file may appear in a report: it is one that people write and review here."""
    parts = path.split("/")
    if ".." in parts or parts[0] not in (*SHOWN, MARK):
        return False
    return path == MARK or (len(parts) > 1 and os.path.splitext(path)[1] in SUFFIXES)
