"""Whatever is taken away, misnamed or broken, the answer is an error and never "nothing found"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.policy.decide import MESSAGE_LIMIT, Decision, PolicyFinding, Question, decide
from mlgitops.policy.engine import SCOPES, Batch, Document, EvaluationFailed, Scope
from mlgitops.policy.rules import Rule, RuleSet, read_rules
from tests.policy.engines import ENGINES, opened
from tests.policy.example import SHAPES, example, files
from tests.policy.good import base_document

RULES = [rule.id for rule in example().rules]


def good(scope: Scope) -> dict[str, Any]:
    return base_document(example(), scope, SHAPES[scope])


def with_source(rule_id: str, change: Any) -> RuleSet:
    """The example, with one rule's Rego changed behind the back of `read_rules`; its text still promises its sets."""
    rules = example()
    changed: list[Rule] = [r._replace(source=change(r.source)) if r.id == rule_id else r for r in rules.rules]
    return RuleSet(changed, rules.files, rules.data)


def decided(engine_name: str, rules: RuleSet, scope: Scope) -> list[Decision]:
    with opened(engine_name, rules) as engine:
        return decide(engine, rules, scope, [Question("churn@prod", good(scope))], SHAPES[scope])


def scope_of(rule_id: str) -> Scope:
    return next(rule.scope for rule in example().rules if rule.id == rule_id)


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.parametrize("change", ["package", "deny", "empty"])
def test_a_rule_that_is_on_disk_and_not_evaluated(engine_name: str, rule_id: str, change: str) -> None:
    def changed(source: str) -> str:
        if change == "package":
            return re.sub(r"(?m)^package .*$", r"\g<0>_typo", source)
        if change == "deny":
            return re.sub(r"(?m)^(deny|warn) contains", r"\1ed contains", source)
        return re.search(r"(?m)^package .*$", source)[0]  # type: ignore[index]

    with pytest.raises(MlgitopsError, match=f"were not evaluated: not defined: .*{rule_id}") as raised:
        decided(engine_name, with_source(rule_id, changed), scope_of(rule_id))
    assert raised.value.exit_code == 3
    assert raised.value.hint == "check the names of package, deny and warn in those rules"


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_that_never_fires_is_found_out_by_its_canary(engine_name: str, rule_id: str) -> None:
    def silenced(source: str) -> str:
        return re.sub(r"(?m)^((?:deny|warn) contains .*) if \{$", r"\1 if {\n\t1 == 2", source)

    rules = with_source(rule_id, silenced)
    assert rules.digest != example().digest
    with pytest.raises(MlgitopsError, match=f"the rule {rule_id} found nothing in its canary"):
        decided(engine_name, rules, scope_of(rule_id))


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_function_that_fails(engine_name: str) -> None:
    line = '\nwarn contains "x" if {\n\tto_number(input.metadata.team) > 3\n}\n'
    rules = with_source("governance.owner", lambda source: source + line)
    with pytest.raises(EvaluationFailed, match=r"the rules failed on the canary of governance\.owner: .*"):
        decided(engine_name, rules, "model")


@pytest.mark.parametrize("engine_name", ENGINES)
def test_the_document_on_which_rules_fail_is_named(engine_name: str) -> None:
    line = '\nwarn contains "x" if {\n\tinput.metadata.name == "odd"\n\tto_number(input.metadata.name) > 3\n}\n'
    rules = with_source("governance.owner", lambda source: source + line)
    names = ["a", "b", "odd", "c", "d"]
    documents = [{**good("model"), "metadata": {**good("model")["metadata"], "name": name}} for name in names]
    questions = [Question(f"{name}@prod", document) for name, document in zip(names, documents, strict=True)]
    with opened(engine_name, rules) as engine, pytest.raises(EvaluationFailed, match="failed on odd@prod") as raised:
        decide(engine, rules, "model", questions, SHAPES["model"])
    where = "governance.owner.warn" if engine_name == "embedded" else "policies/governance/owner/owner.rego:1[0-9]: "
    assert re.search(where, str(raised.value)), str(raised.value)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_two_values_for_one_rule(engine_name: str) -> None:
    both = '\nboth := 1 if input.metadata.name\n\nboth := 2 if input.metadata.team\n\nwarn contains "x" if both == 3\n'
    rules = with_source("governance.owner", lambda source: source + both)
    with pytest.raises(EvaluationFailed):
        decided(engine_name, rules, "model")


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("text", ["\ndeny contains", "\nwarn contains x if", "\nwarn contains no.such(1)"])
def test_rego_that_does_not_compile(engine_name: str, text: str) -> None:
    with pytest.raises(MlgitopsError):
        decided(engine_name, with_source("governance.owner", lambda source: source + text + "\n"), "model")


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize(
    "found",
    [
        '"text"',
        "1",
        "null",
        '{"pointer": "/a"}',
        '{"message": "m"}',
        '{"pointer": "/a", "message": "m", "more": 1}',
        '{"pointer": 1, "message": "m"}',
        '{"pointer": "/a", "message": null}',
        '{"pointer": "/a", "message": ""}',
        '{"pointer": "a", "message": "m"}',
    ],
)
def test_a_rule_that_says_something_else(engine_name: str, found: str) -> None:
    rules = with_source("governance.owner", lambda source: f"{source}\nwarn contains {found}\n")
    with pytest.raises(MlgitopsError, match=r"the rule governance\.owner gave something else than"):
        decided(engine_name, rules, "model")


