"""The embedded engine: in processes of its own, so that its crashes are errors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.policy.engine import EvaluationFailed
from mlgitops.policy.harness import sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.policy.rules import RuleSet
from mlgitops.programs import embedded
from mlgitops.programs.embedded import EmbeddedEngine
from mlgitops.programs.process import environment, run
from tests.policy.example import SHAPES, example
from tests.policy.good import base_document


def documents(count: int) -> list[dict[str, Any]]:
    good = base_document(example(), "model", SHAPES["model"])
    return [{**good, "metadata": {**good["metadata"], "owner": "@a" if n % 3 else None}} for n in range(count)]


@pytest.mark.parametrize(("count", "jobs"), [(1, 1), (320, 2)])
def test_answers_come_in_the_order_of_the_documents(count: int, jobs: int) -> None:
    with EmbeddedEngine(sources(example()), jobs=jobs) as engine:
        batch = engine.evaluate("model", documents(count))
        assert engine.version == "1.5.2"
    assert batch.digest == example().digest
    found = [len(decision["warn"]["governance.owner"]) for decision in batch.decisions]
    assert found == [0 if n % 3 else 1 for n in range(count)]


def test_text_of_every_kind_arrives() -> None:
    odd = 'x\n"\\\x7fü\U0001f600\u2028'
    document = documents(1)[0]
    document["metadata"] = {**document["metadata"], "team": odd}
    with EmbeddedEngine(sources(example())) as engine:
        found = engine.evaluate("model", [document]).decisions[0]["warn"]["cost.gpu-limit"]
    assert found == [{"pointer": "/metadata/team", "message": f"expected a team with a quota, got '{odd}'"}]


def test_keys_and_values_of_every_kind_are_compared() -> None:
    odd = 'a"\\\n/ü'
    rules = example()
    changed = [
        rule._replace(source=rule.source + f'\nwarn contains {{"pointer": "", "message": "{n}"}} if {line}\n')
        for rule in rules.of("model")[1:]
        for n, line in enumerate(
            [
                r'input.metadata.name == "a\"\\\n/ü"',
                r'input.spec["a\"\\\n/ü"] == 1.5',
                "input.spec.large == 9223372036854775807",
                "input.spec.yes == true",
                "input.spec.none == null",
                "input.spec.list == [1, [], {}]",
                "input.spec.name == data.mlgitops_data.odd",
            ]
        )
    ]
    # one rule, so that all lines stand in it
    source = changed[0].source + "".join(rule.source[len(rules.of("model")[1].source) :] for rule in changed[1:])
    every = [rules.of("model")[0], changed[0]._replace(source=source)]
    spec = {odd: 1.5, "large": 2**63 - 1, "yes": True, "none": None, "list": [1, [], {}], "name": odd, "training": None}
    document = {"metadata": {"name": odd, "team": "growth", "owner": "@a"}, "spec": spec}
    with EmbeddedEngine(sources(RuleSet(every, {}, {**rules.data, "odd": odd}))) as engine:
        found = engine.evaluate("model", [document]).decisions[0]["warn"]["governance.owner"]
    assert sorted(finding["message"] for finding in found) == list("0123456")


def test_a_number_that_does_not_fit_is_refused() -> None:
    with EmbeddedEngine(sources(example())) as engine:
        engine.evaluate("model", [{"a": 2**63 - 1}])
        with pytest.raises(MlgitopsError, match="more than 64 bits"):
            engine.evaluate("model", [{"a": 2**63}])


def test_rego_that_does_not_compile_is_told_with_its_line() -> None:
    rules = example()
    line = '\nwarn contains sprintf("%s", ["ü"])\n\nwarn contains\n'
    broken = [rule._replace(source=rule.source + line) for rule in rules.of("model")[1:]]
    with (
        EmbeddedEngine(sources(RuleSet(broken, rules.files, rules.data))) as engine,
        pytest.raises(RulesRefused) as raised,
    ):
        engine.evaluate("model", documents(1))
    place = "policies/governance/owner/owner.rego:17:6"
    assert [(f.code, str(f.location)) for f in raised.value.findings] == [("policy/rego", place)]


def test_fractions_keep_their_value() -> None:
    rules = example()
    line = '\nwarn contains {"pointer": "", "message": json.marshal(number)} if some number in input.spec.numbers\n'
    every = [rules.of("model")[0], rules.of("model")[1]._replace(source=rules.of("model")[1].source + line)]
    numbers = [0.02, 99.9, 1e-9, 0.30000000000000004, 123456.789, 3]
    metadata = {"team": "growth", "owner": "@a"}
    document = {"metadata": metadata, "spec": {"training": None, "numbers": numbers}}
    with EmbeddedEngine(sources(RuleSet(every, {}, rules.data))) as engine:
        found = engine.evaluate("model", [document]).decisions[0]["warn"]["governance.owner"]
    assert sorted(float(finding["message"]) for finding in found) == sorted(numbers)


def test_a_crash_ends_a_child_alone() -> None:
    asked = sources(example())
    crashing = asked._replace(modules={**asked.modules, **asked.batches})  # `with input as` over sets
    with (
        EmbeddedEngine(crashing) as engine,
        pytest.raises(EvaluationFailed, match="the embedded engine crashed") as raised,
    ):
        engine.evaluate("model", documents(1))
    assert raised.value.exit_code == 3
    assert raised.value.hint == "install opa, and use `--engine opa`"


@pytest.mark.parametrize(
    ("worker", "message"),
    [
        ("print('no json')", "answer cannot be read"),
        ("import regopy_is_not_there", "exit code 1"),
        ("raise ModuleNotFoundError(\"No module named 'regopy'\")", "is not installed"),
        ("import os; os.abort()", "crashed"),
        ('print(\'{"broken": "b"}\')', "the embedded engine cannot use the rules: b"),
        ('print(\'{"failed": "f"}\')', "^f$"),
    ],
)
def test_a_child_that_answers_something_else(
    worker: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(f"import sys\nsys.stdin.read()\n{worker}\n")
    monkeypatch.setattr(embedded, "WORKER", script)
    with EmbeddedEngine(sources(example())) as engine, pytest.raises(MlgitopsError, match=message) as raised:
        engine.evaluate("model", documents(1))
    assert raised.value.exit_code == 3


def test_our_own_process_never_loads_the_library() -> None:
    script = (
        "import sys\n"
        "from mlgitops.programs.embedded import EmbeddedEngine\n"
        "from mlgitops.policy.harness import sources\n"
        "from tests.policy.example import example\n"
        "print(EmbeddedEngine(sources(example())).evaluate('model', [{}]).digest, 'regopy' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = run([sys.executable, "-c", script], cwd=root, env=environment(), timeout=60)
    assert done.stdout.decode().split() == [example().digest, "False"]
