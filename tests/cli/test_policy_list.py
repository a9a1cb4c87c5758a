"""`policy list` and `policy test`, whole outputs compared on the rules that `init` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

OWNER = Path("policies/governance/owner")


@pytest.fixture(autouse=True)
def _started(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "models")
    monkeypatch.chdir("models")


def test_a_line_a_rule(call: Call) -> None:
    assert call("policy", "list") == Answer(
        0,
        "governance.owner       error    model    Models have an owner\n"
        "security.image-digest  error    objects  Images are pinned by digest\n"
        "\n"
        "2 rules checked, 0 failed, 0 skipped, 0 waived\n",
        "",
    )


def test_for_programs(call: Call) -> None:
    answer = call("policy", "list", "--format", "json")
    document = json.loads(answer.out)
    assert document["version"] == 1
    assert document["rules"][0] == {
        "id": "governance.owner",
        "title": "Models have an owner",
        "description": "Somebody has to answer for a model when it misbehaves at night.",
        "severity": "error",
        "scope": "model",
        "remediation": 'write metadata.owner, such as "@growth/ranking"',
        "path": "policies/governance/owner/owner.rego",
    }
    assert call("policy", "list", "--format", "sarif").code == 2


def test_what_is_wrong_with_a_rule(call: Call) -> None:
    (OWNER / "README.md").unlink()
    assert call("policy", "list") == Answer(
        1,
        "security.image-digest  error    objects  Images are pinned by digest\n"
        "\n"
        "policies/governance/owner/owner.rego:1:1: error[policy/missing-page]: "
        "expected policies/governance/owner/README.md beside the rule, got no such file\n"
        "  1 | # METADATA\n"
        "    | ^\n"
        "  hint: say what to avoid, what to prefer, and why\n"
        "  more: mlgitops explain policy/missing-page\n"
        "\n"
        "2 rules checked, 1 failed, 0 skipped, 0 waived; 1 error\n",
        "",
    )


def test_a_rule_that_does_not_compile(call: Call) -> None:
    rule = OWNER / "owner.rego"
    rule.write_text(rule.read_text() + "\nx := 1 +\n")
    line = rule.read_text().count("\n")
    answer = call("policy", "list")
    place = f"policies/governance/owner/owner.rego:{line}:9: error[policy/rego]: "
    assert f"{place}the file ends before a bracket or a rule is finished\n" in answer.out
    assert answer.out.endswith("\n3 rules checked, 1 failed, 0 skipped, 0 waived; 1 error\n")
    assert answer.code == 1
    answer = call("policy", "list", "--format", "json")
    (found,) = json.loads(answer.out)["findings"]
    assert (found["code"], found["line"], found["column"]) == ("policy/rego", line, 9)
    assert answer.code == 1


def test_a_line_of_which_something_is_said_is_told_once(call: Call) -> None:
    rule = OWNER / "owner.rego"
    rule.write_text(rule.read_text() + "\nx := nothing\n")
    assert "1 error\n" in (out := call("policy", "list").out)
    assert "error[policy/undeclared-name]" in out


def test_without_opa_the_embedded_engine_compiles(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlgitops.programs.process.find", lambda name, override=None: None)
    assert call("policy", "list").code == 0
    rule = OWNER / "owner.rego"
    rule.write_text(rule.read_text() + "\nx := 1 + (\n")
    answer = call("policy", "list")
    assert ":10: error[policy/rego]: a bracket is opened here and never closed\n" in answer.out
    assert answer.code == 1


def test_a_rule_that_changed_its_words_is_seen(call: Call) -> None:
    fixture = OWNER / "fixtures" / "no-owner.yaml"
    fixture.write_text((OWNER / "fixtures" / "canary.yaml").read_text().replace("got none", "got nobody"))
    answer = call("policy", "test", "--engine", "embedded")
    place = "policies/governance/owner/fixtures/no-owner.yaml:1:1: error[policy/fixture-differs]: governance.owner"
    words = "error at '/metadata/owner': metadata.owner must name a person or team, got"
    assert f"{place} should say, and does not: {words} nobody\n" in answer.out
    assert f"{place} should not say, and does: {words} none\n" in answer.out
    assert (answer.code, answer.err) == (1, "")


def test_without_opa_its_tests_are_said_to_be_skipped(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlgitops.programs.process.find", lambda name, override=None: None)
    answer = call("policy", "test", "--engine", "embedded")
    assert answer.out.startswith(
        "skipped tests written in Rego: they need opa on the PATH\n\n"
        "2 tests checked, 0 failed, 1 skipped, 0 waived; policy by embedded "
    )
    assert answer.code == 0


def test_a_failing_rego_test_is_a_finding(call: Call) -> None:
    test = OWNER / "owner_test.rego"
    test.write_text(test.read_text().replace("count(owner.deny) == 1", "count(owner.deny) == 2"))
    answer = call("policy", "test", "--engine", "embedded")
    assert "policies/governance/owner/owner_test.rego:5:1: error[policy/test-failed]: the test " in answer.out
    assert answer.code == 1


@pytest.mark.parametrize("words", [("policy", "list"), ("policy", "test")])
def test_a_rule_behind_a_link_is_no_rule_that_is_not_there(call: Call, words: tuple[str, ...]) -> None:
    """`validate` tells it: commands that look at rules alone must not pass it over in silence."""
    target = Path("elsewhere")
    Path("policies/cost").mkdir()
    target.mkdir()
    Path("policies/cost/limit").symlink_to(target.resolve())
    answer = call(*words)
    assert answer.code == 1
    assert "policies/cost/limit:1:1: error[spec/symbolic-link]: a symbolic link must not stand here" in answer.out
