"""Rules as they stand in `policies/`, read into values: the sources, what they say of themselves, and their data.

    rules, findings = read_rules({"policies/cost/gpu-limit/gpu-limit.rego": "…", …})

    policies/README.md                          one row a rule (`index_row`), so that removing a rule takes two edits
    policies/<category>/<rule>/<rule>.rego      package mlgitops.<category>.<rule, with _ for ->
    policies/<category>/<rule>/<rule>_test.rego package mlgitops.<category>.<rule>_test
    policies/<category>/<rule>/README.md        Avoid, Prefer, Rationale
    policies/<category>/<rule>/fixtures/*.yaml  inputs with all findings expected of them; canary.yaml is one
    policies/fixtures/<scope>.yaml              the good input of each scope that fixtures are laid over
    policies/library/*.rego                     functions that rules share, package mlgitops.library.<name>
    policies/data/*.yaml                        what rules look up: data.mlgitops_data.<name>

Nothing here compiles Rego: an engine decides what is really there. But what only some engines can do, or what reaches
outside, is refused here, so that all three engines are asked the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from mlgitops.findings import Finding, in_order
from mlgitops.policy.builtin_arguments import wrong_arguments
from mlgitops.policy.clashes import clashing
from mlgitops.policy.engine import Scope
from mlgitops.policy.library import unknown_library
from mlgitops.policy.metadata import RuleSeverity, read_metadata
from mlgitops.policy.moved_templates import moved_templates
from mlgitops.policy.names import undeclared_names
from mlgitops.policy.portable import not_portable
from mlgitops.policy.rego_text import Module, module_of
from mlgitops.source import Location
from mlgitops.spec.reader import Document, plain_text, read

Json = Any
RESERVED = frozenset({"data", "waivers", "fixtures", "library", "decision"})
"""Names that no category has: folders of another meaning, and the package of the harness."""

_NAME = r"[a-z][a-z0-9-]{0,62}"
_RULE = re.compile(rf"policies/({_NAME})/({_NAME})/\2\.rego")
_TEST = re.compile(rf"policies/({_NAME})/({_NAME})/\2_test\.rego")
_LIBRARY = re.compile(r"policies/library/([a-z][a-z0-9_]*?)(_test)?\.rego")
_DATA = re.compile(r"policies/data/([a-z][a-z0-9_-]*)\.yaml")
_ROW = re.compile(rf"\]\(({_NAME})/({_NAME})/README\.md\)")
INDEX = "policies/README.md"


LARGEST = 64 * 1024
LONGEST = 2000
"""Characters of a Rego file and of its lines; the largest rule here has a tenth of either."""


class Rule(NamedTuple):
    """One rule: what it is called, what it asks, and its Rego."""

    id: str
    """`cost.gpu-limit`: findings have the code `policy/cost.gpu-limit`."""
    category: str
    name: str
    package: str
    title: str
    description: str
    severity: RuleSeverity
    """`error` of a rule that denies, `warning` of one that only warns."""
    scope: Scope
    remediation: str
    path: str
    source: str
    sets: tuple[str, ...]
    """Which of `deny` and `warn` it has, by its text; whether they are defined, the engine says."""

    @property
    def folder(self) -> str:
        """Where all that belongs to it is."""
        return f"policies/{self.category}/{self.name}"


class RuleSet:
    """All rules of a repository, with what they share: what an engine compiles."""

    def __init__(self, rules: Iterable[Rule], files: Mapping[str, str], data: Mapping[str, Json]) -> None:
        self.rules = tuple(sorted(rules))
        self.files = files
        """Every text below policies/, by path."""
        self.data = data
        """What rules find at `data.mlgitops_data`."""

    @cached_property
    def modules(self) -> dict[str, str]:
        """The Rego of all rules and of the library, by path; no tests."""
        library = {path: text for path, text in self.files.items() if _library_name(path)}
        return dict(sorted({**library, **{rule.path: rule.source for rule in self.rules}}.items()))

    @cached_property
    def tests(self) -> dict[str, str]:
        """The Rego of all tests, by path."""
        return {path: text for path, text in sorted(self.files.items()) if path.endswith("_test.rego")}

    @cached_property
    def digest(self) -> str:
        """What tells two sets of rules apart: over paths and texts of `modules`."""
        digest = hashlib.sha256()
        for path, text in self.modules.items():
            for part in (path.encode(), text.encode("utf-8", "surrogatepass")):
                digest.update(b"%d:" % len(part) + part)
        return f"sha256:{digest.hexdigest()}"

    def modules_of(self, scope: Scope) -> dict[str, str]:
        """The Rego of one scope's rules, and of the library as far as they refer to it, by path."""
        wanted = [rule.path for rule in self.of(scope)]
        for path in wanted:  # grows: a library module may refer to others
            wanted += [other for other in self._library_of(self.modules[path]) if other not in wanted]
        return {path: self.modules[path] for path in sorted(wanted)}

    def _library_of(self, text: str) -> list[str]:
        """The library's modules that a module refers to, by path."""
        found = [keys for keys, _, _ in module_of(text).references("data") if keys[:2] == ("mlgitops", "library")]
        paths = {f"policies/library/{keys[2]}.rego" for keys in found if keys[2:]}
        return sorted(paths & self.modules.keys())

    def of(self, scope: Scope) -> tuple[Rule, ...]:
        """The rules of one scope, in order of their ids."""
        return tuple(rule for rule in self.rules if rule.scope == scope)


