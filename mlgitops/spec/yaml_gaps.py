"""What stands between the values of a document: white space, indicators, comments. Checks that ruamel leaves out.

YAML asks that a comment follows white space (6.6), that the lines within quotes or brackets are indented deeper than
what holds them (6.1, 7.3, 7.4), and that tabs do not indent (6.1). A reader that lets these pass disagrees with others.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import NamedTuple

from mlgitops.spec.yaml_places import Mark

_COMMENT_OR_INDICATOR = re.compile(r"#[^\n]*|[\t?]")
_TAB_HINT = "use spaces; write \\t within double quotes for a tab in text"


class Problem(NamedTuple):
    """What a finding will say."""

    code: str
    mark: Mark
    message: str
    hint: str


class Gaps:
    """Walks over a text together with its parser: `before` a token, then `skip` it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._done = 0
        self.content = False
        """Whether anything but white space and comments was skipped."""

    def mark(self, index: int) -> Mark:
        """The position of a character by its index in the text."""
        line = bisect_right(self._lines, index)
        return Mark(line, index - self._lines[line - 1] + 1)

    def skip(self, start: int, end: int) -> None:
        """The token from `start` to `end` is not a gap."""
        self._done = max(self._done, end)
        self.content = self.content or end > start

    def before(self, start: int) -> list[Problem]:
        """Problems between the last token and `start`."""
        found = _COMMENT_OR_INDICATOR.finditer(self._text, self._done, max(start, self._done))
        return [problem for match in found if (problem := self._problem(match)) is not None]

    def rest(self) -> list[Problem]:
        """Problems after the last token."""
        return self.before(len(self._text))

    def _problem(self, match: re.Match[str]) -> Problem | None:
        index = match.start()
        if match.group() == "\t":
            return tab(self.mark(index))
        if match.group() == "?":
            message = "expected a key, got the indicator `?`"
            return Problem("yaml/key", self.mark(index), message, "write `key: value`")
        if index == 0 or self._text[index - 1] in " \t\n":
            return None
        message = "expected a space before the comment, got none"
        return Problem("yaml/syntax", self.mark(index), message, "put a space before `#`, or quote the text")

    def indentation(self, start: int, end: int, column: int, *, brackets: bool = False) -> list[Problem]:
        """The first line after `start`, up to `end`, that begins at `column` (0-based) or left of it.

        A line that begins with the closing bracket may stand at `column`: against the letter of YAML, but formatters
        write it, and no reader takes it otherwise.
        """
        number = bisect_right(self._lines, start)
        for line_start in self._lines[number : bisect_left(self._lines, end, lo=number)]:
            line_end = self._text.find("\n", line_start, end)
            line = self._text[line_start : end if line_end < 0 else line_end]
            inner = line.lstrip(" ")
            spaces = len(line) - len(inner)
            allowed = brackets and (inner.startswith("#") or (inner.startswith(("]", "}")) and spaces == column))
            if inner.strip("\t") and spaces <= column and not allowed:
                message = f"expected a line within quotes or brackets at column {column + 2} or later, got {spaces + 1}"
                return [Problem("yaml/syntax", self.mark(line_start + spaces), message, "indent the line")]
        return []

    def colon_before(self, start: int) -> Mark | None:
        """The position behind the colon between the last token and `start`: where a value that is left out belongs."""
        index = self._text.find(":", self._done, start)
        return None if index < 0 else self.mark(index + 1)

    def directive_before(self, start: int) -> Mark | None:
        """The first line above `start` that begins with `%`."""
        found = re.compile("^%", re.MULTILINE).search(self._text, self._done, start)
        return None if found is None else self.mark(found.start())


def tab(mark: Mark) -> Problem:
    """A tab that is neither in quotes, a block scalar nor a comment."""
    return Problem("yaml/tab", mark, "expected spaces, got a tab", _TAB_HINT)
