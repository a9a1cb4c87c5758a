"""Names in a rule that nothing declares: OPA refuses most of them, the embedded engine is silent about the whole rule.

    >>> module = Module("package a\\n\\ndeny contains message if {\\n\\tmesage := 1\\n}\\n")
    >>> [(word.text, word.line) for word in undeclared(module)]
    [('message', 3)]

Declared are rules and functions of the module, their arguments, imports, and what `:=`, `some` and `every` introduce,
anywhere in the module. `xs[i]` without `some i` is refused too: it reads as if `i` were known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.policy.rego_text import Module, Word
from mlgitops.source import Location

_KNOWN = frozenset(
    {
        "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null",
        "package", "some", "true", "with", "_",
    }
)  # fmt: skip
_NAME = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?![\w(])")
_WORD = re.compile(r"\w+")
_OUTSIDE = re.compile(r"(?m)^(?:package|import)\b.*$|(?<![\w.])(?:\w+\.)+\w+\(|\$(?:`[^`]*`|\"[^\"\n]*\")")
# What is repeated is bounded: a file made for it could else be searched for minutes.
_DECLARING = (
    re.compile(r"(?m)^import[ \t]+\S*?(\w+)[ \t]*$"),
    re.compile(r"(?m)^import[ \t]+\S+[ \t]+as[ \t]+(\w+)"),
    re.compile(r"(?m)^(?:default[ \t]+)?(\w+)"),
    re.compile(r"(?m)^\w+(\([^)]{0,2000}\))"),
    re.compile(r"((?<!\w)\w+|\[[^\[\]]{0,2000}\]|\{[^{}]{0,2000}\})\s{0,99}:="),
    re.compile(r"\b(?:some|every)\s{1,99}([\w,\s\[\]{}\"]{0,500}?)\s{1,99}in\b"),
    re.compile(r"\bsome\s{1,99}(\w+(?:\s{0,99},\s{0,99}\w+){0,20})\s{0,99}(?=[;\n}])"),
)


def undeclared(module: Module) -> Iterator[Word]:
    """The first place of each name that nothing declares."""
    declared = {
        name for pattern in _DECLARING for found in pattern.findall(module.code) for name in _WORD.findall(found)
    }
    seen = set(_KNOWN | declared)
    code = _OUTSIDE.sub(lambda found: " " * len(found[0]), module.code)
    for found in _NAME.finditer(code):
        if found[1] not in seen:
            seen.add(found[1])
            yield module.word_at(found[1], found.start())


def undeclared_names(module: Module, path: str) -> Iterator[Finding]:
    """Findings `policy/undeclared-name`."""
    for name, line, column in undeclared(module):
        message = f"'{name[:80]}' must be declared by :=, some, every, an argument or an import, got none of them"
        hint = "correct its spelling, or declare it"
        yield Finding(Location(path, line, column), "policy/undeclared-name", "error", message, hint)
