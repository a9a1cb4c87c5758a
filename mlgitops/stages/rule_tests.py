"""The tests that rules bring along: fixtures with stated findings for any engine, Rego's own tests for OPA.

A rule is trusted to be silent only because it was seen to speak: each has a canary, and what each says of each of its
fixtures must be what the fixture states, no more and no less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlgitops.findings import Finding, in_order
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import SCOPES, Engine
from mlgitops.policy.fixtures import Expected, Fixture, read_fixtures
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.known_keys import unknown_keys
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.totality import Shape
from mlgitops.programs.opa_checks import check_modules, run_tests
from mlgitops.report.contents import Report, Skipped
from mlgitops.source import Location

Json = Any

MOST = 5
"""Differences of one fixture that are told."""


def test_rules(rules: RuleSet, wrong: Sequence[Finding], engine: Engine, opa: str | None) -> Report:
    """All tests of the rules. `wrong` is what reading them found; `opa` is the program, where it is installed.

    Without OPA Rego's own tests are reported as skipped.
    """
    shapes = {scope: Shape(input_schema(scope)) for scope in SCOPES}
    fixtures, findings = read_fixtures(rules, shapes)
    findings += [*wrong, *unknown_keys(rules, shapes)]
    checked, failed = len(fixtures), 0
    for scope in SCOPES:
        ours = [fixture for fixture in fixtures if fixture.scope == scope]
        for fixture, said in _said(rules, engine, ours, shapes[scope]):
            differences = _differences(fixture, said)
            failed += bool(differences)
            findings += differences
    skipped: tuple[Skipped, ...] = ()
    if opa is None:
        skipped = (Skipped("tests written in Rego", "they need opa on the PATH"),)
    else:
        failures, count = _opa(rules, opa)
        findings += failures
        checked += count
        failed += len(failures)
    engine_name = f"{engine.name} {engine.version}"
    return Report(tuple(in_order(findings)), checked, failed, skipped, unit="test", engine=engine_name)


test_rules.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def _said(
    rules: RuleSet, engine: Engine, fixtures: Sequence[Fixture], shape: Shape
) -> list[tuple[Fixture, set[Expected]]]:
    """What its own rule says of each fixture."""
    if not fixtures:
        return []
    questions = [Question(fixture.path, fixture.document) for fixture in fixtures]
    decisions = decide(engine, rules, fixtures[0].scope, questions, shape)
    return [
        (fixture, {Expected(f.severity, f.pointer, f.message) for f in decision.findings if f.rule == fixture.rule})
        for fixture, decision in zip(fixtures, decisions, strict=True)
    ]


def _differences(fixture: Fixture, said: set[Expected]) -> list[Finding]:
    stated = set(fixture.findings)
    told = [f"{fixture.rule} should say, and does not: {_words(one)}" for one in sorted(stated - said)]
    told += [f"{fixture.rule} should not say, and does: {_words(one)}" for one in sorted(said - stated)]
    hint = "mend the rule; or, when what it says is right, state it in the fixture"
    place = Location(fixture.path)
    return [Finding(place, "policy/fixture-differs", "error", message, hint) for message in told[:MOST]]


def _words(expected: Expected) -> str:
    return f"{expected.severity} at '{expected.pointer[:200]}': {expected.message[:400]}"


def _opa(rules: RuleSet, opa: str) -> tuple[list[Finding], int]:
    """What OPA finds in the rules, and how many tests of theirs it ran."""
    findings: list[Finding] = []
    for scope in SCOPES:
        modules = rules.modules_of(scope)
        findings += check_modules(modules, input_schema(scope), opa) if modules else []
    report = run_tests({**rules.modules, **rules.tests}, {"mlgitops_data": rules.data}, opa)
    return [*findings, *report.findings], report.passed + len(report.findings)
