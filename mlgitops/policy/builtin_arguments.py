"""Whether Rego's own functions are given what they take, as far as the text alone tells: how many, and literals.

    >>> rule = Module('package a\\n\\ndeny contains 1 if { startswith("a", 5) }\\n')
    >>> [finding.message for finding in wrong_arguments(rule, "a.rego")]
    ['startswith takes (text, text), got 5 as argument 2']

OPA refuses these by itself, and what it works out the types of; the embedded engine fails when it comes to them, on
somebody's document, and tells no line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.policy.rego_errors import CODE, TYPES_HINT, wrong_number
from mlgitops.policy.rego_text import Module
from mlgitops.source import Location

_KINDS = {
    "s": "text",
    "n": "number",
    "b": "truth",
    "z": "null",
    "a": "list",
    "o": "object",
    "t": "set",
    "*": "anything",
}
_TAKEN = {
    "*": "is_array is_boolean is_null is_number is_object is_set is_string json.marshal semver.is_valid type_name walk",
    "* a": "json.patch",
    "a": "array.flatten array.reverse object.union_n",
    "a a": "array.concat",
    "a n n": "array.slice",
    "an": "time.date time.weekday",
    "an an": "time.diff",
    "aost": "count",
    "aot aot": "object.subset",
    "ast ast": "strings.any_prefix_match strings.any_suffix_match",
    "at": "max min product sort sum",
    "bnsz": "to_number",
    "n": "abs ceil floor round",
    "n n": "format_int numbers.range",
    "n n n": "numbers.range_step",
    "n n n n": "time.add_date",
    "o": "object.keys",
    "o * *": "object.get",
    "o aot": "object.filter object.remove",
    "o at": "graph.reachable json.filter json.remove",
    "o o": "object.union",
    "s": "base64.decode base64.encode base64.is_valid crypto.md5 crypto.sha256 hex.encode json.unmarshal lower "
    "strings.reverse time.parse_duration_ns trim_space units.parse units.parse_bytes upper",
    "s a": "sprintf",
    "s at": "concat",
    "s az s": "glob.match",
    "s n n": "substring",
    "s s": "contains endswith indexof indexof_n regex.match regex.split semver.compare split startswith strings.count "
    "time.parse_ns trim trim_left trim_prefix trim_right trim_suffix",
    "s s n": "regex.find_all_string_submatch_n regex.find_n",
    "s s s": "regex.replace replace",
    "t": "intersection union",
}
TAKES = {name: tuple(taken.split()) for taken, names in _TAKEN.items() for name in names.split()}
"""What each portable function takes: of each argument the letters of the kinds that it may be."""

_LITERALS = (
    ("s", re.compile(r'"[^"]*"|`[^`]*`')),
    ("n", re.compile(r"-?\d[\d.eE+-]*")),
    ("b", re.compile(r"true|false")),
    ("z", re.compile(r"null")),
)
_SIGN = re.compile(r"[\[\](){},$]")
_FARTHEST = 2000
"""Characters in which a call must end to be looked at."""


def wrong_arguments(module: Module, path: str) -> Iterator[Finding]:
    """Findings `policy/rego`: a function of Rego's own with too few or many arguments, or a literal of no such kind."""
    own = set(re.findall(r"(?m)^(\w+)\(", module.code))
    for found in re.finditer(r"(?<![\w.])([a-z][\w.]*)\(", module.code):
        takes = TAKES.get(found[1])
        given = _arguments(module, found.end()) if takes and found[1] not in own else None
        if takes is None or given is None:
            continue
        _, line, column = module.word_at(found[1], found.start())
        if len(given) not in (len(takes), len(takes) + 1):  # one more is what comes back
            said = wrong_number(found[1], len(takes), len(given))
            yield Finding(Location(path, line, column), CODE, "error", said.message, said.hint)
            continue
        for number, (kinds, (code, text)) in enumerate(zip(takes, given, strict=False), 1):
            if kinds != "*" and any(kind not in kinds and literal.fullmatch(code) for kind, literal in _LITERALS):
                wanted = ", ".join(" or ".join(_KINDS[kind] for kind in one) for one in takes)
                message = f"{found[1]} takes ({wanted}), got {text[:80]} as argument {number}"
                yield Finding(Location(path, line, column), CODE, "error", message, TYPES_HINT)
                break


def _arguments(module: Module, start: int) -> list[tuple[str, str]] | None:
    """The arguments of the call whose bracket opens before `start`, without and with the insides of strings."""
    depth, begin, given = 0, start, list[tuple[str, str]]()
    for sign in _SIGN.finditer(module.code, start, start + _FARTHEST):
        end = depth == 0 and sign[0] in ",)"
        if end and module.code[begin : sign.start()].strip():
            part = slice(begin, sign.start())
            given.append((module.code[part].strip(), module.without_comments[part].strip()))
        if sign[0] == "$" or (depth == 0 and sign[0] in "]}"):
            return None  # a template string may hold anything
        if end and sign[0] == ")":
            return given
        begin = sign.end() if end else begin
        depth += (sign[0] in "([{") - (sign[0] in ")]}")
    return None
