"""How rules are read, and every finding about them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from mlgitops.findings import Finding
from mlgitops.policy.fixtures import overlay, read_fixtures
from mlgitops.policy.known_keys import unknown_keys
from mlgitops.policy.rules import RuleSet, index_row, read_rules
from mlgitops.source import Location
from tests.policy.example import SHAPES, example, files

OWNER = "policies/governance/owner/owner.rego"
CANARY = "policies/governance/owner/fixtures/canary.yaml"
GPUS = "policies/cost/gpu-limit/gpu-limit.rego"
HOST = "policies/security/host-network/host-network.rego"
QUANTITY = "policies/library/quantity.rego"
INDEX = "policies/README.md"


def codes(changes: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Code and place of what is found when files are changed; None removes one."""
    changed = {path: text for path, text in {**files(), **changes}.items() if text is not None}
    return [(finding.code, str(finding.location)) for finding in read_rules(changed)[1]]


def edited(path: str, old: str, new: str) -> dict[str, str | None]:
    text = files()[path]
    assert old in text
    return {path: text.replace(old, new)}


def test_a_rule() -> None:
    rule = example().rules[0]
    assert rule._replace(source="") == (
        "cost.gpu-limit",
        "cost",
        "gpu-limit",
        "mlgitops.cost.gpu_limit",
        "Runs take no more GPUs than their team has",
        "A run with many workers empties a team's quota.",
        "error",
        "model",
        "lower spec.training.workers",
        "policies/cost/gpu-limit/gpu-limit.rego",
        "",
        ("deny", "warn"),
    )
    assert rule.folder == "policies/cost/gpu-limit"


def test_a_rule_set() -> None:
    rules = example()
    assert [rule.id for rule in rules.of("model")] == ["cost.gpu-limit", "governance.owner"]
    assert rules.data == {"quotas": {"gpus": {"growth": 4, "risk": 1}}}
    assert list(rules.modules_of("fleet")) == ["policies/governance/route/route.rego"]
    assert "policies/library/quantity.rego" in rules.modules_of("model")
    assert len(rules.modules) == 5
    assert len(rules.tests) == 4


