r"""What the embedded engine says of modules that it refuses, as findings at the place in what people wrote.

    >>> log = "Errors:\nInvalid rule head\n-- policies/a/b/b.rego:3:6\ndeny contains\n     ~~~~~~~~\n"
    >>> modules = {"policies/a/b/b.rego": "package a\n\ndeny contains\n"}
    >>> [str(finding.location) for finding in findings_of(log, "", modules)]
    ['policies/a/b/b.rego:3:6']

It is given other text than people wrote (`embedded_text`), with the same lines, and counts columns in bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlgitops.findings import Finding, in_order
from mlgitops.policy.embedded_text import rewritten
from mlgitops.policy.rego_errors import CODE
from mlgitops.policy.rego_text import Module, module_of
from mlgitops.source import Location

_LOGGED = re.compile(r"^([^\n]+)\n-- ([^\n]+):(\d+):(\d+)$", re.MULTILINE)
_MORE = "mend it at that place; `--engine opa` says more"
_UNCLOSED = "this is unclosed"
_SAYINGS = {
    _UNCLOSED: ("a bracket is opened here and never closed", "close it, or remove it"),
    "Invalid rule head": ("this is no beginning of a rule", "write `deny contains {…} if {`, and close what is opened"),
    "Invalid boolean operator": ("a comparison has nothing on one of its sides", "write what it compares"),
    "Invalid assignment operator": ("an assignment has nothing on one of its sides", "write `name := value`"),
    "Invalid collection": ("a list, set or object is not written as one", "look for a missing comma, colon or bracket"),
    "Invalid else statement": ("`else` needs a value or a body", "write `else := value if …`"),
    "Invalid file": ("expected a module, got an empty file", "write the rule, or remove the file"),
    "Unable to unify due to cycle": ("these can have no value: each side needs the other", "use := or =="),
}
_NODE = re.compile(r"\(errormsg \d+:([^\n]*)\).*? \d+:([^|\s]+)\|(\d+)\|", re.DOTALL)
"""A complaint without a place in the log, and the first node of the tree that it is about."""
_FUNCTION = re.compile(r"Function not found: ([\w.]+)")
_CIRCLE = "Recursion detected in rule body"


def findings_of(log: str, answer: str, modules: Mapping[str, str]) -> list[Finding]:
    """Findings `policy/rego` of what the library logged and answered; `modules` are people's texts by path."""
    findings: dict[tuple[str, int, str], Finding] = {}
    unclosed: set[str] = set()
    for said, path, row, column in _LOGGED.findall(log):
        if path not in modules or (said == _UNCLOSED and path in unclosed):  # what is around it is unclosed by it
            continue
        unclosed |= {path} if said == _UNCLOSED else set()
        message, hint = _SAYINGS.get(said, (said[:500], _MORE))
        place = Location(path, int(row), _column(modules[path], int(row), int(column)))
        findings.setdefault((path, int(row), said), Finding(place, CODE, "error", message, hint))
    return in_order(findings.values()) or _of_tree(answer, modules)


def _of_tree(answer: str, modules: Mapping[str, str]) -> list[Finding]:
    found = _NODE.search(answer)
    if not found or found[2] not in modules:
        return []
    before = rewritten(modules[found[2]]).encode()[: int(found[3])].decode("utf-8", "ignore")
    row, column = before.count("\n") + 1, len(before.rpartition("\n")[2].encode()) + 1
    place = Location(found[2], row, _column(modules[found[2]], row, column))
    return [Finding(place, CODE, "error", found[1][:500], _MORE)]


def failure_findings(failed: str, modules: Mapping[str, str]) -> list[Finding]:
    """Findings of rules that failed on a document and would fail on any, which OPA does not compile."""
    culprits, separator, _ = failed.partition(": (error")
    found: list[tuple[str, Module, str]] = []
    for name in culprits.split(", ") if separator else ():
        package, _, kind = f"mlgitops.{name}".rpartition(".")
        found += [(path, module_of(text), kind) for path, text in modules.items() if module_of(text).package == package]
    if function := _FUNCTION.search(failed):
        return in_order(finding for path, module, _ in found for finding in _calls(path, module, function[1]))
    if _CIRCLE in failed:
        return in_order(_circle(path, module, kind) for path, module, kind in found)
    return []


def _calls(path: str, module: Module, function: str) -> Iterator[Finding]:
    """Where a function is called that is not there: by its name, or by a part of it that was imported."""
    for text, line, column in module.calls():
        if f".{function}".endswith(f".{text}"):
            hint = "correct its spelling, import its module, or define it here"
            yield Finding(Location(path, line, column), CODE, "error", f"there is no function {function[:200]}", hint)


def _circle(path: str, module: Module, kind: str) -> Finding:
    head = re.search(rf"(?m)^{kind}\b", module.code)
    line = module.code.count("\n", 0, head.start()) + 1 if head else module.package_line
    message = f"'{kind}' needs its own result, or that of a rule that needs it"
    return Finding(Location(path, line), CODE, "error", message, "break the circle; `--engine opa` names its steps")


def _column(text: str, row: int, column: int) -> int:
    """The column in what people wrote, in code points; where the engine's line differs, as far as both agree."""
    written = _line(module_of(text).without_comments, row)
    given = _line(rewritten(text), row)
    at = len(given.encode()[: column - 1].decode("utf-8", "ignore"))
    differ = (n for n, (a, b) in enumerate(zip(written, given, strict=False)) if a != b)
    return min(at, next(differ, min(len(written), len(given)))) + 1


def _line(text: str, row: int) -> str:
    lines = text.split("\n")
    return lines[row - 1] if row <= len(lines) else ""
