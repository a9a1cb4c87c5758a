"""Reading the manifests that a command was given: a file, or stdin."""

from __future__ import annotations

import os
import sys

from mlgitops.errors import UsageError
from mlgitops.report.contents import plural

MOST = 32 * 1024 * 1024
"""Bytes that are read at most; the limit on manifests is below it and is a finding."""


def no_objects(content: bytes, name: str) -> UsageError:
    """What to say of manifests without an object: what was read, since an empty answer would look like a clean one."""
    got = f"{plural(len(content), 'byte')} without one" if content else "nothing: it is empty"
    return UsageError(f"expected objects in {name}, got {got}", "see that what writes them does its work")


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