def test_the_digest_is_of_rules_and_library_alone() -> None:
    def digest(path: str) -> str:
        return read_rules({**files(), path: files()[path] + "\n"})[0].digest

    assert digest(OWNER) != example().digest
    assert digest("policies/library/quantity.rego") != example().digest
    assert digest("policies/README.md") == digest("policies/data/quotas.yaml") == example().digest


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            edited(OWNER, "package mlgitops.governance.owner", "package mlgitops.governance.other"),
            [("policy/package", f"{OWNER}:9:1")],
        ),
        (
            edited(OWNER, "warn contains", "wran contains"),
            [("policy/no-decision", f"{OWNER}:9:1"), ("policy/unused-set", f"{OWNER}:11:1")],
        ),
        (edited(OWNER, "warn contains", "deny contains"), [("policy/metadata", f"{OWNER}:9:1")]),
        (edited(OWNER, "# METADATA", "# META"), [("policy/metadata", f"{OWNER}:1:1")]),
        (edited(OWNER, "severity: warning", "severity: fatal"), [("policy/metadata", f"{OWNER}:6:15")]),
        (edited(OWNER, "scope: model", "scope: models"), [("policy/metadata", f"{OWNER}:7:12")]),
        (edited(OWNER, "id: governance.owner", "id: governance.owners"), [("policy/metadata", f"{OWNER}:5:9")]),
        (edited(OWNER, "#   remediation: write metadata.owner\n", ""), [("policy/metadata", f"{OWNER}:4:3")]),
        (
            edited(OWNER, "# title: Models", "# titel: Models"),
            [("policy/metadata", f"{OWNER}:2:3"), ("policy/metadata", f"{OWNER}:2:3")],
        ),
        (edited(OWNER, "#   id:", "#   id: ["), [("yaml/syntax", f"{OWNER}:6:")]),
        (
            edited(OWNER, "input.metadata.owner == null", "time.now_ns() > 1"),
            [("policy/not-portable", f"{OWNER}:12:2")],
        ),
        (
            edited(OWNER, "input.metadata.owner == null", "http.send({}).x == 1"),
            [("policy/not-portable", f"{OWNER}:12:2")],
        ),
        (
            edited(OWNER, "input.metadata.owner == null", "x := input with input as 1\n\tx"),
            [("policy/not-portable", f"{OWNER}:12:13")],
        ),
        (edited(OWNER, "== null", r'== "\u00fc"'), [("policy/not-portable", f"{OWNER}:12:27")]),
        (edited(OWNER, "== null", "== nul"), [("policy/undeclared-name", f"{OWNER}:12:26")]),
        (edited(OWNER, "== null", "== data.mlgitops_data.owners"), [("policy/unknown-data", f"{OWNER}:12:26")]),
        (
            {
                **edited(OWNER, "== null", "== data.mlgitops_data.owners"),
                "policies/data/owners.yaml": "a: [\n",
            },
            [("yaml/syntax", "policies/data/owners.yaml:")],  # and no word of data that is not there
        ),
        (
            edited(GPUS, "library.quantity", "library.quantities as quantity"),
            [("policy/unknown-library", f"{GPUS}:11:8")],
        ),
        (edited(GPUS, "quantity.times", "quantity.time"), [("policy/unknown-library", f"{GPUS}:16:10")]),
        (
            edited(GPUS, "gpus > limit", "gpus > data.mlgitops.library.quantity.limit"),
            [("policy/unknown-library", f"{GPUS}:17:9")],
        ),
        (
            edited(HOST, "\tpointer :=", "\tinput.object.spec.template\n\tpointer :="),
            [("policy/moved-template", f"{HOST}:14:20")],
        ),
        (edited(QUANTITY, "a * b", "a * data.mlgitops.library.x.y"), [("policy/unknown-library", f"{QUANTITY}:3:20")]),
        ({OWNER.replace(".rego", "_test.rego"): None}, [("policy/missing-test", f"{OWNER}:1:1")]),
        ({"policies/governance/owner/README.md": None}, [("policy/missing-page", f"{OWNER}:1:1")]),
        ({CANARY: None}, [("policy/missing-fixture", f"{OWNER}:1:1")]),
        (
            {"policies/governance/stray.rego": "package a\n"},
            [("policy/unexpected-file", "policies/governance/stray.rego:1:1")],
        ),
        ({"policies/data/x/x.rego": "package a\n"}, [("policy/unexpected-file", "policies/data/x/x.rego:1:1")]),
        (
            {"policies/library/other.rego": "package mlgitops.library.others\n"},
            [("policy/package", "policies/library/other.rego:1:1")],
        ),
        (
            edited(OWNER.replace(".rego", "_test.rego"), "package mlgitops.governance.owner_test", "package x"),
            [("policy/package", OWNER.replace(".rego", "_test.rego") + ":1:1")],
        ),
        ({"policies/data/teams.yaml": "a: [\n"}, [("yaml/syntax", "policies/data/teams.yaml:")]),
        (edited(INDEX, "| Models have an owner |", "| Owners |"), [("policy/unlisted", f"{INDEX}:6:1")]),
        ({INDEX: None}, [("policy/unlisted", f"{INDEX}:1:1")] * 4),
        (edited(INDEX, "# Policies", "# [x](cost/gone/README.md)"), [("policy/missing-rule", f"{INDEX}:1:1")]),
        ({"policies/cost/gone/README.md": "# Gone\n"}, [("policy/missing-rule", "policies/cost/gone/README.md:1:1")]),
    ],
)
def test_findings(changes: Mapping[str, str | None], expected: list[tuple[str, str]]) -> None:
    found = codes(changes)
    assert [(code, place[: len(want[1])]) for (code, place), want in zip(found, expected, strict=False)] == expected
    unlisted = [code for code, place in found[len(expected) :] if code != "policy/unlisted"]
    assert unlisted == []


def test_no_rules_at_all() -> None:
    hint = "write one with `mlgitops new rule`"
    message = "expected at least one rule, got none"
    assert read_rules({})[1] == [Finding(Location("policies"), "policy/no-rules", "error", message, hint)]


