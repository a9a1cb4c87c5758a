"""Names that a module defines in two ways that cannot stand together: OPA refuses it, the embedded engine crashes.

    >>> [word.text for word, _ in clashes(Module("package a\\n\\nf(x) := x\\n\\nf(x, y) := y\\n"))]
    ['f']

A set, a value, and a function of some number of arguments are different ways; so are two defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.policy.rego_errors import CODE
from mlgitops.policy.rego_text import Module, Word
from mlgitops.source import Location

_HEAD = re.compile(r"(?m)^(default[ \t]+)?([A-Za-z_]\w*)(\(|[ \t]+contains\b|[.\[])?")
_BRACKET = re.compile(r"[\[\](){},]")
_OTHER = frozenset({"package", "import", "else"})


def clashing(module: Module, path: str) -> Iterator[Finding]:
    """Findings `policy/rego` at the second of two definitions, with the first beside it."""
    for word, first in clashes(module):
        message = f"'{word.text[:80]}' is defined here and before in ways that cannot stand together"
        hint = "a name is a set, a value or a function of so many arguments, with one default: take another name"
        related = ((Location(path, first.line, first.column), "it is defined here too"),)
        yield Finding(Location(path, word.line, word.column), CODE, "error", message, hint, related=related)


def clashes(module: Module) -> Iterator[tuple[Word, Word]]:
    """The first definition of each name that does not fit the name's first one, and that one."""
    known: dict[str, tuple[str, Word]] = {}
    defaults: dict[str, Word] = {}
    told: set[str] = set()
    for default, word, kind in _definitions(module):
        former_kind, former = known.setdefault(word.text, (kind, word))
        other = defaults.get(word.text) if default else None
        if default:
            defaults.setdefault(word.text, word)
        if word.text not in told and (former_kind != kind or other is not None):
            told.add(word.text)
            yield word, other or former


def _definitions(module: Module) -> Iterator[tuple[bool, Word, str]]:
    """Each head of a rule: whether it is a default, its name, and `set`, `value` or `function/2`."""
    depths = _depths(module.code)
    for found in _HEAD.finditer(module.code):
        default, name, sign = found.groups()
        if name in _OTHER or depths.get(found.start(), 0) or sign in (".", "["):
            continue
        kind = "value" if not sign else "set" if sign != "(" else f"function/{_arguments(module.code, found.end())}"
        yield default is not None, module.word_at(name, found.start(2)), kind


def _depths(code: str) -> dict[int, int]:
    """How many brackets are open at the beginning of each line; where they do not match, an engine says so."""
    depths, depth, at = {}, 0, 0
    for line in code.split("\n"):
        depths[at] = depth
        for bracket in _BRACKET.findall(line):
            depth += 1 if bracket in "[({" else -1 if bracket in "])}" else 0
        at += len(line) + 1
    return depths


def _arguments(code: str, start: int) -> int:
    """How many arguments stand in the bracket that opens before `start`."""
    depth = commas = 0
    for found in _BRACKET.finditer(code, start):
        if found[0] == ",":
            commas += depth == 0
        elif found[0] in "[({":
            depth += 1
        elif depth == 0:
            return commas + 1 if code[start : found.start()].strip() else 0
        else:
            depth -= 1
    return -1
