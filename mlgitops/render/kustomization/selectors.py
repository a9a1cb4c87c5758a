"""The `target` of a patch, read as kustomize would: anchored regular expressions and label selectors.

kustomize's expressions are Go's, ours are Python's. Only what means the same in both is taken, and only what cannot
take for ever to match: which patch goes to which shard must never depend on a difference.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mlgitops.render.kustomization.values import Requirement

MAX_PATTERN = 200
MAX_REPETITIONS = 4
"""`a.*b.*c`: each more multiplies the time a name of 63 characters may take by 63."""

_TOKEN = re.compile(
    r"(?P<literal>[A-Za-z0-9_/:.-]|\\[.\-/])"
    r"|(?P<class>\[\^?[A-Za-z0-9_./-]+\]|\\[dw])"
    r"|(?P<open>\((?:\?:)?)"
    r"|(?P<close>\))"
    r"|(?P<repeat>(?:[*+?]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\}))"
    r"|(?P<or>\|)"
    r"|(?P<anchor>[\^$])"
)
_LABEL_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?"
_LABEL_VALUE = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_VALUES = rf"\(\s*{_LABEL_VALUE}(?:\s*,\s*{_LABEL_VALUE})*\s*\)"
_REQUIREMENT = re.compile(
    rf"\s*(?:(?P<absent>!)\s*(?P<no>{_LABEL_KEY})"
    rf"|(?P<key>{_LABEL_KEY})\s*(?:(?P<equals>==?|!=)\s*(?P<value>{_LABEL_VALUE})?|\s(?P<set>in|notin)\s*(?P<values>{_VALUES}))?)"
    r"\s*(?:,|$)"
)


class Unreadable(NamedTuple):
    """A pattern or selector that cannot be used, and why."""

    why: str


def pattern(text: str) -> re.Pattern[str] | Unreadable:
    """The expression that must match a whole field."""
    if len(text) > MAX_PATTERN:
        return Unreadable(f"expected at most {MAX_PATTERN} characters")
    why = _unusable(text)
    if why:
        return Unreadable(why)
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        return Unreadable(f"expected a regular expression: {error}")


def requirements(text: str) -> tuple[Requirement, ...] | Unreadable:
    """The conditions of a label selector: `a=b, c!=d, e in (f, g), h notin (i), j, !k`."""
    found: list[Requirement] = []
    position = 0
    while position < len(text):
        match = _REQUIREMENT.match(text, position)
        if match is None or (match.end() < len(text) and match.end() == position):
            return Unreadable("expected conditions like `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`")
        found.append(_requirement(match))
        position = match.end()
    if not found or text.rstrip().endswith(","):
        return Unreadable("expected at least one condition, and none that is empty")
    return tuple(found)


def _requirement(match: re.Match[str]) -> Requirement:
    if match["absent"]:
        return Requirement(match["no"], "absent")
    if match["set"]:
        values = frozenset(value.strip() for value in match["values"][1:-1].split(","))
        return Requirement(match["key"], match["set"], values)
    if match["equals"]:
        operator = "notin" if match["equals"] == "!=" else "in"
        return Requirement(match["key"], operator, frozenset({match["value"] or ""}))
    return Requirement(match["key"], "exists")


def _unusable(text: str) -> str:
    """Why an expression is not one that Go and Python take alike and match quickly; empty when it is."""
    position, repetitions, repeatable = 0, 0, False
    open_groups: list[bool] = []  # for each: whether it has a repetition or an alternative
    simple_group = False
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return f"expected letters, digits, -, . and the operators . * + ? | () [] {{}}, got {text[position]!r}"
        position = token.end()
        kind = token.lastgroup
        if kind == "repeat":
            repetitions += 1
            if not repeatable or not simple_group:
                return "expected each repetition after a character, a class, or a group without repetition or `|`"
            open_groups[:] = [True] * len(open_groups)
        elif kind == "open":
            open_groups.append(False)
        elif kind == "or":
            open_groups[:] = [True] * len(open_groups)
        elif kind == "close":
            if not open_groups:
                return "expected as many ( as )"
            simple_group = not open_groups.pop()
        repeatable = kind in ("literal", "class", "close")
        if kind in ("literal", "class"):
            simple_group = True
    if repetitions > MAX_REPETITIONS:
        return f"expected at most {MAX_REPETITIONS} repetitions, got {repetitions}"
    return "expected as many ) as (" if open_groups else ""
