r"""Rego as the embedded engine reads it right: what it gets wrong goes through functions that it gets right.

    >>> rewritten('x := [i | some i, y in input.ys; y > 1]')
    'x := [i | some [i, y] in data.mlgitops.embedded.pairs(input.ys); y > 1]'

rego-cpp 1.5.2 cannot parse `some key, value in` in the comprehension of a list or a set, fails on `[a, b] := x` in any
comprehension of a function, and its `sprintf` puts text that was computed in quotes. Lines stay where they are.
`tests/policy/test_portable.py` shows what it makes of each.
"""

from __future__ import annotations

import re

from mlgitops.policy.rego_text import module_of

PATH = "mlgitops/embedded.rego"
MODULE = """\
package mlgitops.embedded

formatted(format, arguments) := sprintf(format, [plain(argument) | some argument in arguments])

plain(argument) := substring(argument, 0, -1) if is_string(argument)

plain(argument) := argument if not is_string(argument)

pairs(values) := [[key, values[key]] | some key in sort(object.keys(values))] if is_object(values)

pairs(values) := [[key, value] | some key; value := values[key]] if not is_object(values)
"""

_MARK = re.compile(
    r"(?P<parts>\[\s*\w+(?:\s*,\s*\w+)*\s*\])\s*:=\s*"
    r"|[\[\](){}|:]"
    r"|\bsome\s+(?P<key>\w+)\s*,\s*(?P<value>\w+)\s+in\s+"
    r"|(?<![\w.])sprintf\("
)
_END = re.compile(r"[\[\](){};\n]")


def rewritten(text: str) -> str:
    """A module as it is sent to the embedded engine, with `MODULE` beside it."""
    code = module_of(text).code
    changes: list[tuple[int, int, str]] = []
    within: list[str] = []
    for found in _MARK.finditer(code):
        mark, comprehension = found[0], within[-1] if within else ""
        if found["parts"]:
            if comprehension.endswith("|"):
                end = _end(code, found.end())
                changes += [(found.start(), found.end(), f"some {found['parts']} in ["), (end, end, "]")]
        elif mark == "sprintf(":
            changes.append((found.start(), found.end(), "data.mlgitops.embedded.formatted("))
            within.append("(")
        elif mark in ("[", "(", "{"):
            within.append(mark)
        elif mark in ("]", ")", "}"):
            del within[-1:]
        elif found["key"]:
            if comprehension in ("[|", "{|"):
                opened = f"some [{found['key']}, {found['value']}] in data.mlgitops.embedded.pairs("
                end = _end(code, found.end())
                changes += [(found.start(), found.end(), opened), (end, end, ")")]
        elif comprehension in ("[", "(", "{", "{:"):
            within[-1] += mark  # an object's is `{:|` in the end, a set's `{|`
    return _changed(text, changes)


def _end(code: str, start: int) -> int:
    """Where the expression ends that starts at an index."""
    depth = 0
    for found in _END.finditer(code, start):
        if found[0] in ("[", "(", "{"):
            depth += 1
        elif depth == 0:
            return found.start()
        elif found[0] in ("]", ")", "}"):
            depth -= 1
    return len(code)


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
