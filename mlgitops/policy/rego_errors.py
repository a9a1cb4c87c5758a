"""What OPA says of a module that it refuses, as findings: in a few words, at the place, with a next action.

    findings_of([{"message": "var x is unsafe", "location": {"file": "policies/a/b/b.rego", "row": 3, "col": 15}}], {})

OPA's own words are for who knows its compiler (`unexpected eof token`, `plus: invalid argument(s)`). What is not in
`_SAYINGS` is passed on as it is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.findings import Finding, in_order
from mlgitops.policy.rego_text import module_of
from mlgitops.source import Location

Json = Any
CODE = "policy/rego"
HINT = "mend it at that place"
TYPES_HINT = "give it values of these types"
_BIND = "bind it with `some … in …` or `:=` before it is used, or correct its spelling"
_WRITE_IF = 'write `deny contains {"pointer": …, "message": …} if {`'
_BEFORE = "look before it too, where a value, a comma or a bracket may be missing"


class Said(NamedTuple):
    """An error in words for people."""

    message: str
    hint: str = HINT


def findings_of(errors: Iterable[Mapping[str, Json]], modules: Mapping[str, str]) -> list[Finding]:
    """Findings `policy/rego` of OPA's errors. `modules` are the texts by path; errors elsewhere are not told."""
    findings: dict[Location, Finding] = {}
    circles: set[frozenset[str]] = set()
    for error in errors:
        location = _location(error, modules)
        if location is None or location in findings:  # of several complaints about one word the first is about it
            continue
        circle = frozenset(re.findall(r"data\.[\w.]+", _message(error))) if "recursive" in _message(error) else None
        if circle in circles:
            continue
        if circle is not None:
            circles.add(circle)
        said = say(error)
        related = _others(error, location, modules)
        findings[location] = Finding(location, CODE, "error", said.message[:500], said.hint, related=related)
    return in_order(findings.values())


def say(error: Mapping[str, Json]) -> Said:
    """An error of OPA in words for people."""
    message = _message(error)
    for pattern, words in _SAYINGS:
        if found := pattern.fullmatch(message):
            return words(found, error)
    return Said(message or "OPA refuses this, and does not say why")


def _message(error: Mapping[str, Json]) -> str:
    """The first line of what it says, without its advice on itself."""
    return re.sub(r" \(hint: .*", "", str(error.get("message", "")).split("\n")[0])


def _location(error: Mapping[str, Json], modules: Mapping[str, str]) -> Location | None:
    """Where it is; the end of a file is where its last text ends. None for what is no file of people's."""
    place = error.get("location") or {}
    path, row, column = str(place.get("file", "")), int(place.get("row") or 1), int(place.get("col") or 1)
    if several := re.search(r" found at .*?([^\s,]+):(\d+)$", _message(error)):
        path, row, column = several[1], int(several[2]), 1
    if path not in modules:
        return None
    if "eof" in _message(error):
        lines = modules[path].rstrip().split("\n")
        return Location(path, len(lines), len(lines[-1]) + 1)
    column = max(column, 1)
    if unsafe := re.fullmatch(r"var (\w+) is unsafe", _message(error)):  # told of the expression that it stands in
        line = modules[path].split("\n")[row - 1]
        used = re.compile(rf"(?<![\w.]){unsafe[1]}\b").search(line, column - 1)
        column = used.start() + 1 if used else column
    return Location(path, max(row, 1), column)


def _others(
    error: Mapping[str, Json], location: Location, modules: Mapping[str, str]
) -> tuple[tuple[Location, str], ...]:
    """Where else the name is defined that two rules give different meanings to."""
    found = re.match(r"(?:conflicting rules|multiple default rules) data\.[\w.]*?(\w+) found", _message(error))
    if not found:
        return ()
    code = module_of(modules[location.path]).code
    lines = [code.count("\n", 0, head.start()) + 1 for head in re.finditer(rf"(?m)^(?:default +)?{found[1]}\b", code)]
    return tuple((Location(location.path, line), "and here") for line in lines if line != location.line)


def _name(reference: str) -> str:
    """What a rule is called in its own package: `deny` of `data.mlgitops.cost.gpu_limit.deny`."""
    return reference.rpartition(".")[2]


def _unexpected(found: re.Match[str], error: Mapping[str, Json]) -> Said:
    what, expected = found.groups()
    if what == "eof":
        return Said("the file ends before a bracket or a rule is finished", "close the bracket that was opened last")
    word = _word(error) or what
    if expected and expected.startswith("non-terminated"):
        return Said(f"expected a comma or a closing bracket, got `{word}`", _BEFORE)
    if expected:
        return Said(f"expected {expected}, got `{word}`", _BEFORE)
    return Said(f"`{word}` cannot stand here", _BEFORE)


def _word(error: Mapping[str, Json]) -> str:
    """The word that OPA stumbled on, as it is written."""
    details = error.get("details") or {}
    line, index = str(details.get("line") or ""), (error.get("location") or {}).get("col")
    found = re.compile(r"\w+|:=|==|[^\w\s]").match(line, int(index) - 1) if index else None
    return found[0][:40] if found else ""


