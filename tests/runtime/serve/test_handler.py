"""Requests to a handler: what is answered, what is refused and how that is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgitops.runtime.serve.handler import Handler
from tests.runtime.predict import artifacts
from tests.runtime.serve.served import RECORD, SERVED, Notes, ask, content, handler_of

HEAD = {"model": SERVED.model, "version": SERVED.version}


@pytest.fixture(scope="module")
def handler(tmp_path_factory: pytest.TempPathFactory) -> Handler:
    folder = tmp_path_factory.mktemp("artifact")
    artifacts.xgboost_binary(folder)
    return handler_of(folder, explain=True)


def notes(handler: Handler) -> Notes:
    watch = handler.watch
    assert isinstance(watch, Notes)
    return watch


def test_one_record_and_many(handler: Handler) -> None:
    other = {"age": 7, "income": None, "plan": "no such plan"}
    columns: dict[str, list[Any]] = {"age": [41, 7], "income": [52.5, None], "plan": ["pro", "no such plan"]}
    expected = handler.model.answers(columns)
    one = ask(handler, "/predict", RECORD, {"x-request-id": "order-1"})
    assert one.status == 200
    assert content(one) == {**HEAD, "id": "order-1", "prediction": expected[0]}
    assert one.headers == {"x-request-id": "order-1"}
    many = ask(handler, "/predict", [RECORD, other], {"x-request-id": "order-2"})
    assert content(many) == {**HEAD, "id": "order-2", "predictions": expected}
    assert content(ask(handler, "/predict", [RECORD]))["predictions"] == expected[:1]


def test_what_is_told_to_watching(handler: Handler) -> None:
    notes(handler).observed.clear()
    notes(handler).codes.clear()
    ask(handler, "/predict", [RECORD, {"age": 1, "plan": "basic"}], {"x-request-id": "a"})
    ask(handler, "/predict", RECORD, {"x-request-id": "b"})
    ask(handler, "/predict", {"age": "old"})
    [(matrix, columns, answers, ids), (_, _, _, only)] = notes(handler).observed
    np.testing.assert_array_equal(matrix, np.array([[41, 52.5, 2], [1, np.nan, 0]], np.float32))
    assert columns == {"age": [41, 1], "income": [52.5, None], "plan": ["pro", "basic"]}
    assert [sorted(answer) for answer in answers] == [["label", "probability"]] * 2
    assert (ids, only) == (["a-0", "a-1"], ["b"])
    assert notes(handler).codes == ["ok", "ok", "invalid"]


@pytest.mark.parametrize("given_id", ["", "two words", "x" * 129, "a\nb", "ü", 'say "yes"'])
def test_an_id_that_is_none_is_replaced(handler: Handler, given_id: str) -> None:
    reply = ask(handler, "/predict", RECORD, {"x-request-id": given_id})
    assert len(content(reply)["id"]) == 32
    assert content(reply)["id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"age": 41}, [("plan", None)]),
        ({**RECORD, "colour": "red"}, [("colour", "is no field of the model")]),
        ({"age": 41, "income": 1.0, "Plan": "pro"}, [("Plan", "is no field of the model")]),
        ({**RECORD, "age": "41"}, [("age", "must be a number, got a string")]),
        ({**RECORD, "age": True}, [("age", "must be a number, got a boolean")]),
        ({**RECORD, "age": None}, [("age", "must not be null")]),
        ({**RECORD, "age": [41]}, [("age", "must be a number, got a list")]),
        ({**RECORD, "age": 41.5}, [("age", "must be a whole number")]),
        ({**RECORD, "age": 2**63}, [("age", "must be a whole number that int64 holds")]),
        ({**RECORD, "income": 10**39}, [("income", "must be a finite number that float32 holds")]),
        ({**RECORD, "plan": 3}, [("plan", "must be a string, got a number")]),
    ],
)
def test_a_record_that_is_wrong(handler: Handler, record: dict[str, Any], fields: list[tuple[str, str | None]]) -> None:
    reply = ask(handler, "/predict", [RECORD, record])
    if fields == [("plan", None)]:
        assert reply.status == 200, "what is nullable may be left out"
        return
    assert reply.status == 422
    told = content(reply)["error"]
    assert told["code"] == "request/invalid"
    assert told["fields"] == [{"record": 1, "field": name, "message": message} for name, message in fields]
    assert {**content(reply), "error": 0, "id": 0} == {**HEAD, "error": 0, "id": 0}


def test_every_wrong_field_is_told_and_no_value(handler: Handler) -> None:
    secret = "p4ssw0rd"
    told = content(ask(handler, "/predict", [{"plan": [secret], "b": secret}] * 30))["error"]
    assert told["message"] == "90 fields are wrong"
    assert len(told["fields"]) == 20
    assert [field["message"] for field in told["fields"][:3]] == [
        "is no field of the model",
        "is missing",
        "must be a string, got a list",
    ]
    assert secret not in json.dumps(told)


def test_numbers_of_json_are_one_kind(handler: Handler) -> None:
    [a, b] = content(ask(handler, "/predict", b'[{"age":41.0,"income":52},{"age":41,"income":52.0}]'))["predictions"]
    assert a == b


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "must be JSON"),
        (b"{", 400, "must be JSON"),
        (b'{"\xff": 1}', 400, "invalid unicode code point"),
        (b'{"age": NaN}', 400, "expected value at line 1 column 9"),
        (b'{"age": -Infinity}', 400, "invalid number at line 1 column 10"),
        (b'{"age": "\\ud800"}', 400, "end of hex escape"),
        (b"[" * 100_000, 400, "recursion limit exceeded"),
        (b"9" * 5000, 400, "number out of range"),
        (b"[]", 422, "1 to 10000 records, got 0"),
        (b"7", 422, "got a number"),
        (b"null", 422, "got a null"),
        (b"[[1]]", 422, "a list with a list"),
        (b'{"age": 1, "income": 1e400, "plan": "pro"}', 422, "1 field is wrong"),
        (b'{"age": 1, "income": -1e400, "plan": "pro"}', 422, "1 field is wrong"),
        (b"[" + b",".join([b"{}"] * 10_001) + b"]", 413, "got 10001"),
        (b'"' + b"x" * 10_000_000 + b'"', 413, "at most 10000000 bytes, got 10000002"),
    ],
    ids=range(16),
)
def test_a_body_that_is_wrong(handler: Handler, body: bytes, status: int, says: str) -> None:
    reply = ask(handler, "/predict", body)
    assert reply.status == status
    assert says in content(reply)["error"]["message"]


def test_a_large_body_is_answered_too(handler: Handler) -> None:
    reply = ask(handler, "/predict", [RECORD] * 10_000)
    predictions = content(reply)["predictions"]
    assert len(predictions) == 10_000
    assert predictions[0] == predictions[-1] == content(ask(handler, "/predict", RECORD))["prediction"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/predict", 405),
        ("DELETE", "/v2/models/churn/infer", 405),
        ("POST", "/readyz", 405),
        ("GET", "/", 404),
        ("GET", "/predict/", 404),
        ("GET", "/v2/models", 404),
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/churn/versions/v1", 404),
        ("GET", "/v2/models/churn/versions", 404),
        ("GET", "/v2/models/churn/config", 404),
        ("GET", "/v2/health", 404),
    ],
)
def test_paths_and_methods_that_are_none(handler: Handler, method: str, path: str, status: int) -> None:
    reply = ask(handler, path, method=method)
    assert reply.status == status
    error = content(reply)["error"]
    assert isinstance(error, str if path.startswith("/v2") else dict)


def test_a_replica_says_what_it_serves(handler: Handler) -> None:
    for path in ("/readyz", "/livez"):
        assert content(ask(handler, path)) == {"ready": True, **HEAD, "digest": SERVED.digest}


def test_explanations_add_up_to_the_margin(handler: Handler) -> None:
    reply = ask(handler, "/explain", [RECORD, {"age": 3, "plan": "plus"}])
    for found in content(reply)["explanations"]:
        margin = found["explanation"]["start"] + sum(found["explanation"]["contributions"].values())
        assert 1 / (1 + np.exp(-margin)) == pytest.approx(found["prediction"]["probability"], rel=1e-5)
        assert list(found["explanation"]["contributions"]) == ["age", "income", "plan"]
    one = content(ask(handler, "/explain", RECORD))
    assert sorted(one) == ["explanation", "id", "model", "prediction", "version"]
    assert ask(handler, "/explain", [RECORD] * 101).status == 413


def test_explanations_are_limited(handler: Handler) -> None:
    handler._explaining = 2
    try:
        reply = ask(handler, "/explain", RECORD)
    finally:
        handler._explaining = 0
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")


def test_other_models_are_explained_by_replacement(tmp_path: Path) -> None:
    from sklearn.linear_model import Ridge

    ridge = artifacts.sklearn_onnx(tmp_path, Ridge(), "regression")
    explanation = content(ask(handler_of(tmp_path, explain=True), "/explain", RECORD))["explanation"]
    # Without a profile the usual age is the middle of its range, 60, and the usual plan the first, basic.
    assert explanation["contributions"]["age"] == pytest.approx((41 - 60) * ridge.coef_[0], rel=1e-3)
    assert explanation["contributions"]["plan"] == pytest.approx(2 * ridge.coef_[2], rel=1e-3)
    assert (explanation["scale"], explanation["method"]) == ("value", "replacement")
    assert ask(handler_of(tmp_path), "/explain", RECORD).status == 404


def test_a_model_without_an_answer(tmp_path: Path) -> None:
    from sklearn.linear_model import Ridge

    artifacts.sklearn_onnx(tmp_path, Ridge(), "regression")
    handler = handler_of(tmp_path)
    reply = ask(handler, "/predict", {"age": 1, "plan": "pro"})
    assert (reply.status, content(reply)["error"]["code"]) == (422, "request/no-answer")
    assert notes(handler).codes == ["invalid"]


def test_a_predictor_that_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = "class Answer:\n def __init__(self, artifact): pass\n def predict(self, rows): return 1 / 0\n"
    artifacts.custom(tmp_path / "artifact", tmp_path / "code", source)
    handler = handler_of(tmp_path / "artifact", code=tmp_path / "code", entrypoint="answer:Answer")
    reply = ask(handler, "/predict", RECORD, {"x-request-id": "order-9"})
    assert (reply.status, content(reply)["error"]["code"]) == (500, "predictor/failed")
    assert "ZeroDivision" not in reply.body.decode()
    assert "request order-9 failed: predictor/failed" in caplog.text
    assert notes(handler).codes == ["error"]


def test_feedback_goes_to_watching_and_may_ask(handler: Handler) -> None:
    columns = {"age": [41], "income": [52.5], "plan": ["pro"]}
    reply = ask(handler, "/feedback", columns, {"authorization": "Bearer x"})
    assert reply.status == 202
    assert content(reply)["authorization"] == "Bearer x"
    assert content(reply)["answers"] == [content(ask(handler, "/predict", RECORD))["prediction"]]
    assert ask(handler, "/feedback", {"age": ["old"], "plan": [""]}).status == 422
