"""Every rule, in every engine, against everything it is expected to say: rules added later are taken in by themselves.

Two repositories of rules are held to it: the small one beside these tests, and `policies/` of this repository.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import SCOPES, Engine, Scope
from mlgitops.policy.fixtures import Expected, Fixture, canaries, read_fixtures
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.known_keys import unknown_keys
from mlgitops.policy.projection import kept
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.policy.totality import Schema, Shape
from mlgitops.programs.opa_checks import check_modules, run_tests
from mlgitops.programs.process import require
from tests.policy import example
from tests.policy.engines import ENGINES, opened
from tests.policy.good import base_document

MOST = 150
"""Variants of a scope's good input that engines are compared on, evenly spread: the embedded one takes its time."""

REPOSITORY = Path(__file__).resolve().parents[2]


class Subject(NamedTuple):
    """A repository of rules under test."""

    rules: RuleSet
    schemas: Mapping[Scope, Schema]
    shapes: dict[Scope, Shape]
    fixtures: list[Fixture]


@cache
def subject(name: str) -> Subject:
    files = example.files(example.ROOT if name == "example" else REPOSITORY)
    schemas: dict[Scope, Any] = example.SCHEMAS
    if name == "repository":
        schemas = {scope: input_schema(scope) for scope in SCOPES}
    shapes = {scope: Shape(schema) for scope, schema in schemas.items()}
    rules, findings = read_rules(files)
    assert findings == []
    fixtures, findings = read_fixtures(rules, shapes)
    assert findings == []
    return Subject(rules, schemas, shapes, fixtures)


def subjects() -> list[str]:
    return ["example", "repository"] if any((REPOSITORY / "policies").glob("*/*/*.rego")) else ["example"]


@pytest.fixture(scope="module", params=[(s, e) for s in subjects() for e in ENGINES], ids="-".join)
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[Subject, Engine]]:
    held = subject(request.param[0])
    with opened(request.param[1], held.rules) as engine:
        yield held, engine


def test_every_rule_says_of_every_fixture_what_is_stated(asked: tuple[Subject, Engine]) -> None:
    held, engine = asked
    for scope in SCOPES:
        fixtures = [fixture for fixture in held.fixtures if fixture.scope == scope]
        questions = [Question(fixture.path, fixture.document) for fixture in fixtures]
        decisions = decide(engine, held.rules, scope, questions, held.shapes[scope])
        said = {
            fixture.path: [Expected(*finding[1:4]) for finding in decision.findings if finding.rule == fixture.rule]
            for fixture, decision in zip(fixtures, decisions, strict=True)
        }
        assert said == {fixture.path: list(fixture.findings) for fixture in fixtures}


def test_no_rule_finds_fault_with_the_good_inputs(asked: tuple[Subject, Engine]) -> None:
    held, engine = asked
    for scope in [scope for scope in SCOPES if held.rules.of(scope)]:
        document = base_document(held.rules, scope, held.shapes[scope])
        decision = decide(engine, held.rules, scope, [Question("good", document)], held.shapes[scope])[0]
        assert decision.findings == ()
        assert decision.evaluated == tuple(rule.id for rule in held.rules.of(scope))


@pytest.mark.parametrize("name", subjects())
def test_engines_agree_on_inputs_with_nulls_and_odd_text(name: str) -> None:
    """Every leaf in turn is null, where the schema allows that, and every text has what engines may see differently."""
    held = subject(name)
    for scope in [scope for scope in SCOPES if held.rules.of(scope)]:
        base = base_document(held.rules, scope, held.shapes[scope])
        changed = [*_variants(base, lambda leaf: None), *_variants(base, _odd)]
        valid = jsonschema.Draft202012Validator(held.schemas[scope])
        fitting = [document for document in changed if valid.is_valid(document)]
        assert len(fitting) > len(changed) / 8
        some = fitting[:: max(1, len(fitting) // MOST)]
        questions = [Question(f"{index}", document) for index, document in enumerate(some)]
        said = {}
        for engine_name in ENGINES:
            with opened(engine_name, held.rules) as engine:
                said[engine_name] = decide(engine, held.rules, scope, questions, held.shapes[scope])
        for one, other, third in zip(*said.values(), strict=True):
            assert one == other == third


def _odd(leaf: Any) -> Any:
    return f'{leaf}\n"ü\\ 1' if isinstance(leaf, str) else leaf


def _variants(value: Any, change: Callable[[Any], Any]) -> Iterator[Any]:
    """Copies of a value, each with one leaf or subtree changed; lists have no null among their items."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        for variant in (*_variants(inner, change), change(inner)):
            if variant != inner and not (variant is None and isinstance(value, list)):
                copy = value.copy()
                copy[key] = variant
                yield copy


@pytest.mark.parametrize("name", subjects())
@pytest.mark.parametrize("engine_name", ENGINES)
def test_what_rules_do_not_read_does_not_matter(name: str, engine_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = subject(name)
    assert kept(held.rules.modules.values()) is not None

    def decided() -> list[Any]:
        with opened(engine_name, held.rules) as engine:
            return [
                decide(
                    engine,
                    held.rules,
                    scope,
                    [Question(f.path, f.document) for f in held.fixtures if f.scope == scope],
                    held.shapes[scope],
                )
                for scope in SCOPES
            ]

    projected = decided()
    monkeypatch.setattr("mlgitops.policy.decide.kept", lambda modules: None)
    assert decided() == projected


@pytest.mark.parametrize("name", subjects())
def test_canaries_read_quickly_are_what_they_are(name: str) -> None:
    held = subject(name)
    slowly = {fixture.path: fixture for fixture in held.fixtures}
    for scope in SCOPES:
        quickly = canaries(held.rules, scope, held.shapes[scope])
        assert [fixture.rule for fixture in quickly] == [rule.id for rule in held.rules.of(scope)]
        assert [slowly[fixture.path] for fixture in quickly] == quickly


@pytest.mark.parametrize("name", subjects())
def test_opa_finds_nothing_wrong_with_the_rules(name: str) -> None:
    held = subject(name)
    assert unknown_keys(held.rules, held.shapes) == []
    for scope in SCOPES:
        assert check_modules(held.rules.modules_of(scope), held.schemas[scope], require("opa")) == []


@pytest.mark.parametrize("name", subjects())
def test_the_rules_pass_their_own_tests_and_each_has_some(name: str) -> None:
    held = subject(name)
    modules = {**held.rules.modules, **held.rules.tests}
    report = run_tests(modules, {"mlgitops_data": held.rules.data}, require("opa"))
    assert report.findings == ()
    assert report.passed >= 2 * len(held.rules.rules)
    for rule in held.rules.rules:
        module = held.rules.tests[f"{rule.folder}/{rule.name}_test.rego"]
        assert module.count("\ntest_") >= 2, rule.id