OBJECTS = next(rule.id for rule in example().rules if rule.scope == "objects")


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("file", ["environments/prod/kustomization.yaml", "a.yaml", "99", "00", "-1", "9" * 5000])
def test_a_rule_that_points_into_a_file_that_it_was_not_asked_about(engine_name: str, file: str) -> None:
    found = f'{{"pointer": "{file}#/kind", "message": "m"}}'
    rules = with_source(OBJECTS, lambda source: f"{source}\ndeny contains {found}\n")
    shown = re.escape(repr(file) if len(file) < 80 else f"'{file[:80]}…'")
    with pytest.raises(MlgitopsError, match=rf"the rule {OBJECTS} points into {shown}, which is no file of churn@prod"):
        decided(engine_name, rules, "objects")


@pytest.mark.parametrize("pointer", [f"/models/{'9' * 5000}", "/models/99", "/models/٣"])
def test_a_rule_that_points_at_a_model_that_is_not_there_is_about_the_fleet(pointer: str) -> None:
    scope = next(rule for rule in example().rules if rule.scope == "fleet")
    found = f'{{"pointer": "{pointer}", "message": "m"}}'
    rules = with_source(scope.id, lambda source: f"{source}\ndeny contains {found}\n")
    (decision,) = decided("embedded", rules, "fleet")
    assert [one.subject for one in decision.findings if one.message == "m"] == ["churn@prod"]


def _keys(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path for key, inner in value.items() for path in [(*at, key), *_keys(inner, (*at, key))]]
    if isinstance(value, list):
        return [path for index, inner in enumerate(value) for path in _keys(inner, (*at, index))]
    return []


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    copy = value.copy()
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _without(value[path[0]], path[1:])
    return copy


class Forbidden:
    """An engine that must not be asked."""

    name = version = "forbidden"

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        raise AssertionError("asked about an input that is not total")

    def __enter__(self) -> Forbidden:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize("scope", SCOPES)
def test_every_key_of_the_input_is_needed(scope: Scope) -> None:
    document = good(scope)
    free = {"objects": ("pods", 0, "spec")}.get(scope)  # a pod is as Kubernetes has it
    for path in _keys(document):
        if free and path[: len(free)] == free and len(path) > len(free):
            continue
        with pytest.raises(MlgitopsError, match=r"the policy input of churn@prod is not total: .* is missing"):
            decide(Forbidden(), example(), scope, [Question("churn@prod", _without(document, path))], SHAPES[scope])


def test_an_unknown_key_is_no_policy_input_either() -> None:
    document = {**good("model"), "more": 1}
    with pytest.raises(MlgitopsError, match="not total: more is unknown"):
        decide(Forbidden(), example(), "model", [Question("churn@prod", document)], SHAPES["model"])


def test_deleting_anything_of_a_rule_is_found() -> None:
    for rule in example().rules:
        folder = [path for path in files() if path.startswith(f"{rule.folder}/")]
        partly = {path: text for path, text in files().items() if path != rule.path}
        assert "policy/missing-rule" in {finding.code for finding in read_rules(partly)[1]}
        wholly = {path: text for path, text in files().items() if path not in folder}
        assert [(f.code, str(f.location)[:18]) for f in read_rules(wholly)[1]] == [
            ("policy/missing-rule", "policies/README.md")
        ]


