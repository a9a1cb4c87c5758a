"""MLflow alone: what stands of several, a server that is none or says odd things, and the sign Job with it."""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mlgitops.contract import places
from mlgitops.contract.registered import version_name
from mlgitops.problem import RunProblem
from mlgitops.registry import mlflow_rest
from mlgitops.registry.mlflow import MlflowRegistry, ModelVersion, first_of_each
from tests.registry.examples import example, run_of
from tests.registry.mlflow_server import free_port
from tests.runtime.sign.world import NOON, RUN, World


@contextmanager
def answering(status=200, body=b"{}", headers=()):
    """A server that gives the same answer to whatever it is asked; the requests that it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            got.append((self.path, dict(self.headers)))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def problem_of(address):
    with pytest.raises(RunProblem) as caught:
        MlflowRegistry(address).find("churn", "r0123456789")
    return caught.value


def test_of_several_the_lowest_number_stands():
    found = [
        ModelVersion(number, "", "", {"mlgitops.version": name} if name else {})
        for number, name in [(12, "a"), (3, "b"), (2, "a"), (1, ""), (10, "b")]
    ]
    assert {name: one.number for name, one in first_of_each(found).items()} == {"a": 2, "b": 3}


def test_a_server_that_is_down():
    problem = problem_of(f"http://127.0.0.1:{free_port()}")
    assert (problem.code, problem.exit_code) == ("registry/failed", 3)
    assert problem.message == "the MLflow registry at 127.0.0.1 does not answer: [Errno 111] Connection refused"


def test_a_server_that_is_slow(monkeypatch):
    """It takes the connection and says nothing."""
    import socket

    monkeypatch.setattr(mlflow_rest, "TIMEOUT", 0.2)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        problem = problem_of(f"http://127.0.0.1:{listening.getsockname()[1]}")
    assert (problem.code, problem.exit_code) == ("registry/failed", 3)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"", "store/permission"),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "no"}', "store/permission"),
        (500, b"<html>", "registry/failed"),
        (503, b"[]", "registry/failed"),
        (302, b"", "registry/failed"),
        (200, b"<html>", "registry/failed"),
        (200, b"[]", "registry/failed"),
        (200, b"[" * 100_000, "registry/failed"),
    ],
)
def test_odd_answers(status, body, code):
    with answering(status, body, [("Location", "http://127.0.0.1:1/elsewhere")]) as (address, _):
        problem = problem_of(address)
    assert (problem.code, problem.exit_code) == (code, 3)


def test_an_answer_without_end_is_cut(monkeypatch):
    monkeypatch.setattr(mlflow_rest, "LARGEST_ANSWER", 100)
    with answering(body=b'{"model_versions": []}' + b" " * 200) as (address, _):
        assert MlflowRegistry(address).versions("churn") == []
    with answering(body=b'{"a": "' + b"x" * 200 + b'"}') as (address, _):
        assert problem_of(address).code == "registry/failed"


def test_credentials_are_mlflows_own(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "sign")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "a pass")
    with answering() as (address, got):
        MlflowRegistry(address).versions("churn")
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "a token")
        MlflowRegistry(address).versions("churn")
    # printf 'sign:a pass' | base64
    assert [headers["Authorization"] for _, headers in got] == ["Basic c2lnbjphIHBhc3M=", "Bearer a token"]
    assert got[0][0] == "/api/2.0/mlflow/model-versions/search?filter=name%3D%27churn%27&max_results=1000"


@pytest.mark.parametrize("address", ["ftp://host", "http://", "https://user:secret@host", "file:///registry", "host"])
def test_an_address_that_is_none(address):
    with pytest.raises(RunProblem) as caught:
        MlflowRegistry(address)
    assert caught.value.code == "store/uri"
    assert "secret" not in str(caught.value)


def test_a_record_that_was_changed_in_place_is_damaged(mlflow_address, key, tmp_path):
    model = f"m{uuid.uuid4().hex[:12]}"
    registry = MlflowRegistry(mlflow_address)
    made = example(tmp_path / "made", key, run_of(1), model)
    registry.register(made.version, made.folder)
    (found,) = registry._all(model)
    registry._files(found).write("version.json", b"{}")
    for call in (lambda: registry.versions(model), lambda: registry.find(model, made.version.version)):
        with pytest.raises(RunProblem) as caught:
            call()
        assert caught.value.code == "registry/damaged"
        assert f"version.json of {model} {made.version.version} (MLflow's version 1)" in caught.value.message


def test_people_see_scores_and_hyperparameters_in_mlflow(mlflow_address, key, tmp_path):
    model = f"m{uuid.uuid4().hex[:12]}"
    registry = MlflowRegistry(mlflow_address)
    made = example(tmp_path / "made", key, run_of(1), model)
    registry.register(made.version, made.folder)
    (found,) = registry._all(model)
    run = registry._rest.get("runs/get", run_id=found.mlflow_run)["run"]
    assert {one["key"]: one["value"] for one in run["data"]["metrics"]} == {"auc": 0.9, "auc/new": 0.8}
    assert {one["key"]: one["value"] for one in run["data"]["params"]} == {"eta": "0.1", "max_depth": "3"}
    assert (run["info"]["status"], run["info"]["run_name"]) == ("FINISHED", made.version.version)


def test_the_sign_job_registers_in_mlflow(mlflow_address, key, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(places.CODE_VARIABLE, str(tmp_path / "code"))
    monkeypatch.setenv(places.RUN_VARIABLE, RUN)
    monkeypatch.setenv(places.SIGNING_KEY_VARIABLE, str(key.private.parent))
    world = World(tmp_path, key)
    world.config["stores"].update(registry=mlflow_address, registryKind="mlflow")
    world.sign(NOON)
    world.sign(NOON)
    assert capsys.readouterr().out == (
        f"churn {RUN}: registered as {version_name(RUN)}, signed by ml-platform\n"
        f"churn {RUN}: it is registered as {version_name(RUN)}\n"
    )
    assert [one.run for one in MlflowRegistry(mlflow_address).versions("churn")] == [RUN]
