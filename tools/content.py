"""What a step was made from, as a digest: a step whose inputs have not changed is not done again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def digest(files: Iterable[Path], *facts: str) -> str:
    """Hex SHA-256 over the names and bytes of files, and over facts such as a platform."""
    total = hashlib.sha256()
    for part in (*facts, *(f"{path.relative_to(ROOT)}\0{_digest_of(path)}" for path in sorted(files))):
        total.update(part.encode() + b"\n")
    return total.hexdigest()


def is_current(stamp: Path, key: str) -> bool:
    """Whether `stamp` says that the step was done from what `key` stands for."""
    return stamp.is_file() and stamp.read_text() == key


def cache() -> Path:
    """Where built programs are kept from one clone to the next."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "mlgitops"


def clean_environment(**extra: str) -> dict[str, str]:
    """Our environment without what a caller has set for a Python of another project; mirrors and proxies stay."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**ours, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **extra}


def _digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
