r"""Rego as the embedded engine reads it right: the same rules, said without what rego-cpp 1.5.2 gets wrong.

    >>> rewritten('x := [k.id | some i, k in ks; i > n]')
    'x := [collected_0 | some [i, k] in data.mlgitops.embedded.pairs(ks); i > n; collected_0 := k.id]'

Five things (`tests/policy/test_portable.py` shows each): in a comprehension of a list or a set it cannot parse
`some key, value in`; in any comprehension of a function it fails on `[a, b] := x`, and takes an argument in
`x[argument]` for a new variable; in what a comprehension collects it does not know names from outside that its body
does not name; and `sprintf` puts text that was computed in quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from mlgitops.policy.rego_text import Module, module_of

PATH = "mlgitops/embedded.rego"
MODULE = """\
package mlgitops.embedded

formatted(format, arguments) := sprintf(format, plain_all(arguments))

plain_all(arguments) := [found | some argument in arguments; found := plain(argument)]

plain(argument) := substring(argument, 0, -1) if is_string(argument)

plain(argument) := argument if not is_string(argument)

pairs(values) := [found | some key in sort(object.keys(values)); found := [key, values[key]]] if is_object(values)

pairs(values) := [found | some key; value := values[key]; found := [key, value]] if not is_object(values)
"""

_MARK = re.compile(
    r"(?P<parts>\[\s*\w+(?:\s*,\s*\w+)*\s*\])\s*:=\s*"
    r"|(?P<bracket>[\[\](){}])"
    r"|(?P<bar>\|)"
    r"|(?P<colon>:)"
    r"|\bsome\s+(?P<key>\w+)\s*,\s*(?P<value>\w+)\s+in\s+"
    r"|(?<![\w.])(?P<print>sprintf)(?=\()"
)
_HEAD = re.compile(r"^\w+(?:\((?P<arguments>[^)]*)\))?", re.MULTILINE)
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_END = re.compile(r"[\[\](){};\n]")
_BODY = re.compile(r"(?:\b(?:if|else)|\bevery\b[^{}\n]*)\s*$")
_CLOSING = {"[": "]", "(": ")", "{": "}"}


class _Part(NamedTuple):
    """A stretch of a module that is said otherwise: `before`, what stands from `start` to `end`, `after`."""

    begin: int
    """Where the stretch begins, and `stop` where it ends; `start` to `end` is what is kept of it."""
    start: int
    end: int
    stop: int
    before: str
    after: str
    heads: tuple[tuple[int, int], ...] = ()
    """Of a comprehension: what it collects, one stretch or a key and a value."""


class _Open(NamedTuple):
    """A bracket that is not closed yet, and what was seen in it: `:` and `|`, each once, in their order."""

    kind: str
    at: int
    seen: tuple[tuple[str, int], ...] = ()

    @property
    def comprehension(self) -> str:
        """`list`, `set`, `object`, or nothing."""
        marks = "".join(mark for mark, _ in self.seen)
        return {"[|": "list", "{|": "set", "{:|": "object"}.get(self.kind + marks, "")


def rewritten(text: str) -> str:
    """A module as it is sent to the embedded engine, with `MODULE` beside it. Comments are left out, lines stay."""
    module = Module(_with_arguments_named(module_of(text)))
    return _Writing(module.without_comments, _parts(module)).said(0, len(module.text))


def _with_arguments_named(module: Module) -> str:
    """A module in which comprehensions of functions begin by giving the arguments that they use another name."""
    changes: list[tuple[int, int, str]] = []
    comprehensions = [part for part in _parts(module) if part.heads]
    for arguments, start, end in _functions(module):
        at = start
        for part in comprehensions:
            if at <= part.begin < end:  # those within it begin before it stops, and are renamed with it
                at = part.stop
                named = re.compile(rf"(?<![\w.])(?:{'|'.join(arguments)})\b(?!\()")
                used = [(found.start(), found.end()) for found in named.finditer(module.code, part.begin, part.stop)]
                changes += [(*place, f"outer_{module.code[slice(*place)]}") for place in used]
                for name in sorted({module.code[slice(*place)] for place in used}):
                    changes.append((part.start, part.start, f" outer_{name} := {name};"))
    text = module.without_comments
    for begin, stop, new in sorted(changes, reverse=True):
        text = text[:begin] + new + text[stop:]
    return text


def _functions(module: Module) -> Iterator[tuple[list[str], int, int]]:
    """Each function: the names of its arguments, and from where to where what follows them goes."""
    heads = list(_HEAD.finditer(module.code))
    ends = [head.start() for head in heads[1:]] + [len(module.code)]
    for head, end in zip(heads, ends, strict=False):
        names = [name for name in _NAME.findall(head["arguments"] or "") if name != "_"]
        if names:
            yield names, head.end(), end


def _parts(module: Module) -> list[_Part]:
    """All that is said otherwise, each before what stands in it."""
    return sorted(_found(module), key=lambda part: (part.begin, -part.stop))


def _found(module: Module) -> Iterator[_Part]:
    code, within = module.code, [_Open("", 0)]
    for found in _MARK.finditer(code):
        here = within[-1]
        if found["parts"] and here.comprehension:
            end = _end(code, found.end())
            yield _Part(found.start(), found.end(), end, end, f"some {found['parts']} in [", "]")
        elif found["key"] and here.comprehension in ("list", "set"):
            end = _end(code, found.end())
            opened = f"some [{found['key']}, {found['value']}] in data.mlgitops.embedded.pairs("
            yield _Part(found.start(), found.end(), end, end, opened, ")")
        elif found["print"]:
            yield _Part(found.start(), found.end(), found.end(), found.end(), "data.mlgitops.embedded.formatted", "")
        elif found["bracket"] in _CLOSING:
            body = found[0] == "{" and _BODY.search(code, max(0, found.start() - 300), found.start())
            within.append(_Open("body" if body else found[0], found.start()))
        elif found["bracket"] and len(within) > 1:
            if here.comprehension:
                yield _comprehension(here, found.start(), code)
            within.pop()
        elif found["bar"] and "|" not in dict(here.seen):
            within[-1] = here._replace(seen=(*here.seen, ("|", found.start())))
        elif found["colon"] and not here.seen and here.kind == "{":
            within[-1] = here._replace(seen=((":", found.start()),))


def _comprehension(opened: _Open, close: int, code: str) -> _Part:
    places = dict(opened.seen)
    bar = places["|"]
    colon = places[":"] if opened.comprehension == "object" else bar
    heads = ((opened.at + 1, colon), (colon + 1, bar)) if colon < bar else ((opened.at + 1, bar),)
    return _Part(opened.at, bar + 1, close, close + 1, opened.kind, code[close], heads)


def _end(code: str, start: int) -> int:
    """Where the expression ends that starts at an index."""
    depth = 0
    for found in _END.finditer(code, start):
        if found[0] in _CLOSING:
            depth += 1
        elif depth == 0:
            return found.start()
        elif found[0] in _CLOSING.values():
            depth -= 1
    return len(code)


class _Writing:
    """Writes a module out, part by part, each within the one that it stands in."""

    def __init__(self, text: str, parts: list[_Part]) -> None:
        self.text = text
        self.parts = parts
        self.begins = [part.begin for part in parts]
        self.names = 0

    def said(self, start: int, end: int) -> str:
        """The text from `start` to `end`."""
        pieces: list[str] = []
        at = start
        while True:
            index = bisect_left(self.begins, at)
            if index == len(self.parts) or self.begins[index] >= end:
                return "".join((*pieces, self.text[at:end]))
            part = self.parts[index]
            pieces += [self.text[at : part.begin], self._one(part)]
            at = part.stop

    def _one(self, part: _Part) -> str:
        if not part.heads:
            return part.before + self.said(part.start, part.end) + part.after
        names, assigned = [], []
        for head in part.heads:
            names.append(f"collected_{self.names}")
            self.names += 1
            assigned.append(f"{names[-1]} := {self.said(*head).strip()}")
        body = self.said(part.start, part.end)
        joint = "" if body.rstrip(" \t").endswith("\n") else "; "
        return f"{part.before}{': '.join(names)} |{body}{joint}{'; '.join(assigned)}{part.after}"
