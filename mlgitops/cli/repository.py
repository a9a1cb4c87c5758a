"""The repository that a command works in, found from where it was started, and lines of its files to show."""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache
from pathlib import Path, PurePosixPath
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


def root_of(directory: str) -> Path:
    """The nearest directory at or above one that holds `mlgitops.yaml`. Raises UsageError where there is none."""
    root = find_root(directory)
    if root is None:
        where = "this directory" if directory == "." else directory[:200]
        raise UsageError(
            f"{where} is in no mlgitops repository: no {MARK} there or above it",
            "go to one, name one with -C, or start one: `mlgitops init DIR`",
        )
    return root


def find_root(directory: str) -> Path | None:
    """As `root_of`, with None where there is no repository. Raises UsageError when `directory` is none."""
    start = Path(directory)
    if not start.is_dir():
        raise UsageError(f"-C {directory[:200]}: there is no such directory")
    start = start.resolve()
    return next((place for place in (start, *start.parents) if (place / MARK).is_file()), None)


def prefix_of(root: Path) -> str:
    """Where the repository lies within its Git checkout (`platform/`), for tools that count paths from there."""
    for place in (root, *root.parents):
        if (place / ".git").exists():
            return "" if place == root else root.relative_to(place).as_posix() + "/"
    return ""


def lines_of(root: Path) -> Lines:
    """How to get the line of a location, for files that a reviewer sees anyway."""

    @lru_cache(maxsize=64)
    def lines(path: str) -> list[str]:
        try:
            if not (root / path).resolve().is_relative_to(root):
                return []
            # YAML 1.2 breaks lines at CR and LF only; str.splitlines would count others too.
            return re.split(r"\r\n|\n|\r", _plain_file(root / path).decode("utf-8", "replace"))
        except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
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


def _plain_file(path: Path) -> bytes:
    """The content of a file of a size that documents have. Raises ValueError or OSError of anything else, unread."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > LIMIT:
            raise ValueError("no file whose lines are shown")
        return file.read()


def may_be_shown(path: str) -> bool:
    """Whether lines of a file may appear in a report: it is one that people write and review here."""
    parts = PurePosixPath(path)
    if ".." in parts.parts or parts.is_absolute():
        return False
    return path == MARK or (parts.parts[:1] != () and parts.parts[0] in SHOWN and parts.suffix in SUFFIXES)
