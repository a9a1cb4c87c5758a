"""An OPA server as an engine: ours, and one of somebody else."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.policy.decide import Question, decide
from mlgitops.policy.engine import EvaluationFailed
from mlgitops.policy.harness import sources
from mlgitops.policy.refused import RulesRefused
from mlgitops.policy.rules import RuleSet
from mlgitops.programs import opa_server
from mlgitops.programs.opa_server import Address, ServerEngine, started
from mlgitops.programs.process import require
from tests.policy.example import SHAPES, example
from tests.policy.good import base_document


def documents(count: int) -> list[dict[str, Any]]:
    good = base_document(example(), "model", SHAPES["model"])
    return [{**good, "metadata": {**good["metadata"], "owner": "@a" if n % 3 else None}} for n in range(count)]


def owners(decisions: Any) -> list[int]:
    return [len(decision["warn"]["governance.owner"]) for decision in decisions]


@pytest.fixture(scope="module")
def server() -> Iterator[ServerEngine]:
    with started(sources(example()), require("opa"), jobs=2) as engine:
        yield engine


def test_answers_come_in_the_order_of_the_documents(server: ServerEngine) -> None:
    batch = server.evaluate("model", documents(700))
    assert batch.digest == example().digest
    assert owners(batch.decisions) == [0 if n % 3 else 1 for n in range(700)]
    assert server.version.split(".") >= ["1", "21", "3"]


def test_a_server_is_asked_by_several_threads(server: ServerEngine) -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda count: server.evaluate("model", documents(count)), range(1, 25)))
    assert [owners(batch.decisions) for batch in batches] == [
        [0 if n % 3 else 1 for n in range(count)] for count in range(1, 25)
    ]


def test_only_our_token_opens_it(server: ServerEngine) -> None:
    for token in ("", "another"):
        with pytest.raises(MlgitopsError, match="refused with status 401") as raised:
            ServerEngine(server._address, token).evaluate("model", documents(1))
        assert raised.value.hint == "give its token"


def test_nobody_can_give_it_other_rules(server: ServerEngine) -> None:
    from opa_client import OpaClient
    from opa_client.errors import RegoParseError

    host, port, secure = server._address
    with (
        OpaClient(host=host, port=port, ssl=secure, token=server._token) as client,
        pytest.raises(RegoParseError, match="owned by bundle"),
    ):
        client.update_policy_from_string("package mlgitops.cost.gpu_limit\n", "x", rego_compat=False)


def test_a_server_with_other_rules_is_not_believed(server: ServerEngine) -> None:
    rules = example()
    changed = RuleSet([r._replace(source=r.source + "# newer\n") for r in rules.rules], rules.files, rules.data)
    with pytest.raises(MlgitopsError, match="other rules were asked than those on disk") as raised:
        decide(server, changed, "model", [Question("a@b", documents(1)[0])], SHAPES["model"])
    assert raised.value.hint == "publish these rules to the server, or use `--engine opa`"


def test_a_server_without_the_scope(server: ServerEngine) -> None:
    with pytest.raises(MlgitopsError, match="has no decision of scope none: the result is undefined"):
        server.evaluate("none", documents(1))  # type: ignore[arg-type]


def test_rules_that_do_not_compile_stop_the_start() -> None:
    rules = example()
    broken = RuleSet([r._replace(source=r.source + "deny contains\n") for r in rules.rules], rules.files, rules.data)
    with (
        pytest.raises(RulesRefused) as raised,
        started(sources(broken), require("opa")),
    ):
        raise AssertionError("started")
    assert [finding.location.path for finding in raised.value.findings] == sorted(r.path for r in rules.rules)


def test_one_that_hangs_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked for what is wrong with the rules as well."""
    monkeypatch.setattr(opa_server, "PATIENCE", 0.3)
    program = tmp_path / "opa"
    program.write_text(f"#!/bin/sh\necho $1 >> {tmp_path}/asked\nexec sleep 600\n")
    program.chmod(0o755)
    with pytest.raises(MlgitopsError) as raised, started(sources(example()), str(program)):
        raise AssertionError("started")
    assert (str(raised.value), raised.value.exit_code) == ("our OPA server did not start: it said nothing", 3)
    assert (tmp_path / "asked").read_text() == "run\n"


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        engine = ServerEngine(Address("127.0.0.1", taken.getsockname()[1], secure=False))
        with pytest.raises(MlgitopsError, match="gave no answer") as raised:
            engine.evaluate("model", documents(1))
    assert raised.value.hint == "see that it runs"


def test_proxies_are_not_asked_about_our_own_machine(server: ServerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert owners(server.evaluate("model", documents(2)).decisions) == [1, 0]


@contextmanager
def answering(status: int, body: bytes) -> Iterator[ServerEngine]:
    """A server that answers everything alike."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield ServerEngine(Address("127.0.0.1", listening.server_address[1], secure=False))
        finally:
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"{}", "the result is undefined"),
        (200, b"[]", "the result is undefined"),
        (200, b'{"result": true}', "the result is undefined"),
        (200, b'{"result": {"decisions": []}}', "the result is undefined"),
        (200, b"not json", "gave no answer"),
        (404, b"<html>no</html>", "refused with status 404: <html>no</html>"),
        (503, b"", "refused with status 503"),
        (400, b'{"code": "invalid_parameter", "message": "m"}', "refused with status 400: m"),
        (500, b'{"errors": [{"code": "rego_type_error", "message": "m"}]}', "refused with status 500: m"),
        (500, b'{"errors": [1]}', "refused with status 500"),
    ],
)
def test_a_server_that_answers_something_else(status: int, body: bytes, message: str) -> None:
    with answering(status, body) as engine, pytest.raises(MlgitopsError, match=message) as raised:
        engine.evaluate("model", documents(1))
    assert raised.value.exit_code == 3
    assert not isinstance(raised.value, EvaluationFailed)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://localhost:8181", ("localhost", 8181, False)),
        ("https://opa.example.com", ("opa.example.com", 443, True)),
        ("http://opa.example.com/", ("opa.example.com", 80, False)),
    ],
)
def test_addresses(url: str, address: tuple[str, int, bool]) -> None:
    assert Address.of(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "opa.example.com",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://a@x",
        "http://x/v1",
        "http://x?q",
        "file:///x",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(UsageError, match="OPA server, got"):
        Address.of(url)
