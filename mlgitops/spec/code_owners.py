"""CODEOWNERS: who must approve which files.

    owners = read_code_owners(".github/CODEOWNERS' text")
    owners.of("environments/prod/releases/churn.yaml")          # ("@acme/release-approvers",)

As Git hosts read it: the last line that matches decides, also one that names nobody; `*` stays within a folder, `/` at
the beginning is the repository, a name without `/` is meant anywhere, a folder means all that is in it, and `docs/*`
only what is right there. A line that is no such pattern (`!`, `[`), or names what is no owner, is passed over.

>>> read_code_owners("* @a\\n/docs/ @b @c\\n*.md").of("docs/x/y.txt")
('@b', '@c')
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from mlgitops.spec.documents.types import OWNER

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the file may be; the first that is there counts."""
LONGEST = 1000
"""Characters of a line that is read."""

MOST_STARS = 8
"""Of a pattern: matching takes longer with each."""


class Line(NamedTuple):
    """A pattern and those who own what it matches."""

    pattern: str
    owners: tuple[str, ...]


class CodeOwners(NamedTuple):
    """The lines of a file, in their order."""

    lines: tuple[Line, ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a file; none where nobody is named."""
        for line in reversed(self.lines):
            if _expression(line.pattern).fullmatch(path):
                return line.owners
        return ()


def read_code_owners(text: str) -> CodeOwners:
    """The lines that are meant as such."""
    found = []
    for raw in text.splitlines():
        words = re.findall(r"(?:\\.|[^\s\\])+", re.sub(r"(^|\s)#.*", "", raw))
        if not words or len(raw) > LONGEST or words[0].startswith("!") or re.search(r"[\[\]]", words[0]):
            continue
        if words[0].count("*") > MOST_STARS:
            continue
        if all(re.fullmatch(OWNER, word) for word in words[1:]):
            found.append(Line(words[0], tuple(words[1:])))
    return CodeOwners(tuple(found))


@lru_cache(maxsize=512)
def _expression(pattern: str) -> re.Pattern[str]:
    """The paths that a pattern matches."""
    anchored = "/" in pattern.rstrip("/")
    body = pattern.lstrip("/")
    inside = "/.*" if body.endswith("/") else "" if body.endswith("/*") else "(?:/.*)?"
    parts = []
    for token in re.findall(r"/\*\*+/|\*\*+/|/\*\*+|\*+|\?|\\.|[^*?\\/]+|/|\\", body.rstrip("/")):
        if token.startswith("/**") and token.endswith("/"):
            parts.append("/(?:.*/)?")
        elif token.startswith("**") and token.endswith("/"):
            parts.append("(?:.*/)?")
        elif token.startswith("/**"):
            parts.append("/.*")
        elif token.startswith("*"):
            parts.append("[^/]*")
        else:
            parts.append("[^/]" if token == "?" else re.escape(token.removeprefix("\\")))
    return re.compile(("" if anchored else "(?:.*/)?") + "".join(parts) + inside)