def index_row(rule: Rule) -> str:
    """The row that policies/README.md must have for a rule."""
    page = f"{rule.category}/{rule.name}/README.md"
    return f"| [{rule.id}]({page}) | {rule.severity} | {rule.scope} | {rule.title} |"


def read_rules(files: Mapping[str, str]) -> tuple[RuleSet, list[Finding]]:
    """The rules among `files` (path → text of everything below policies/), and what is wrong with them.

    A rule with findings of severity error is not in the set; nothing should be decided while there are any.
    """
    data, findings = _read_data(files)
    known = {found[1] for path in files if (found := _DATA.fullmatch(path))}  # of unreadable ones too, told already
    library = {name: module_of(files[path]) for path in files if (name := _library_name(path))}
    rules: list[Rule] = []
    for path in sorted(path for path in files if path.endswith(".rego")):
        unreadable = _not_text(path, files[path])
        if unreadable:
            findings += unreadable
            continue
        found = _RULE.fullmatch(path)
        if not path.endswith("_test.rego"):
            findings += unknown_library(module_of(files[path]), path, library)
        if found is None or found[1] in RESERVED:
            findings += _other_file(path, files)
            continue
        wrong, rule = _read_rule(path, found[1], found[2], files)
        findings += [*wrong, *_unknown_data(path, files[path], known)]
        if rule is not None and not wrong:
            rules.append(rule)
    if not rules and not findings:
        hint = "write one with `mlgitops new rule`"
        findings.append(
            Finding(Location("policies"), "policy/no-rules", "error", "expected at least one rule, got none", hint)
        )
    read_ones = RuleSet(rules, files, data)
    for path, text in read_ones.modules_of("objects").items():
        findings += moved_templates(module_of(text), path)
    findings += [*_index(rules, files), *_orphans(files)]
    return read_ones, in_order(findings)


def _library_name(path: str) -> str | None:
    """`pods` of policies/library/pods.rego; None of a path of something else."""
    found = _LIBRARY.fullmatch(path)
    return found[1] if found and not found[2] else None


def _not_text(path: str, text: str) -> list[Finding]:
    """What keeps a Rego file from being read by people and searched by us (`files` has bytes that are no UTF-8 too)."""
    read_as = plain_text(text.encode("utf-8", "surrogateescape"), path)
    if isinstance(read_as, list):
        return [finding._replace(code="policy/not-text") for finding in read_as]
    if len(text) > LARGEST:
        message = f"expected at most {LARGEST // 1024} KiB of Rego in a file, got {len(text) // 1024}"
        return [
            Finding(Location(path), "policy/not-text", "error", message, "move what rules share to policies/library")
        ]
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST:
            message = f"expected lines of at most {LONGEST} characters, got {len(line)}"
            return [Finding(Location(path, number), "policy/not-text", "error", message, "break the line")]
    return []


def _read_data(files: Mapping[str, str]) -> tuple[dict[str, Json], list[Finding]]:
    data: dict[str, Json] = {}
    findings: list[Finding] = []
    for path in sorted(files):
        if found := _DATA.fullmatch(path):
            document = read(files[path], path)
            if isinstance(document, Document):
                data[found[1]] = document.data
            else:
                findings += document
    return data, findings


def _read_rule(path: str, category: str, name: str, files: Mapping[str, str]) -> tuple[list[Finding], Rule | None]:
    text, identity = files[path], f"{category}.{name}"
    module = module_of(text)
    package = f"mlgitops.{category}.{name}".replace("-", "_")
    findings = [*_wrong_package(module, package, path), *_wrong_sets(module, path)]
    findings += [*not_portable(module, path), *undeclared_names(module, path), *clashing(module, path)]
    findings += wrong_arguments(module, path)
    findings += _missing_files(path, category, name, files)
    metadata = read_metadata(text, path, identity)
    if isinstance(metadata, list):
        return [*findings, *metadata], None
    sets = tuple(name for name in ("deny", "warn") if name in module.sets)
    if sets and (metadata.severity == "error") != ("deny" in sets):
        expected = "error" if "deny" in sets else "warning"
        message = f"custom.severity must be {expected} of a rule that has {' and '.join(sets)}, got {metadata.severity}"
        place = Location(path, module.package_line)
        findings.append(Finding(place, "policy/metadata", "error", message, f"write severity: {expected}"))
    title, description, severity, scope, remediation = metadata
    rule = Rule(identity, category, name, package, title, description, severity, scope, remediation, path, text, sets)
    return findings, rule


