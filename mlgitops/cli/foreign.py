"""Reading the manifests that a command was given: a file, or stdin."""

from __future__ import annotations

import os
import sys

from mlgitops.errors import UsageError

MOST = 32 * 1024 * 1024
"""Bytes that are read at most; the limit on manifests is below it and is a finding."""


def manifests_of(word: str) -> tuple[bytes, str]:
    """The content of a file or, for `-`, of stdin; and its name for reports. Raises UsageError when it is not there."""
    if word == "-":
        return sys.stdin.buffer.read(MOST), "stdin"
    try:
        with open(word, "rb") as file:
            return file.read(MOST), word.removeprefix(os.getcwd() + os.sep)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "not a file's name"
        raise UsageError(f"cannot read {word[:200]}: {reason}", "name a file of manifests, or - for stdin") from None
