"""What a rule may use, so that every engine gives the same answer and none reaches outside.

A function is in `PORTABLE` when OPA and the embedded engine have been seen to agree on it
(`tests/policy/test_portable.py`); the rest ask the network, the machine or a clock, or differ. Even so, keep to these:

- Compare with `<` and `>` only what is a number: guard a field that may be null with `!= null` first.
- In messages, print text with `%s` and whole numbers with `%d`; the engines write fractions differently.
- Text with line breaks, quotes or backslashes: use `contains`, `startswith`, `split` on it, and regular expressions
  only on the lines that `split` gives. `count`, `substring`, `indexof` and `upper` see such text differently.
- Ask for a truth (`f(x)`, `not f(x)`), never for `f(x) == false`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.policy.rego_text import Module
from mlgitops.source import Location

_BY_NAMESPACE = {
    "": (
        "abs",
        "ceil",
        "concat",
        "contains",
        "count",
        "endswith",
        "floor",
        "format_int",
        "indexof",
        "indexof_n",
        "intersection",
        "is_array",
        "is_boolean",
        "is_null",
        "is_number",
        "is_object",
        "is_set",
        "is_string",
        "lower",
        "max",
        "min",
        "product",
        "replace",
        "round",
        "sort",
        "split",
        "sprintf",
        "startswith",
        "substring",
        "sum",
        "to_number",
        "trim",
        "trim_left",
        "trim_prefix",
        "trim_right",
        "trim_space",
        "trim_suffix",
        "type_name",
        "union",
        "upper",
        "walk",
    ),
    "array": (
        "concat",
        "flatten",
        "reverse",
        "slice",
    ),
    "base64": (
        "decode",
        "encode",
        "is_valid",
    ),
    "crypto": (
        "md5",
        "sha256",
    ),
    "glob": ("match",),
    "graph": ("reachable",),
    "hex": ("encode",),
    "json": (
        "filter",
        "marshal",
        "patch",
        "remove",
        "unmarshal",
    ),
    "numbers": (
        "range",
        "range_step",
    ),
    "object": (
        "filter",
        "get",
        "keys",
        "remove",
        "subset",
        "union",
        "union_n",
    ),
    "regex": (
        "find_all_string_submatch_n",
        "find_n",
        "match",
        "replace",
        "split",
    ),
    "semver": (
        "compare",
        "is_valid",
    ),
    "strings": (
        "any_prefix_match",
        "any_suffix_match",
        "count",
        "reverse",
    ),
    "time": (
        "add_date",
        "date",
        "diff",
        "parse_duration_ns",
        "parse_ns",
        "weekday",
    ),
    "units": (
        "parse",
        "parse_bytes",
    ),
}

PORTABLE = frozenset(f"{space}.{name}".lstrip(".") for space, names in _BY_NAMESPACE.items() for name in names)
"""Functions of Rego that rules may call."""

_KEYWORDS = frozenset({"as", "contains", "default", "else", "every", "if", "import", "in", "not", "package", "some"})
_CODE = "policy/not-portable"
_EXPRESSION = re.compile(r"\(\?(?!:)[^)]?|\\{1,2}[pP][{A-Z]|\\{1,2}[AzQE](?![a-z])")
"""What Go's regular expressions have and those of C++ do not, or the other way round."""


def not_portable(module: Module, path: str) -> Iterator[Finding]:
    """Findings `policy/not-portable` for what a rule or a library must not use."""
    own = set(re.findall(r"^(\w+)\(", module.code, re.MULTILINE))
    imported = set(re.findall(r"^import\s+[\w.]*?(\w+)\s*$", module.code, re.MULTILINE))
    imported |= set(re.findall(r"^import\s+[\w.]+\s+as\s+(\w+)", module.code, re.MULTILINE))
    for name, line, column in module.calls():
        if name in own | PORTABLE or (name in _KEYWORDS):
            continue
        if name.split(".")[0] in imported | {"data"}:
            continue
        message = f"'{name[:80]}' must be a function of this module, of the library, or one that all engines agree on"
        hint = "write it another way: `mlgitops explain policy/not-portable` lists what all engines agree on"
        yield Finding(Location(path, line, column), _CODE, "error", message, hint)
    for _, line, column in module.words("with"):
        message = "'with' must stand in tests only: it ends the embedded engine"
        yield Finding(Location(path, line, column), _CODE, "error", message, "write a function and pass it the value")
    for text, line, column in module.in_strings(_EXPRESSION):
        message = f"expected a regular expression that all engines read alike, got '{text}' in one"
        hint = "of groups write (?:…) alone; for case, ask of upper(…) or lower(…)"
        yield Finding(Location(path, line, column), _CODE, "error", message, hint)
    for text, line, column in module.unicode_escapes():
        message = f"expected the character itself, got its number {text}, which the embedded engine leaves as it is"
        yield Finding(Location(path, line, column), _CODE, "error", message, "write the character")
