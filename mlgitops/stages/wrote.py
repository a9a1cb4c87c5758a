"""What a run put into its place under rendered/, and when: so that it can tell its own writing from somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Wrote(NamedTuple):
    """Targets that came or went."""

    targets: frozenset[str] = frozenset()
    """Those that were written, such as `rendered/dev/churn`."""
    moment: int | None = None
    """When all was staged and nothing in its place yet, by the file system's clock: who touches a file later is
    somebody else."""
    folders: Mapping[str, frozenset[str]] = {}
    """Folders in which targets came or went, with the names that are in them now."""
