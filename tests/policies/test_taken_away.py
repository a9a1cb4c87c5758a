"""Of the repository's own rules and inputs nothing can be taken away unseen: no file, package, set, row or key.

What is taken away on disk is a finding when rules are read. What would be missing only when rules are evaluated, or a
key that no input has, ends the run with 3: a rule that sees nothing has nothing against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import SCOPES, Scope
from mlgitops.policy.fixtures import read_fixtures
from mlgitops.policy.harness import sources
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.known_keys import unknown_keys
from mlgitops.policy.rules import Rule, RuleSet, read_rules
from mlgitops.policy.totality import Shape
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.process import require
from tests.policy.good import base_document

Json = Any
Files = dict[str, str]
REPOSITORY = Path(__file__).resolve().parents[2]
SHAPES: dict[Scope, Shape] = {scope: Shape(input_schema(scope)) for scope in SCOPES}


def _files() -> Files:
    paths = [path for path in (REPOSITORY / "policies").rglob("*") if path.is_file()]
    return {path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8") for path in paths}


FILES = _files()
RULES, _FINDINGS = read_rules(FILES)
IDS = [rule.id for rule in RULES.rules]


def test_the_rules_are_there() -> None:
    assert _FINDINGS == []
    assert len(IDS) > 30


def _small(rule: Rule) -> Files:
    """The files of one rule, with what it needs of the others, so that reading them is quick."""
    shared = ("policies/library/", "policies/data/", "policies/fixtures/")
    files = {path: text for path, text in FILES.items() if path.startswith((f"{rule.folder}/", *shared))}
    rows = [line for line in FILES["policies/README.md"].split("\n") if f"({rule.category}/{rule.name}/" in line]
    assert len(rows) == 1
    return files | {"policies/README.md": rows[0] + "\n"}


def _without(*names: str) -> Callable[[Rule, Files], Files]:
    def change(rule: Rule, files: Files) -> Files:
        gone = {f"{rule.folder}/{name.format(rule.name)}" for name in names}
        assert gone <= files.keys()
        return {path: text for path, text in files.items() if path not in gone}

    return change


def _replaced(pattern: str, new: str) -> Callable[[Rule, Files], Files]:
    def change(rule: Rule, files: Files) -> Files:
        text, count = re.subn(pattern, new, files[rule.path], flags=re.MULTILINE)
        assert count, pattern
        return files | {rule.path: text}

    return change


def _moved(rule: Rule, files: Files) -> Files:
    other = rule.path.replace(f"/{rule.name}.rego", f"/{rule.name}s.rego")
    return {other if path == rule.path else path: text for path, text in files.items()}


TAKEN: dict[str, Callable[[Rule, Files], Files]] = {
    "its Rego": _without("{}.rego"),
    "its tests": _without("{}_test.rego"),
    "its page": _without("README.md"),
    "its canary": _without("fixtures/canary.yaml"),
    "its folder": lambda rule, files: {p: t for p, t in files.items() if not p.startswith(f"{rule.folder}/")},
    "its row": lambda rule, files: files | {"policies/README.md": "# Policies\n"},
    "its name": _moved,
    "its package": _replaced(r"^package .*", ""),
    "the name of its package": _replaced(r"^package .*", r"\g<0>s"),
    "the names of its sets": _replaced(r"^(deny|warn) contains", r"\1s contains"),
    "all but its package": lambda rule, files: files | {rule.path: f"package {rule.package}\n"},
    "all of its text": lambda rule, files: files | {rule.path: ""},
    "what it says of itself": _replaced(r"^#.*\n", ""),
    "its scope": _replaced(r"^#\s+scope: .*\n", ""),
    "its id": _replaced(r"^#\s+id: .*\n", ""),
}
"""What is taken from a rule → the files without it."""


@pytest.mark.parametrize("taken", TAKEN)
def test_nothing_of_a_rule_can_be_taken_away(taken: str) -> None:
    """Each rule by itself; reading its files as they are has nothing to say."""
    unseen = []
    for rule in RULES.rules:
        files = _small(rule)
        if taken == "its Rego":
            assert _errors(files) == [], rule.id
        if not _errors(TAKEN[taken](rule, files)):
            unseen.append(rule.id)
    assert unseen == []


def _errors(files: Files) -> list[str]:
    """What `validate` and `policy test` say of rules without compiling them."""
    rules, findings = read_rules(files)
    if not findings:
        findings = read_fixtures(rules, SHAPES)[1]
    return [finding.code for finding in findings if finding.severity == "error"]


def _behind_our_back(rule: Rule, change: str) -> Rule:
    """A rule as an engine would be given it, though its text promises more."""
    if change == "package":
        return rule._replace(source=re.sub(r"(?m)^package .*$", r"\g<0>_typo", rule.source))
    if change == "sets":
        return rule._replace(source=re.sub(r"(?m)^(deny|warn) contains", r"\1ed contains", rule.source))
    silent = re.sub(r"(?m)^((?:deny|warn) contains .*) if \{$", r"\1 if {\n\t1 == 2", rule.source)
    return rule._replace(source=silent)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("change", "said"), [("package", "not defined"), ("sets", "not defined"), ("body", "canary")])
def test_a_rule_that_is_not_evaluated_or_never_fires(change: str, said: str, scope: Scope) -> None:
    """All rules of a scope, one after the other: none is missed because another one speaks."""
    document = base_document(RULES, scope, SHAPES[scope])
    for rule in RULES.of(scope):
        changed = _behind_our_back(rule, change)
        assert changed != rule
        rules = RuleSet([changed, *(other for other in RULES.of(scope)[:2] if other != rule)], RULES.files, RULES.data)
        with (
            OpaEngine(sources(rules), require("opa"), jobs=1) as engine,
            pytest.raises(MlgitopsError, match=rf"{said}.*{re.escape(rule.id)}|{re.escape(rule.id)}.*{said}") as raised,
        ):
            decide(engine, rules, scope, [Question("a@b", document)], SHAPES[scope])
        assert raised.value.exit_code == 3
        assert raised.value.hint


KUBERNETES = (("objects", "*", "object"), ("pods", "*", "spec"), ("pods", "*", "metadata"))
"""Whose fields Kubernetes chooses: rules on them are held to be right for what is missing by their mutants."""


@cache
def _documents(scope: Scope) -> list[Json]:
    """The good input, and those of all fixtures: what some have is null in others."""
    fixtures, findings = read_fixtures(RULES, SHAPES)
    assert findings == []
    scopes = {rule.id: rule.scope for rule in RULES.rules}
    mine = [fixture.document for fixture in fixtures if scopes[fixture.rule] == scope]
    return [base_document(RULES, scope, SHAPES[scope]), *mine]


@pytest.mark.parametrize("scope", SCOPES)
def test_every_key_of_the_input_is_needed(scope: Scope) -> None:
    """Without it nothing is asked; where there are several of a list, those of the first two items."""
    tried: set[tuple[Any, ...]] = set()
    unseen = []
    for document in _documents(scope):
        for path in _keys(document):
            kind = tuple("*" if isinstance(key, int) else key for key in path)
            if kind in tried or _chosen(kind):
                continue
            tried.add(kind)
            if not SHAPES[scope].check(_deleted(document, path)):
                unseen.append(kind)
    assert unseen == []
    assert len(tried) > {"model": 250, "objects": 100, "fleet": 90}[scope]


def test_a_key_that_is_missing_ends_the_run() -> None:
    """What `check` says is what `decide` refuses to go on with, before any engine is asked."""

    class Forbidden:
        name = version = "forbidden"

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    for scope in SCOPES:
        document = base_document(RULES, scope, SHAPES[scope])
        for name in document:
            with pytest.raises(MlgitopsError, match=rf"not total: {name} is missing") as raised:
                decide(Forbidden(), RULES, scope, [Question("a@b", _deleted(document, (name,)))], SHAPES[scope])
            assert raised.value.exit_code == 3


def _keys(value: Json, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(value, dict):
            yield (*at, key)
        yield from _keys(inner, (*at, key))


def _deleted(value: Json, path: tuple[Any, ...]) -> Json:
    copy = value.copy()
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _deleted(value[path[0]], path[1:])
    return copy


def _chosen(kind: tuple[Any, ...]) -> bool:
    """Whether people or Kubernetes choose a key: accelerators are a map by their names, of which none must be there."""
    return kind[-2:-1] == ("accelerators",) or (kind[:3] in KUBERNETES and len(kind) > 3)


def test_a_key_that_no_input_has_is_a_finding() -> None:
    """Each key that a rule reads right below `input`, or from there on, misspelt in that rule."""
    assert unknown_keys(RULES, SHAPES) == []
    unseen, tried = [], 0
    for rule in RULES.rules:
        for found in re.finditer(r"\binput((?:\.\w+)+)", rule.source):
            path = tuple(found[1].split(".")[1:])
            for depth in range(1, len(path) + 1):
                misspelt = ".".join(("input", *path[: depth - 1], f"{path[depth - 1]}x", *path[depth:]))
                source = rule.source[: found.start()] + misspelt + rule.source[found.end() :]
                changed = RuleSet([rule._replace(source=source)], {}, RULES.data)
                tried += 1
                if not unknown_keys(changed, SHAPES):
                    unseen.append((rule.id, misspelt))
    assert unseen == []
    assert tried > 200
