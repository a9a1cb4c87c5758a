"""How the working tree stands to a commit that it is compared with: what a reader of the comparison must know."""

from __future__ import annotations

import re
from typing import NamedTuple

from mlgitops.programs.git import answered_commit, answered_number, ask, is_shallow, senseless


class Standing(NamedTuple):
    """Between HEAD and a commit."""

    under_way: str
    """`merge`, `rebase`, `cherry-pick` or `revert` where one was begun and not ended; else empty."""
    unmerged: tuple[str, ...]
    """Files that it left in conflict."""
    related: bool
    """Whether the histories have a commit in common, as far as this clone knows."""
    shallow: bool
    """Whether this clone may not know: it lacks history."""
    behind: int
    """How many commits of the other one HEAD lacks; 0 where they are not related."""


_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "REBASE_HEAD": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}

_ANSWER = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})? commit [0-9]+|[A-Z_]+ missing")
"""What `cat-file` says of each: a commit and its size, or that there is none."""


def standing(repository: str, commit: str) -> Standing:
    """How HEAD and the working tree stand to a commit. Raises as `programs.git.ask` does."""
    under_way = _begun(repository)
    unmerged = _unmerged(repository) if under_way else ()
    common = ask(repository, "merge-base", "HEAD", commit, allowed={0, 1, 128})
    if common.code == 128:  # nothing is committed yet
        return Standing(under_way, unmerged, related=True, shallow=False, behind=0)
    if common.code:
        return Standing(under_way, unmerged, related=False, shallow=is_shallow(repository), behind=0)
    behind = 0
    if answered_commit(common) != commit:
        behind = answered_number(ask(repository, "rev-list", "--count", f"HEAD..{commit}", "--"))
    return Standing(under_way, unmerged, related=True, shallow=False, behind=behind)


def _begun(repository: str) -> str:
    """What was begun and not ended; empty where nothing was."""
    names = "".join(f"{name}\n" for name in _UNDER_WAY).encode()
    lines = ask(repository, "cat-file", "--batch-check", stdin=names).stdout.decode("utf-8", "replace").splitlines()
    if len(lines) != len(_UNDER_WAY) or not all(map(_ANSWER.fullmatch, lines)):
        raise senseless(f"{len(_UNDER_WAY)} commits or none", "\n".join(lines).encode())
    found = zip(_UNDER_WAY.values(), lines, strict=True)
    return next((word for word, line in found if not line.endswith(" missing")), "")


def _unmerged(repository: str) -> tuple[str, ...]:
    listed = ask(repository, "ls-files", "--unmerged", "-z").stdout.decode("utf-8", "replace")
    return tuple(dict.fromkeys(record.partition("\t")[2] for record in listed.split("\0") if record))
