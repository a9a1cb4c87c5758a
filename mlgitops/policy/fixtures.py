"""Fixtures: inputs that show a rule at work, each with everything the rule says about it.

    # policies/cost/gpu-limit/fixtures/canary.yaml
    input:                                     # laid over policies/fixtures/model.yaml
      spec: {training: {workers: 400}}
    findings:
      - {severity: error, pointer: /spec/training/workers, message: "expected at most 16 GPUs, got 400"}

Maps are laid over key by key; a map over a list addresses items by their index (`pods: {"0": {…}}`); the rest
replaces, `null` included. Keys that the base leaves out are filled in from the schema.

`canary.yaml` of every rule is part of every run: a rule that does not fire on it cannot be trusted to be silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.policy.engine import SCOPES, Scope
from mlgitops.policy.rules import Rule, RuleSet
from mlgitops.policy.totality import Shape, misfits, total
from mlgitops.source import Location, Pointer, dotted
from mlgitops.spec.reader import Document, read

Json = Any
Reading = Callable[[str, str], "Document | list[Finding]"]
CANARY = "canary.yaml"
_CODE = "policy/fixture"


class Expected(NamedTuple):
    """One finding that a fixture states."""

    severity: str
    pointer: str
    message: str


class Fixture(NamedTuple):
    """One input of a rule, and all that the rule finds in it."""

    path: str
    rule: str
    scope: Scope
    document: dict[str, Json]
    """Total: ready to be evaluated."""
    findings: tuple[Expected, ...]
    """In order; empty for an input that the rule must be silent about."""


def canaries(rules: RuleSet, scope: Scope, shape: Shape) -> list[Fixture]:
    """The canary of every rule of a scope. Raises MlgitopsError when one is missing, broken or expects nothing."""
    base = _base(rules, scope, _quick)
    paths = {rule.id: f"{rule.folder}/fixtures/{CANARY}" for rule in rules.of(scope)}
    found = [_read_one(rules, rule, paths[rule.id], base, shape, _quick) for rule in rules.of(scope)]
    fixtures = [fixture for fixture in found if isinstance(fixture, Fixture)]
    wrong = [finding for findings in (base, *found) if isinstance(findings, list) for finding in findings]
    if wrong:
        raise MlgitopsError(
            f"a rule's canary cannot be used: {wrong[0].location}: {wrong[0].message}",
            "run `mlgitops policy test`, and mend what it reports",
        )
    return fixtures


def read_fixtures(rules: RuleSet, shapes: dict[Scope, Shape]) -> tuple[list[Fixture], list[Finding]]:
    """All fixtures of all rules, and what is wrong with those that cannot be read: code `policy/fixture`."""
    fixtures: list[Fixture] = []
    findings: list[Finding] = []
    bases = {scope: _base(rules, scope) for scope in SCOPES if rules.of(scope)}
    for scope, base in bases.items():
        findings += base if isinstance(base, list) else _unfit(base, total(base.data, shapes[scope]), shapes[scope], ())
    for rule in rules.rules:
        for path in sorted(path for path in rules.files if _is_fixture(path, rule)):
            found = _read_one(rules, rule, path, bases[rule.scope], shapes[rule.scope])
            if isinstance(found, Fixture):
                fixtures.append(found)
            else:
                findings += found
    return fixtures, findings


def overlay(low: Json, high: Json) -> Json:
    """`high` laid over `low`, neither changed. Raises KeyError for an index that is not there."""
    if isinstance(high, dict) and isinstance(low, dict):
        return {**low, **{key: overlay(low.get(key), value) for key, value in high.items()}}
    if isinstance(high, dict) and isinstance(low, list) and high and all(key.isdecimal() for key in high):
        items = list(low)
        for key, value in high.items():
            if int(key) > len(items):
                raise KeyError(key)
            items[int(key) : int(key) + 1] = [overlay(items[int(key)] if int(key) < len(items) else None, value)]
        return items
    return high


def _is_fixture(path: str, rule: Rule) -> bool:
    return re.fullmatch(re.escape(rule.folder) + r"/fixtures/[^/]+\.yaml", path) is not None


def _quick(text: str, path: str) -> Document | list[Finding]:
    """What `read` gives, without its long way for texts in which readers might differ.

    For canaries, which every run reads: whatever the text, the rule must fire on it. Tests hold the two to each other.
    """
    from ryaml import InvalidYamlError, loads

    try:
        data = loads(text)
    except (InvalidYamlError, ValueError):
        return read(text, path)
    return Document(path, text, data) if isinstance(data, dict) else read(text, path)


def _base(rules: RuleSet, scope: Scope, reading: Reading = read) -> Document | list[Finding]:
    path = f"policies/fixtures/{scope}.yaml"
    if path not in rules.files:
        message = f"expected a good input of scope {scope} for fixtures to be laid over, got no such file"
        return [Finding(Location(path), _CODE, "error", message, "write one that no rule finds fault with")]
    return reading(rules.files[path], path)


def _read_one(
    rules: RuleSet, rule: Rule, path: str, base: Document | list[Finding], shape: Shape, reading: Reading = read
) -> Fixture | list[Finding]:
    if isinstance(base, list):
        return []  # told already
    if path not in rules.files:
        return [Finding(Location(path), _CODE, "error", f"expected a fixture of {rule.id}, got no such file")]
    document = reading(rules.files[path], path)
    if not isinstance(document, Document):
        return document
    if wrong := list(_wrong(document)):
        return wrong
    try:
        laid = total(overlay(base.data, document.data["input"]), shape)
    except KeyError as index:
        return [_finding(document, ("input",), f"expected an index of a list of the base, got {index}")]
    if unfit := _unfit(document, laid, shape, ("input",)):
        return unfit
    stated: Any = document.data["findings"]
    expected = tuple(sorted(Expected(**finding) for finding in stated))
    return Fixture(path, rule.id, rule.scope, laid, expected)


def _wrong(document: Document) -> Iterator[Finding]:
    """What is wrong with the form of a fixture."""
    data: dict[str, Any] = document.data
    if set(data) != {"input", "findings"} or not isinstance(data["input"], dict):
        yield _finding(document, (), "a fixture must have a map `input` and a list `findings`, and nothing else")
        return
    findings = data["findings"]
    if not isinstance(findings, list):
        yield _finding(document, ("findings",), "findings must be a list")
        return
    for index, finding in enumerate(findings):
        fields = set(Expected._fields)
        if (
            not isinstance(finding, dict)
            or set(finding) != fields
            or not all(isinstance(v, str) for v in finding.values())
        ):
            yield _finding(document, ("findings", index), "a finding must have severity, pointer and message, as text")
    if document.path.endswith(f"/{CANARY}") and not findings:
        yield _finding(document, ("findings",), "a canary must make its rule fire, got no finding")


def _finding(document: Document, pointer: Sequence[str | int], message: str) -> Finding:
    return Finding(
        document.locate(tuple(pointer)),
        _CODE,
        "error",
        message,
        "write `input:` and `findings:` as policies/README.md shows",
    )


def _unfit(document: Document, laid: Json, shape: Shape, prefix: Pointer) -> list[Finding]:
    """Where a hand-written input, its missing keys filled in, differs from the schema."""
    return [
        _finding(document, (*prefix, *misfit.pointer), f"{dotted(misfit.pointer)} {misfit.message} in the policy input")
        for misfit in misfits(laid, shape)
    ]