class Scripted:
    """An engine that says what it was told to."""

    name = version = "scripted"

    def __init__(
        self, *decisions: Any, digest: str = example().digest, defined: tuple[str, ...] = ("deny governance.route",)
    ) -> None:
        self.batch = Batch(digest, defined, decisions)

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        return self.batch

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


CLASH = {"deny": {"governance.route": [{"pointer": "/models/1/route", "message": "m"}]}, "warn": {}}
DENIED = {"alone": {"governance.route": {"deny": [{"pointer": "", "message": "m"}]}}}
SILENT: dict[str, Any] = {"deny": {"governance.route": []}, "warn": {}}


def fleet(engine: Scripted) -> list[Decision]:
    return decide(engine, example(), "fleet", [Question("@prod", good("fleet"))], SHAPES["fleet"])


def test_what_is_believed() -> None:
    finding = PolicyFinding("governance.route", "error", "/models/1/route", "m", "fraud@prod")
    subjects = ("@prod", "churn@prod", "fraud@prod")
    assert fleet(Scripted(DENIED, CLASH)) == [Decision("@prod", "fleet", ("governance.route",), (finding,), subjects)]
    assert fleet(Scripted(DENIED, SILENT)) == [Decision("@prod", "fleet", ("governance.route",), (), subjects)]


@pytest.mark.parametrize(
    "engine",
    [
        Scripted(DENIED),
        Scripted(DENIED, SILENT, SILENT),
        Scripted(),
        Scripted(SILENT, SILENT),
        Scripted(CLASH, SILENT),
        Scripted({"alone": {}}, SILENT),
        Scripted({"alone": {"governance.route": {"deny": []}}}, SILENT),
        Scripted({"alone": {"other.rule": {"deny": [1]}}}, SILENT),
        Scripted(DENIED, SILENT, digest="sha256:other"),
        Scripted(DENIED, None),
        Scripted(DENIED, {}),
        Scripted(DENIED, []),
        Scripted(DENIED, {"deny": {}, "warn": {}}),
        Scripted(DENIED, {"deny": None, "warn": None}),
        Scripted(DENIED, {"deny": {"governance.route": {}}, "warn": {}}),
        Scripted(DENIED, {"deny": {"governance.route": []}}),
        Scripted(DENIED, {"deny": {"governance.route": []}, "warn": {}, "allow": True}),
        Scripted(DENIED, {"deny": {"governance.route": [], "other.rule": []}, "warn": {}}),
        Scripted(DENIED, {"deny": {}, "warn": {"governance.route": []}}),
        Scripted(DENIED, SILENT, defined=()),
        Scripted(DENIED, SILENT, defined=("warn governance.route", "deny governance.owner")),
    ],
)
def test_what_is_not_believed(engine: Scripted) -> None:
    with pytest.raises(MlgitopsError) as raised:
        fleet(engine)
    assert raised.value.exit_code == 3
    assert raised.value.hint


def test_a_long_message_is_cut() -> None:
    long = {"deny": {"governance.route": [{"pointer": "", "message": "m" * 5000}]}, "warn": {}}
    message = fleet(Scripted(DENIED, long))[0].findings[0].message
    assert message == "m" * (MESSAGE_LIMIT - 1) + "…"


def test_no_questions_and_no_rules_of_a_scope() -> None:
    assert decide(Forbidden(), example(), "model", [], SHAPES["model"]) == []
    rules = RuleSet([], {}, {})
    assert decide(Forbidden(), rules, "model", [Question("a@b", good("model"))], SHAPES["model"]) == [
        Decision("a@b", "model", (), (), ("a@b",))
    ]


def test_a_canary_that_is_gone_or_broken() -> None:
    path = "policies/governance/route/fixtures/canary.yaml"
    for text in (None, "input: [", "input: {}\nfindings: []\n", 'input: {models: {"7": {}}}\nfindings: [1]\n'):
        changed = {**files(), path: text} if text else {p: t for p, t in files().items() if p != path}
        rules = RuleSet(example().rules, changed, example().data)
        with pytest.raises(MlgitopsError, match=f"a rule's canary cannot be used: {path}"):
            decide(Forbidden(), rules, "fleet", [Question("@prod", good("fleet"))], SHAPES["fleet"])
