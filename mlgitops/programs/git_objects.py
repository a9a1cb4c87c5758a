"""Which object of Git a folder is, in several commits at once: where it is the same one, nothing differs there.

trees = folder_trees(repository, [("3f2a…", folder), ("9c01…", folder)])
trees["3f2a…", folder] == trees["9c01…", folder]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlgitops.programs.git import OBJECT, ask


def folder_trees(repository: str, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    """The tree of each (commit, folder); empty where the commit has no such folder, None where this clone lacks it."""
    asked = [place for place in dict.fromkeys(places) if OBJECT.fullmatch(place[0])]
    if not asked:
        return {}
    commits = known_commits(repository, sorted({commit for commit, _ in asked}))
    stdin = "".join(f"{commit}:./{folder}\n" for commit, folder in asked).encode()
    answers = ask(repository, "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=stdin).stdout
    lines = answers.decode("utf-8", "replace").splitlines()
    found: dict[tuple[str, str], str | None] = {}
    for place, line in zip(asked, lines, strict=True):
        words = line.split()
        tree = words[0] if words[1:] == ["tree"] else ""
        found[place] = tree if place[0] in commits else None
    return found


def known_commits(repository: str, commits: Sequence[str]) -> set[str]:
    """Those of some commits that this clone has."""
    asked = [commit for commit in commits if OBJECT.fullmatch(commit)]
    if not asked:
        return set()
    stdin = "".join(f"{commit}\n" for commit in asked).encode()
    answers = ask(repository, "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=stdin).stdout
    lines = (line.split() for line in answers.decode("utf-8", "replace").splitlines())
    return {words[0] for words in lines if words[1:] == ["commit"]}