def _arguments(found: re.Match[str], error: Mapping[str, Json]) -> Said:
    details = error.get("details") or {}
    have = [_type(one) for one in details.get("have") or () if one is not None]
    want = [_type(one) for one in (details.get("want") or {}).get("args") or ()][: len(have)]
    function = {"plus": "+", "minus": "-", "mul": "*", "div": "/", "rem": "%"}.get(found[1], found[1])
    if not have or not want:
        return Said(f"{function} is given what it does not take", "look up what it takes")
    return Said(f"{function} takes ({', '.join(want)}), got ({', '.join(have)})", TYPES_HINT)


def _type(schema: Json) -> str:
    if not isinstance(schema, dict):
        return "any"
    if schema.get("type") == "any":
        inner = [_type(one) for one in schema.get("of") or ()]
        return " or ".join(dict.fromkeys(inner)) or "any"
    return str(schema.get("type", "any"))


def _arity(found: re.Match[str], error: Mapping[str, Json]) -> Said:
    details = error.get("details") or {}
    have = list(details.get("have") or ())
    given = len(have) - (have[-1:] == [None])  # the last is what comes back, where something is done with it
    return wrong_number(found[1], len((details.get("want") or {}).get("args") or ()), given)


def wrong_number(function: str, want: int, have: int) -> Said:
    """A function that is called with another number of arguments than it has."""
    arguments = "1 argument" if want == 1 else f"{want} arguments"
    return Said(f"{function} takes {arguments}, got {have}", "give it as many as it takes")


def _never_equal(_: re.Match[str], error: Mapping[str, Json]) -> Said:
    details = error.get("details") or {}
    sides = [_type(details.get(side)) for side in ("a", "b")]
    return Said(f"these can never be equal: {sides[0]} and {sides[1]}", "compare values of one type")


def _undefined(found: re.Match[str], error: Mapping[str, Json]) -> Said:
    known = (error.get("details") or {}).get("oneOf") or ()
    there = f"there is {', '.join(map(str, known[:12]))}"[:200] if known else ""
    if found[1].startswith("input."):
        there = "look the key up in the schema of the rule's scope, which `mlgitops schema` writes"
    return Said(f"there is no {found[1][:200]}", there or "correct its spelling")


def _circle(found: re.Match[str], _: Mapping[str, Json]) -> Said:
    names = " → ".join(_name(one) for one in found[2].split(" -> "))
    return Said(f"'{_name(found[1])}' needs its own result: {names}", "break the circle: take one of these uses out")


Words = Callable[[re.Match[str], Mapping[str, Json]], Said]


def _plainly(message: str, hint: str = HINT) -> Words:
    """Words with the pattern's first group where `@` stands."""
    return lambda found, _: Said(message.replace("@", found[1]) if "@" in message else message, hint)


_SAYINGS: tuple[tuple[re.Pattern[str], Words], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"unexpected (\S+) (?:token|keyword)(?:: (?:expected )?(.*))?", _unexpected),
        (r"non-terminated string", _plainly("a text is not closed on its line", 'end it with " where it ends')),
        (r"non-terminated raw string", _plainly("a text in backticks is never closed", "end it with a backtick")),
        (r"illegal token", _plainly("this is no part of Rego", "text stands in double quotes; otherwise remove it")),
        (r"illegal escape sequence", _plainly("a text has an escape that Rego does not know", "double the backslash")),
        (r"`if` keyword is required before rule body", _plainly("expected `if` before the body of a rule", _WRITE_IF)),
        (r"`contains` keyword is required .*", _plainly("expected `contains` after the name of a set", _WRITE_IF)),
        (r"var cannot be used for rule name", _plainly("expected a rule, got a name alone", _WRITE_IF)),
        (r"rule must have value .*", _plainly("expected a rule with a value or a body", _WRITE_IF)),
        (r"package expected", _plainly("expected a package before anything else", "begin with `package mlgitops.…`")),
        (r"empty module", _plainly("expected a module, got an empty file", "write the rule, or remove the file")),
        (r"var (\w+) is unsafe", _plainly("'@' has no value: nothing in this rule gives it one", _BIND)),
        (
            r"undefined function (\S+)",
            _plainly("there is no function @", "correct its spelling, import its module, or define it here"),
        ),
        (r"(\S+): invalid argument\(s\)", _arguments),
        (r"(\S+): arity mismatch", _arity),
        (
            r"function (\S+) has arity (\d+), got (\d+) arguments?",
            lambda found, _: wrong_number(_name(found[1]), int(found[2]), int(found[3])),
        ),
        (r"match error", _never_equal),
        (r"undefined ref: (\S+)", _undefined),
        (r"rule (\S+) is recursive: (.*)", _circle),
        (
            r"conflicting rules data\.[\w.]*?(\w+) found",
            _plainly(
                "'@' is defined in ways that cannot stand together: as a set, a value or a function",
                "give one of them another name",
            ),
        ),
        (r"multiple default rules data\.[\w.]*?(\w+) found.*", _plainly("'@' has more than one default", "keep one")),
        (r"import must not shadow (.*)", _plainly("two imports have one name: @", "import one `as` another name")),
        (
            r"var (\w+) assigned above",
            _plainly("'@' already has a value in this body", "compare with ==, or take another name"),
        ),
        (r"variables must not shadow (\w+) .*", _plainly("'@' is a name of Rego's own", "take another name")),
        (r"(import \S+) unused", _plainly("nothing uses this: @", "remove it")),
        (r"unused argument (\w+)\..*", _plainly("nothing uses the argument '@'", "write _ in its place")),
        (r"assigned var (\w+) unused", _plainly("nothing uses '@'", "remove it, or write _ in its place")),
    )
)