def test_a_rule_with_findings_is_not_in_the_set() -> None:
    rules, findings = read_rules({**files(), OWNER: files()[OWNER].replace("# METADATA", "# META")})
    assert findings
    assert [rule.id for rule in rules.rules] == ["cost.gpu-limit", "governance.route", "security.host-network"]


def test_the_row_of_a_rule() -> None:
    row = index_row(example().rules[1])
    assert row == "| [governance.owner](governance/owner/README.md) | warning | model | Models have an owner |"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("input.metadata.owner", "input.metadata.owners", "input.metadata.owners"),
        ("input.metadata.owner", "input.specs.training", "input.specs"),
        ("input.metadata.owner", 'input.spec["traning"].workers', "input.spec.traning"),
        ("input.metadata.owner", "input.spec.training.worker", "input.spec.training.worker"),
        ("input.metadata.owner", "input.metadata.owner.name", "input.metadata.owner.name"),
    ],
)
def test_keys_that_the_input_does_not_have(old: str, new: str, shown: str) -> None:
    changed = {**files(), OWNER: files()[OWNER].replace(old, new)}
    findings = unknown_keys(RuleSet(read_rules(changed)[0].rules, changed, {}), SHAPES)
    assert [(f.code, str(f.location)) for f in findings] == [("policy/unknown-input", f"{OWNER}:12:2")]
    assert findings[0].message == f"{shown} must be a key of the policy input, which has none of that name"


def test_keys_that_the_input_has() -> None:
    changed = {**files(), OWNER: files()[OWNER].replace("input.metadata.owner", "input.spec.training")}
    assert unknown_keys(read_rules(changed)[0], SHAPES) == []


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("input: {}\n", "a fixture must have a map `input` and a list `findings`, and nothing else", ":1:1"),
        ("input: {}\nfindings: {}\n", "findings must be a list", ":2:11"),
        ("input: {}\nfindings: []\n", "a canary must make its rule fire, got no finding", ":2:11"),
        (
            "input: {}\nfindings: [{severity: error}]\n",
            "a finding must have severity, pointer and message, as text",
            ":2:12",
        ),
        (
            "input: {more: 1}\nfindings: [{severity: e, pointer: p, message: m}]\n",
            "more is unknown in the policy input",
            ":1:15",
        ),
        (
            "input: {metadata: []}\nfindings: [{severity: e, pointer: p, message: m}]\n",
            "metadata must be an object, got a list in the policy input",
            ":1:19",
        ),
    ],
)
def test_fixtures_that_cannot_be_used(text: str, message: str, place: str) -> None:
    rules = RuleSet(example().rules, {**files(), CANARY: text}, {})
    findings = read_fixtures(rules, SHAPES)[1]
    assert [(f.code, f.message, str(f.location)) for f in findings] == [("policy/fixture", message, CANARY + place)]


def test_a_scope_without_a_good_input() -> None:
    path = "policies/fixtures/fleet.yaml"
    rules = RuleSet(example().rules, {p: t for p, t in files().items() if p != path}, {})
    assert [(f.code, str(f.location)) for f in read_fixtures(rules, SHAPES)[1]] == [("policy/fixture", f"{path}:1:1")]


def test_laying_over() -> None:
    low = {"a": {"b": 1, "c": [1, 2, {"d": 1}]}, "e": 1}
    assert overlay(low, {"a": {"b": None, "c": {"1": 9, "2": {"d": 2}}}}) == {
        "a": {"b": None, "c": [1, 9, {"d": 2}]},
        "e": 1,
    }
    assert overlay(low, {"a": {"c": {"3": 4}}})["a"]["c"] == [1, 2, {"d": 1}, 4]
    assert overlay(low, {"a": {"c": []}})["a"]["c"] == []
    assert overlay({"a": None}, {"a": {"b": 1}}) == {"a": {"b": 1}}
    with pytest.raises(KeyError, match=re.escape("'7'")):
        overlay(low, {"a": {"c": {"7": 4}}})
