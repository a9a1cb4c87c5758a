"""The opa program as an engine and as a checker of rules: the real one, and programs that only look like it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.policy.engine import Batch, Document
from mlgitops.policy.harness import sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.programs import opa
from mlgitops.programs.chunks import in_chunks
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.opa_checks import check_modules, run_tests, without_null
from mlgitops.programs.process import ProgramMissing, require
from mlgitops.source import Location
from tests.policy.example import SCHEMAS, SHAPES, example
from tests.policy.good import base_document

ROOT = Path(__file__).resolve().parents[2]
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


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    with TemporaryDirectory(dir="/tmp") as short:  # a socket's address has few characters, and tmp_path many
        monkeypatch.setattr("tempfile.tempdir", short)
        with OpaEngine(sources(example()), require("opa")) as engine:
            engine.evaluate("model", documents(1))
            assert len(os.listdir(short)) == 1
        assert os.listdir(short) == []


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


ANSWERS = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("opa.sock")
listener.listen()
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as asked:
        head = list(iter(asked.readline, b"\\r\\n")) if asked.peek() else []
        length = [int(line.partition(b":")[2]) for line in head if line.lower().startswith(b"content-length:")]
        if length and asked.read(length[0]):  # not the look whether anybody answers
            connection.sendall({answer!r})
"""


def pretender(tmp_path: Path, script: str) -> str:
    path = tmp_path / "opa"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def answering(tmp_path: Path, content: bytes, status: str = "200 OK") -> str:
    """A program that gives every question this answer."""
    code = tmp_path / "server.py"
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    code.write_text(ANSWERS.format(answer=head + content))
    return pretender(tmp_path, f"exec {sys.executable} {code}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "opa gave no answer that can be read: nothing"),
        (b"not json", "opa gave no answer that can be read: not json"),
        (b"[]", "opa gave no decision: the result is undefined"),
        (b"{}", "opa gave no decision: the result is undefined"),
        (b'{"result": true}', "opa gave no decision: the result is undefined"),
    ],
)
def test_a_program_that_answers_something_else(tmp_path: Path, content: bytes, message: str) -> None:
    with OpaEngine(sources(example()), answering(tmp_path, content)) as engine, pytest.raises(MlgitopsError) as raised:
        engine.evaluate("model", documents(1))
    assert (str(raised.value), raised.value.exit_code) == (message, 3)


def test_a_program_that_refuses(tmp_path: Path) -> None:
    program = answering(tmp_path, b'{"code": "internal_error", "message": "out of order"}', "500 Internal Server Error")
    with OpaEngine(sources(example()), program) as engine, pytest.raises(MlgitopsError) as raised:
        engine.evaluate("model", documents(1))
    assert (str(raised.value), raised.value.exit_code) == ("opa refused with status 500: out of order", 3)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("true", "opa did not start: it said nothing"),
        ("echo out of order >&2; exit 7", "opa did not start: out of order"),
        ("kill -9 $$", "opa did not start: it said nothing"),
        ("echo busy; exec sleep 600", "opa did not answer within 0.3 s: busy"),
    ],
)
def test_a_program_that_never_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setattr(opa, "PATIENCE", 0.3)
    program = pretender(tmp_path, script)
    with OpaEngine(sources(example()), program) as engine, pytest.raises(MlgitopsError) as raised:
        engine.evaluate("model", documents(1))
    assert (str(raised.value), raised.value.exit_code) == (message, 3)


def test_a_program_that_ends_while_it_is_asked(tmp_path: Path) -> None:
    code = tmp_path / "server.py"
    code.write_text(ANSWERS.format(answer=b"").replace("connection.sendall(b'')", "os.kill(os.getpid(), 9)"))
    program = pretender(tmp_path, f"exec {sys.executable} {code}")
    with OpaEngine(sources(example()), program) as engine, pytest.raises(MlgitopsError, match="opa gave no answer: "):
        engine.evaluate("model", documents(1))


def test_one_that_is_stuck_holds_nobody_who_is_interrupted(tmp_path: Path) -> None:
    """As by Ctrl-C while OPA was stopped: its server and its folder go, and the questions with them."""
    code = (
        "import os, signal, sys, threading\nfrom mlgitops.programs.opa import OpaEngine\n"
        "from mlgitops.policy.harness import sources\nfrom mlgitops.programs.process import require\n"
        "from tests.policy.example import example\nfrom tests.programs.test_opa import documents\n"
        "def interrupt():\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "with OpaEngine(sources(example()), require('opa'), jobs=2) as engine:\n"
        "    engine.ready(); print(engine._server.pid, flush=True); os.kill(engine._server.pid, signal.SIGSTOP)\n"
        "    threading.Timer(0.3, interrupt).start()\n"
        "    try:\n        engine.evaluate('model', documents(8))\n"
        "    except KeyboardInterrupt:\n        print('interrupted', flush=True); raise SystemExit(130)\n"
    )
    begun, env = time.monotonic(), {**os.environ, "TMPDIR": str(tmp_path)}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, env=env, timeout=60, check=False)
    pid, said = done.stdout.splitlines()
    assert (said, done.returncode, done.stderr) == ("interrupted", 130, "")
    assert time.monotonic() - begun < 20
    assert not _runs(int(pid))
    assert list(tmp_path.iterdir()) == []


def test_what_opa_says_at_every_start_is_not_why_it_failed(tmp_path: Path) -> None:
    warning = '{"level":"warning","msg":"OPA running with uid or gid 0. Not recommended.","time":"2026-01-01"}'
    error = '{"level":"error","msg":"Listener failed"}'
    program = pretender(tmp_path, f"echo '{warning}'; echo '{error}' >&2; echo panic; exit 2")
    with OpaEngine(sources(example()), program) as engine, pytest.raises(MlgitopsError) as raised:
        engine.evaluate("model", documents(1))
    assert str(raised.value) == f"opa did not start: {error}\\npanic"
    program = pretender(tmp_path, f"echo '{warning}'; exit 2")
    with OpaEngine(sources(example()), program) as engine, pytest.raises(MlgitopsError) as raised:
        engine.evaluate("model", documents(1))
    assert str(raised.value) == "opa did not start: it said nothing"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing), OpaEngine(sources(example()), str(tmp_path / "opa")):
        pass


def test_rules_that_do_not_compile() -> None:
    broken = sources(example())._replace(modules={OWNER: "package a\n\ndeny contains x if y\n"})
    with OpaEngine(broken, require("opa")) as engine, pytest.raises(RulesRefused) as raised:
        engine.evaluate("model", documents(1))
    assert [(f.code, str(f.location)) for f in raised.value.findings] == [("policy/rego", f"{OWNER}:3:15")]


def test_it_ends_with_whom_it_works_for() -> None:
    """However that ends: a killed run leaves no server behind."""
    code = (
        "import sys, time\nfrom mlgitops.programs.opa import OpaEngine\nfrom mlgitops.programs.process import require\n"
        "from mlgitops.policy.harness import sources\nfrom tests.policy.example import example\n"
        "with OpaEngine(sources(example()), require('opa')) as engine:\n"
        "    engine.ready(); print(engine._server.pid, flush=True); time.sleep(600)\n"
    )
    ours = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with ours:
        assert ours.stdout is not None
        pid = int(ours.stdout.readline())
        os.kill(pid, 0)
        ours.kill()
    for _ in range(500):
        if not _runs(pid):
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} still runs")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_long_path_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than the address of a socket may be."""
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with OpaEngine(sources(example()), require("opa")) as engine:
        assert len(engine.evaluate("model", documents(1)).decisions) == 1


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
