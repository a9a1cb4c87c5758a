"""What can be told from the text of a Rego module without compiling it.

    >>> module = Module("package mlgitops.cost.x\\ndeny contains 1 if { input.spec.workers > 4 }  # data.x")
    >>> module.package, sorted(module.sets), [reference.path for reference in module.references("input")]
    ('mlgitops.cost.x', ['deny'], [('spec', 'workers')])

Used to *ask* for more than a module may have, never to trust it: whether a set is there is decided by the engine,
and what cannot be followed here (an alias of all of `input`) counts as reading everything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

_LEXEME = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<template>\$(?:`[^`]*`?|"(?:\\.|[^"\\\n])*"?))|`[^`]*`?|"(?:\\.|[^"\\\n])*"?'
)
"""A string that is not closed ends with its line (a raw one with the file): no engine compiles it, and a search that
gave up on it would begin again at each quote."""
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+([\w.]+)", re.MULTILINE)
_SET = re.compile(r"(?<![\w.])(\w+)[ \t]+contains\b")
_CALL = re.compile(r"(?<![\w.])((?:[a-z][a-z0-9_]*\.)*[a-z][a-z0-9_]*)\(")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_STEP = re.compile(r'\.(\w+)|\[\s*"((?:[^"\\\n])*)"\s*\]|\[\s*(\w+)\s*\]')

ANY = "*"
"""A step through a list or a map by a variable or a number."""


class Reference(NamedTuple):
    """A place where `input` or `data` is read."""

    path: tuple[str, ...]
    """The keys after the root, as far as they are written; `ANY` for a variable or a number."""
    line: int
    """1-based."""
    column: int
    """1-based."""


class Word(NamedTuple):
    """A name with the place where it stands."""

    text: str
    line: int
    column: int


class Module:
    """One module's text. `code` is the text with comments and the insides of strings blanked, columns kept."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = _LEXEME.sub(_blank, text)
        package = _PACKAGE.search(self.code)
        self.package = package[1] if package else ""
        self.package_line = self.code.count("\n", 0, package.start(1)) + 1 if package else 1

    @cached_property
    def without_comments(self) -> str:
        """The text with comments blanked alone."""
        return _LEXEME.sub(lambda found: " " * len(found[0]) if found["comment"] else found[0], self.text)

    @cached_property
    def sets(self) -> frozenset[str]:
        """Names that a rule adds to: `deny` for `deny contains …`."""
        return frozenset(found[1] for found in _SET.finditer(self.code))

    def unused_sets(self) -> list[Word]:
        """Sets that nobody asks for: neither `deny` nor `warn`, and named nowhere but at their own head."""
        if self.sets <= {"deny", "warn"}:
            return []
        heads = [found for found in _SET.finditer(self.code) if found[1] not in ("deny", "warn")]
        counts = Counter(re.findall(r"(?<![\w.])\w+", self.code))
        own = Counter(found[1] for found in heads)
        first = {found[1]: found for found in reversed(heads)}
        return [self.word_at(name, first[name].start(1)) for name in sorted(first) if counts[name] == own[name]]

    def calls(self) -> Iterator[Word]:
        """Functions that are called, in order: `startswith`, `time.now_ns`."""
        return (self.word_at(found[1], found.start(1)) for found in _CALL.finditer(self.code))

    def words(self, word: str) -> Iterator[Word]:
        """Where a keyword stands."""
        for found in re.finditer(rf"(?<![\w.]){word}\b", self.code):
            yield self.word_at(word, found.start())

    def in_strings(self, pattern: re.Pattern[str]) -> Iterator[Word]:
        """Where a pattern is found in the text of strings, as it is written."""
        for string in _LEXEME.finditer(self.text):
            if not string["comment"]:
                for found in pattern.finditer(self.text, string.start(), string.end()):
                    yield self.word_at(found[0], found.start())

    def literals(self) -> Iterator[str]:
        """The text of each string, as it is written."""
        for string in _LEXEME.finditer(self.text):
            if not string["comment"]:
                yield string[0].lstrip("$").strip('"`')

    def numbers(self) -> Iterator[str]:
        """Each number that is written outside of strings."""
        return (found[0] for found in _NUMBER.finditer(self.code))

    def names(self) -> frozenset[str]:
        """Every word of the code."""
        return frozenset(re.findall(r"[A-Za-z_]\w*", self.code))

    def unicode_escapes(self) -> Iterator[Word]:
        r"""Where a string says a character by its number: `"\u00fc"`."""
        if "\\u" not in self.text:
            return
        for found in re.finditer(r'"(?:[^"\\\n]|\\.)*?(\\u[0-9a-fA-F]{4})', self.without_comments):
            yield self.word_at(found[1], found.start(1))

    def references(self, root: str) -> Iterator[Reference]:
        """Where `root` (`input` or `data`) is read, also in template strings; an empty path is all of it."""
        for found in re.finditer(rf"(?<![\w.]){root}\b", self.code):
            path, at = [], found.end()
            while step := _STEP.match(self.without_comments, at):
                path.append(ANY if step[3] else step[1] or step[2] or "")
                at = step.end()
            word = self.word_at(root, found.start())
            yield Reference(tuple(path), word.line, word.column)

    def word_at(self, text: str, index: int) -> Word:
        """A word with the place of an index into `code`."""
        line = self.code.count("\n", 0, index) + 1
        return Word(text, line, index - (self.code.rfind("\n", 0, index) + 1) + 1)


@lru_cache(1024)
def module_of(text: str) -> Module:
    """A module, whose text is looked at once however many ask."""
    return Module(text)


def _blank(found: re.Match[str]) -> str:
    """A comment, or the insides of a string, as blanks; a template string as it is."""
    text = found[0]
    if found["comment"]:
        return " " * len(text)
    if found["template"] or len(text) == 1:
        return text
    inside = " " * (len(text) - 2) if "\n" not in text else re.sub(r"[^\n]", " ", text[1:-1])
    return text[0] + inside + text[-1]
