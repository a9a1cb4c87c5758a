"""A target's files on disk against what its inputs give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from mlgitops.tree import Tree, walk

ChangeKind = Literal["differs", "missing", "unexpected"]


class FileChange(NamedTuple):
    """One file that is not as it should be."""

    path: str
    kind: ChangeKind


def compare(tree: Tree, target: str, files: Mapping[str, str]) -> list[FileChange]:
    """What differs between a target's folder (`rendered/dev/churn`) and its files (name below it → text)."""
    changes = []
    present = dict(walk(tree, target))
    for name, text in files.items():
        path = f"{target}/{name}"
        kind = present.pop(path, None)
        if kind is None:
            changes.append(FileChange(path, "missing"))
        elif kind == "link" or tree.read(path) != text.encode():
            changes.append(FileChange(path, "differs"))
    changes += [FileChange(path, "unexpected") for path in present]
    return sorted(changes)
