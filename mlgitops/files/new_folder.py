"""A new folder of files that people keep: there with all of them, or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from mlgitops.errors import MlgitopsError, UsageError


def create_folder(root: Path, folder: str, files: Mapping[str, str]) -> list[str]:
    """Write a folder below a root in one step; the paths of its files, in order.

    Raises UsageError when something is in its place, MlgitopsError when the disk fails: nothing is then written.
    """
    target = root / folder
    if os.path.lexists(target):
        raise UsageError(f"{folder} is there already; nothing was written", "choose another name, or remove it")
    staged = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        staged.mkdir(parents=True)
        for name, text in files.items():
            with open(staged / name, "x", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        staged.rename(target)
    except OSError as error:
        raise MlgitopsError(f"cannot write {folder}: {error.strerror}", "check permissions and disk space") from None
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return [f"{folder}/{name}" for name in sorted(files)]
