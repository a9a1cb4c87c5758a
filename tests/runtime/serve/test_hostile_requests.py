"""10,000 requests that try to break a handler: none is answered with a 5xx, and every answer is JSON or a tensor.

Most are nearly right, one value of the signature's names and types being hostile: what is plain nonsense is refused by
the first check and never reaches the others.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgitops.runtime.serve.handler import Handler
from tests.runtime.predict import artifacts
from tests.runtime.serve.served import RECORD, ask, handler_of

CASES = 2_500
"""For each of the four tests."""
HOSTILE = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))

NUMBER = (
    st.integers()
    | st.floats()
    | st.sampled_from([2**31, -(2**63) - 1, 2**64, 10**400, 1e308, -0.0, 5e-324, float("nan"), float("inf")])
)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
RECORDS = st.builds(
    lambda some, drop: {name: value for name, value in (RECORD | some).items() if name not in drop},
    st.dictionaries(st.sampled_from(["age", "income", "plan", "x", ""]), VALUE, max_size=3),
    st.sets(st.sampled_from(sorted(RECORD)), max_size=1),
)


@pytest.fixture(scope="module")
def handler(tmp_path_factory: pytest.TempPathFactory) -> Handler:
    folder = tmp_path_factory.mktemp("artifact")
    artifacts.xgboost_binary(folder)
    return handler_of(folder, explain=True)


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode(errors="surrogatepass")


def survives(handler: Handler, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    reply = ask(handler, path, body, headers or {}, "POST")
    assert reply.status < 500, reply
    if reply.content_type == "application/json":
        json.loads(reply.body)
    return reply.status


@HOSTILE
@given(
    body=st.binary() | VALUE.map(as_bytes),
    path=st.sampled_from(["/predict", "/explain", "/v2/models/churn/infer", "/v2"]) | st.text(),
    headers=st.dictionaries(
        st.sampled_from(["x-request-id", "inference-header-content-length", "authorization", "content-type"]),
        st.text(max_size=20) | st.integers().map(str),
    ),
)
def test_anything_at_all(handler: Handler, body: bytes, path: str, headers: dict[str, str]) -> None:
    survives(handler, path, body, headers)


@HOSTILE
@given(body=(RECORDS | st.lists(RECORDS, max_size=4)).map(as_bytes), path=st.sampled_from(["/predict", "/explain"]))
def test_records_of_which_a_value_is_hostile(handler: Handler, body: bytes, path: str) -> None:
    survives(handler, path, body)


TENSOR = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["age", "income", "plan"]) | st.text(max_size=3),
        "shape": st.just([1]) | st.just([1, 1]) | st.lists(NUMBER, max_size=3) | VALUE,
        "datatype": st.sampled_from(["INT64", "FP32", "BYTES", "BOOL", "UINT8", "FP16", "BF16"]) | VALUE,
    },
    optional={"data": st.lists(NUMBER | st.text(), max_size=3) | VALUE, "parameters": VALUE},
)
INFERENCE = st.fixed_dictionaries(
    {"inputs": st.lists(TENSOR, max_size=4) | VALUE},
    optional={"id": VALUE, "outputs": st.lists(st.fixed_dictionaries({"name": VALUE}), max_size=2) | VALUE},
)


@HOSTILE
@given(body=INFERENCE.map(as_bytes))
def test_inference_requests_of_which_a_tensor_is_hostile(handler: Handler, body: bytes) -> None:
    survives(handler, "/v2/models/churn/infer", body)


def binary_tensors(sizes: list[int], datatypes: list[str]) -> Any:
    return {
        "inputs": [
            {"name": name, "shape": [1, 1], "datatype": datatype, "parameters": {"binary_data_size": size}}
            for name, size, datatype in zip(("age", "income", "plan"), sizes, datatypes, strict=True)
        ]
    }


@HOSTILE
@given(
    sizes=st.lists(st.sampled_from([0, 3, 4, 8, 11, -1, 2**63]) | st.integers(), min_size=3, max_size=3),
    datatypes=st.lists(st.sampled_from(["INT64", "FP32", "BYTES"]), min_size=3, max_size=3),
    data=st.binary(max_size=40),
    wrong=st.integers(-2, 2),
)
def test_binary_tensors_that_lie_about_their_sizes(
    handler: Handler, sizes: list[int], datatypes: list[str], data: bytes, wrong: int
) -> None:
    head = as_bytes(binary_tensors(sizes, datatypes))
    survives(
        handler, "/v2/models/churn/infer", head + data, {"inference-header-content-length": str(len(head) + wrong)}
    )


def test_what_is_nearly_right_is_right_without_the_hostile_value(handler: Handler) -> None:
    assert survives(handler, "/predict", as_bytes(RECORD)) == 200
    inputs = [
        {"name": name, "shape": [1, 1], "datatype": datatype, "data": [RECORD[name]]}
        for name, datatype in (("age", "INT64"), ("income", "FP32"), ("plan", "BYTES"))
    ]
    assert survives(handler, "/v2/models/churn/infer", as_bytes({"inputs": inputs})) == 200
