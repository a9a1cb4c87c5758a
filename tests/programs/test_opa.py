"""The opa program as an engine and as a checker of rules: the real one, and programs that only look like it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.policy.engine import Batch, Document
from mlgitops.policy.fixtures import base_document
from mlgitops.policy.harness import sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.opa_checks import check_modules, run_tests, without_null
from mlgitops.programs.process import ProgramMissing, require
from mlgitops.source import Location
from tests.policy.example import SCHEMAS, SHAPES, example

OWNER = "policies/governance/owner/owner.rego"


def documents(count: int) -> list[dict[str, Any]]:
    """Of every third nobody is the owner."""
    good = base_document(example(), "model", SHAPES["model"])
    return [{**good, "metadata": {**good["metadata"], "owner": "@a" if n % 3 else None}} for n in range(count)]


def owners(batch: Batch) -> list[int]:
    return [len(decision["warn"]["governance.owner"]) for decision in batch.decisions]


@pytest.mark.parametrize(("count", "jobs"), [(1, 1), (7, 2), (400, 2), (2300, 3)])
def test_answers_come_in_the_order_of_the_documents(count: int, jobs: int) -> None:
    with OpaEngine(sources(example()), require("opa"), jobs=jobs) as engine:
        batch = engine.evaluate("model", documents(count))
    assert batch.digest == example().digest
    assert owners(batch) == [0 if n % 3 else 1 for n in range(count)]


def test_an_engine_is_asked_by_several_threads() -> None:
    with OpaEngine(sources(example()), require("opa")) as engine, ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda count: engine.evaluate("model", documents(count)), [3, 5, 8, 13]))
    assert [len(batch.decisions) for batch in batches] == [3, 5, 8, 13]


def test_the_version_is_told_before_and_after() -> None:
    with OpaEngine(sources(example()), require("opa")) as engine:
        before = engine.version
        engine.evaluate("model", documents(1))
        assert engine.version == before
    assert before.split(".") >= ["1", "21", "3"]


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with OpaEngine(sources(example()), require("opa")) as engine:
        engine.evaluate("model", documents(1))
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_text_of_every_kind_arrives() -> None:
    odd = 'x\n"\\\x7fü\U0001f600\u2028'
    document = documents(1)[0]
    document["metadata"] = {**document["metadata"], "team": odd}
    with OpaEngine(sources(example()), require("opa")) as engine:
        found = engine.evaluate("model", [document]).decisions[0]["warn"]["cost.gpu-limit"]
    assert found == [{"pointer": "/metadata/team", "message": f"expected a team with a quota, got '{odd}'"}]


def test_text_that_is_no_unicode_is_refused() -> None:
    with OpaEngine(sources(example()), require("opa")) as engine:
        with pytest.raises(MlgitopsError, match="cannot be written as JSON"):
            engine.evaluate("model", [{"a": "\ud800"}])
        with pytest.raises(MlgitopsError, match="cannot be written as JSON"):
            engine.evaluate("model", [{"a": float("nan")}])


def pretender(tmp_path: Path, script: str) -> str:
    path = tmp_path / "opa"
    path.write_text(f"#!/bin/sh\ncat > /dev/null\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("true", "opa gave no answer that can be read: nothing"),
        ("echo not json", "opa gave no answer that can be read: not json"),
        ("echo '[]'", "opa gave no answer that can be read"),
        ("echo '{}'", "opa gave no decision: the result is undefined"),
        ("echo '{\"result\": []}'", "opa gave no decision: the result is undefined"),
        ('echo \'{"result": [{"expressions": [{"value": true}]}]}\'', "opa gave no decision"),
        ('echo \'{"errors": [{"message": "m", "code": "rego_parse_error"}]}\'', "opa cannot use the rules: m"),
        ("exit 7", "failed with exit code 7"),
        ("kill -9 $$", "was killed by SIGKILL"),
    ],
)
def test_a_program_that_answers_something_else(tmp_path: Path, script: str, message: str) -> None:
    engine = OpaEngine(sources(example()), pretender(tmp_path, script))
    with engine, pytest.raises(MlgitopsError, match=message) as raised:
        engine.evaluate("model", documents(1))
    assert raised.value.exit_code == 3


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with OpaEngine(sources(example()), str(tmp_path / "opa")) as engine, pytest.raises(ProgramMissing):
        engine.evaluate("model", documents(1))


def test_documents_are_shared_out() -> None:
    seen: list[int] = []

    def ask(chunk: Sequence[Document]) -> Batch:
        seen.append(len(chunk))
        return Batch("d", (), list(chunk))

    for count, jobs, expected in [(0, 1, [0]), (5, 2, [5]), (25, 2, [13, 12]), (90, 2, [40, 40, 10]), (9, 1, [9])]:
        seen.clear()
        items: list[Any] = list(range(count))
        assert in_chunks(ask, items, jobs=jobs, smallest=10, largest=40).decisions == items
        assert sorted(seen, reverse=True) == expected


def test_chunks_that_were_asked_other_rules() -> None:
    items: list[Any] = list(range(20))
    with pytest.raises(MlgitopsError, match="the rules changed"):
        in_chunks(lambda chunk: Batch(str(chunk[0]), (), chunk), items, jobs=1, smallest=10, largest=10)


def test_keys_behind_variables_are_checked() -> None:
    text = example().modules[OWNER]
    wrong = text.replace("input.metadata.owner == null", "some_data := input.metadata\n\tsome_data.owners == null")
    assert check_modules({OWNER: text}, SCHEMAS["model"], require("opa")) == []
    assert check_modules({OWNER: wrong}, SCHEMAS["model"], require("opa")) == [
        Finding(
            Location(OWNER, 13, 2),
            "policy/rego",
            "error",
            "there is no some_data.owners",
            "there is name, owner, team",
        )
    ]


def test_keys_below_what_may_be_null_are_checked() -> None:
    text = "package a\n\ndeny contains 1 if input.spec.serving.replica > 1\n\n"
    text += "deny contains 2 if input.spec.serving == null\n"
    found = check_modules({"policies/a.rego": text}, SCHEMAS["model"], require("opa"))
    assert [(f.message, f.location.line) for f in found] == [("there is no input.spec.serving.replica", 3)]


def test_rego_that_does_not_compile_is_a_finding() -> None:
    found = check_modules({"policies/a.rego": "package a\n\ndeny contains x if y\n"}, {}, require("opa"))
    assert [(f.code, f.location.line) for f in found] == [("policy/rego", 3)]


def test_schemas_without_null() -> None:
    schema = {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "title": "t"}
    assert without_null({"properties": {"a": schema}}) == {"properties": {"a": {"title": "t", "$ref": "#/$defs/A"}}}
    two = {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}
    assert without_null([two]) == [{"oneOf": [{"type": "string"}, {"type": "integer"}]}]


def test_tests_of_rules() -> None:
    rules = example()
    modules, data = {**rules.modules, **rules.tests}, {"mlgitops_data": rules.data}
    assert run_tests(modules, data, require("opa")) == (8, ())
    broken = {**modules, OWNER: modules[OWNER].replace("== null", "!= null")}
    report = run_tests(broken, data, require("opa"))
    hint = "mend it at that place"
    path = OWNER.replace(".rego", "_test.rego")
    names = [f"mlgitops.governance.owner_test.test_{name}" for name in ("none", "one")]
    assert report.passed == 6
    assert report.findings == tuple(
        Finding(Location(path, line, 1), "policy/test-failed", "error", f"the test {name} failed", hint)
        for line, name in zip((5, 7), names, strict=True)
    )


@pytest.mark.parametrize("modules", [{}, {"policies/a.rego": "package a\n"}])
def test_no_tests_are_no_success(modules: dict[str, str]) -> None:
    with pytest.raises(MlgitopsError, match="opa ran no test of a rule"):
        run_tests(modules, {}, require("opa"))


def test_tests_that_do_not_compile_are_findings() -> None:
    with pytest.raises(RulesRefused, match=r"rules cannot be used: policies/a_test\.rego:3:14: ") as raised:
        run_tests({"policies/a_test.rego": "package a\n\ntest contains\n"}, {}, require("opa"))
    (found,) = raised.value.findings
    assert (found.code, found.message) == ("policy/rego", "the file ends before a bracket or a rule is finished")
