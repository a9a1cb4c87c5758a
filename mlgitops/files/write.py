"""Writing single files that people keep: whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mlgitops.errors import MlgitopsError, UsageError


def write_text(path: Path, text: str) -> None:
    """Put a file in place of the one that is there, in one step. Raises MlgitopsError; then nothing has changed."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.is_symlink():
            raise MlgitopsError(
                f"{path.name} is a symbolic link", "replace it by the file: what is reviewed is what runs"
            )
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        with open(new, "x", encoding="utf-8", errors="surrogateescape", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise MlgitopsError(f"cannot write {path.name}: {error.strerror}", "check permissions and disk space") from None
    finally:
        with suppress(OSError):
            new.unlink()


def create(root: Path, files: Mapping[str, str]) -> list[str]:
    """Write new files below a folder and return their paths, in order.

    Raises UsageError when one of them is there already: nothing is then written.
    """
    there = [path for path in sorted(files) if os.path.lexists(root / path)]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise UsageError(f"{there[0]} is there already{more}; nothing was written", "choose another name, or remove it")
    for path in sorted(files):
        target = root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "x", encoding="utf-8", newline="") as file:
                file.write(files[path])
        except OSError as error:
            raise MlgitopsError(f"cannot write {path}: {error.strerror}", "check permissions and disk space") from None
    return sorted(files)