def _wrong_package(module: Module, package: str, path: str) -> Iterator[Finding]:
    if module.package != package:
        place = Location(path, module.package_line)
        message = f"the package must be {package}, as the folder says, got {module.package[:80] or 'none'}"
        yield Finding(place, "policy/package", "error", message, f"write `package {package}`")


def _wrong_sets(module: Module, path: str) -> Iterator[Finding]:
    if not module.sets & {"deny", "warn"}:
        place = Location(path, module.package_line)
        message = "a rule must have `deny contains …` or `warn contains …`, got neither"
        yield Finding(place, "policy/no-decision", "error", message, "name the set deny or warn")
    for name, line, column in module.unused_sets():
        message = f"the set '{name}' is asked for by nobody: only deny and warn are"
        yield Finding(
            Location(path, line, column), "policy/unused-set", "error", message, "name it deny or warn, or remove it"
        )


def _missing_files(path: str, category: str, name: str, files: Mapping[str, str]) -> Iterator[Finding]:
    folder = f"policies/{category}/{name}"
    needed = {
        f"{folder}/{name}_test.rego": ("policy/missing-test", "write tests that see it fire and see it silent"),
        f"{folder}/README.md": ("policy/missing-page", "say what to avoid, what to prefer, and why"),
        f"{folder}/fixtures/canary.yaml": ("policy/missing-fixture", "write an input that makes it fire"),
    }
    for missing, (code, hint) in needed.items():
        if missing not in files:
            yield Finding(Location(path), code, "error", f"expected {missing} beside the rule, got no such file", hint)


def _other_file(path: str, files: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with a Rego file that is no rule."""
    module = module_of(files[path])
    if found := _TEST.fullmatch(path):
        package = f"mlgitops.{found[1]}.{found[2]}_test".replace("-", "_")
        yield from _wrong_package(module, package, path)
        if f"policies/{found[1]}/{found[2]}/{found[2]}.rego" not in files:
            message = f"expected the rule {found[1]}.{found[2]} beside its test, got no such file"
            yield Finding(
                Location(path), "policy/missing-rule", "error", message, "restore the rule, or remove its folder"
            )
    elif found := _LIBRARY.fullmatch(path):
        yield from _wrong_package(module, f"mlgitops.library.{found[1]}{found[2] or ''}", path)
        if not found[2]:
            yield from not_portable(module, path)
            yield from undeclared_names(module, path)
            yield from clashing(module, path)
            yield from wrong_arguments(module, path)
    else:
        message = "expected policies/<category>/<rule>/<rule>.rego or <rule>_test.rego, got another path"
        yield Finding(Location(path), "policy/unexpected-file", "error", message, "rename the file or its folder")


def _unknown_data(path: str, text: str, known: Iterable[str]) -> Iterator[Finding]:
    for keys, line, column in module_of(text).references("data"):
        if keys[:1] == ("mlgitops_data",) and keys[1:] and keys[1] not in known:
            message = f"data.mlgitops_data.{keys[1][:80]} must be a file of policies/data, got none of that name"
            hint = f"there is {', '.join(sorted(known)) or 'nothing yet'}"[:200]
            yield Finding(Location(path, line, column), "policy/unknown-data", "error", message, hint)


def _index(rules: Iterable[Rule], files: Mapping[str, str]) -> Iterator[Finding]:
    """Rules that policies/README.md does not have as they are."""
    rows = [line.rstrip() for line in files.get(INDEX, "").split("\n")]
    for rule in rules:
        if index_row(rule) not in rows:
            link = f"]({rule.category}/{rule.name}/README.md)"
            line = next((number for number, row in enumerate(rows, 1) if link in row), 1)
            message = (
                f"expected a row for {rule.id} as the rule describes itself, got {'another' if line > 1 else 'none'}"
            )
            yield Finding(Location(INDEX, line), "policy/unlisted", "error", message, f"write: {index_row(rule)[:400]}")


def _orphans(files: Mapping[str, str]) -> Iterator[Finding]:
    """Rows of policies/README.md, and pages, whose rule is gone."""
    hint = "restore the rule; where it is meant to go, remove its folder and its row"
    for number, line in enumerate(files.get(INDEX, "").split("\n"), 1):
        for category, name in _ROW.findall(line):
            if f"policies/{category}/{name}/{name}.rego" not in files:
                message = f"expected the rule {category}.{name}, got no policies/{category}/{name}/{name}.rego"
                yield Finding(Location(INDEX, number), "policy/missing-rule", "error", message, hint)
    for path in files:
        parts = path.split("/")
        page = parts[3:] == ["README.md"] and parts[1] not in RESERVED
        if page and f"policies/{parts[1]}/{parts[2]}/{parts[2]}.rego" not in files:
            message = f"expected a rule beside its page, got no {parts[2][:80]}.rego"
            yield Finding(Location(path), "policy/missing-rule", "error", message, hint)
