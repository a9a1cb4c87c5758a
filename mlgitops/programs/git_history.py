"""What led to a commit: where it left another line, and whose work it is."""

from __future__ import annotations

import re

from mlgitops.programs.git import ask, revision

_NO_REPLY = re.compile(r"(?:[0-9]+\+)?([A-Za-z0-9][A-Za-z0-9-]*)@users\.noreply\.[a-z0-9.-]+")
"""A mail address that a Git host gives an account: it holds the handle."""


def merge_base(repository: str, one: str, other: str) -> str | None:
    """The newest commit that both come from; None where there is none here. Raises as `revision` does."""
    commits = [revision(repository, name) for name in (one, other)]
    answer = ask(repository, "merge-base", *commits, allowed=(0, 1))
    return bytes(answer.stdout).decode("ascii", "replace").strip() or None


def authors(repository: str, base: str, head: str) -> frozenset[str]:
    """Who wrote what `head` adds to `base`: mail addresses, and handles (`@eve`) where an address holds one."""
    form = "--format=%ae%n%(trailers:key=Co-authored-by,valueonly)"
    commits = [revision(repository, name) for name in (base, head)]
    answer = ask(repository, "log", form, "--end-of-options", f"{commits[0]}..{commits[1]}")
    text = bytes(answer.stdout).decode("utf-8", "replace")
    found = set(re.findall(r"[^\s<>]+@[^\s<>]+", text))
    return frozenset(found | {f"@{one[1]}" for mail in found if (one := _NO_REPLY.fullmatch(mail))})
