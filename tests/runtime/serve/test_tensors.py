"""The Open Inference Protocol: tensors to records, answers to tensors, by the client that people use."""

from __future__ import annotations

import asyncio
import json
import struct
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tritonclient.grpc import service_pb2

from mlgitops import __version__
from mlgitops.runtime.serve.handler import Handler
from mlgitops.runtime.serve.inference_grpc import Inference
from mlgitops.runtime.serve.inference_messages import METHODS, messages
from mlgitops.spec.documents.model import Feature
from tests.runtime.predict import artifacts
from tests.runtime.serve.served import ask, content, handler_of

INFER = "/v2/models/churn/infer"
AGES, INCOMES, PLANS = [41, 7], [52.5, float("nan")], ["pro", "basic"]
COLUMNS: dict[str, list[Any]] = {"age": AGES, "income": [52.5, None], "plan": PLANS}


@pytest.fixture(scope="module")
def handler(tmp_path_factory: pytest.TempPathFactory) -> Handler:
    folder = tmp_path_factory.mktemp("artifact")
    artifacts.xgboost_binary(folder)
    return handler_of(folder)


def triton_inputs(client: Any) -> list[Any]:
    inputs = []
    columns = {"age": np.array(AGES), "income": np.float32(INCOMES), "plan": np.array(PLANS, object)}
    for (name, values), datatype in zip(columns.items(), ("INT64", "FP32", "BYTES"), strict=True):
        tensor = client.InferInput(name, [2, 1], datatype)
        tensor.set_data_from_numpy(values.reshape(2, 1))
        inputs.append(tensor)
    return inputs


def test_the_usual_client_gets_right_answers_over_http(handler: Handler) -> None:
    body, length = triton_http.InferenceServerClient.generate_request_body(triton_inputs(triton_http), request_id="o-1")
    reply = ask(handler, INFER, body, {"inference-header-content-length": str(length)})
    assert (reply.status, reply.content_type) == (200, "application/octet-stream")
    size = int(reply.headers["Inference-Header-Content-Length"])
    parsed = triton_http.InferenceServerClient.parse_response_body(reply.body, header_length=size)
    expected = handler.model.answers(COLUMNS)
    assert parsed.as_numpy("label").tolist() == [str(answer["label"]).encode() for answer in expected]
    assert parsed.as_numpy("probability").tolist() == [answer["probability"] for answer in expected]
    found = parsed.get_response()
    assert (found["model_name"], found["model_version"], found["id"]) == ("churn", "r3f2a91bc4d", "o-1")
    assert reply.headers["x-request-id"] == "o-1"


def test_json_tensors(handler: Handler) -> None:
    asked = {
        "id": "a",
        "inputs": [
            {"name": "plan", "datatype": "BYTES", "shape": [2], "data": PLANS},
            {"name": "age", "datatype": "INT64", "shape": [2, 1], "data": [[41], [7]]},
            {"name": "income", "datatype": "FP64", "shape": [2, 1], "data": [52.5, None]},
        ],
        "outputs": [{"name": "probability"}],
    }
    expected = [answer["probability"] for answer in handler.model.answers(COLUMNS)]
    assert content(ask(handler, INFER, asked)) == {
        "model_name": "churn",
        "model_version": "r3f2a91bc4d",
        "id": "a",
        "outputs": [{"name": "probability", "datatype": "FP64", "shape": [2], "data": expected}],
    }


def test_one_matrix_of_numbers(tmp_path: Path) -> None:
    inputs = [Feature(name=name, type="float32", nullable=True) for name in "abc"]
    artifacts.lightgbm_multiclass(tmp_path)
    artifacts.describe(
        tmp_path,
        task="multiclassClassification",
        framework="lightgbm",
        format="lightgbm",
        classes=[0, 1, 2],
        inputs=inputs,
    )
    handler = handler_of(tmp_path)
    matrix = np.array([[30, 20.5, 0], [90, np.nan, 1]], np.float32)
    asked = {"name": "features", "datatype": "FP32", "shape": [2, 3], "parameters": {"binary_data_size": 24}}
    head = json.dumps({"inputs": [asked]}).encode()
    reply = ask(handler, INFER, head + matrix.tobytes(), {"inference-header-content-length": str(len(head))})
    outputs = {output["name"]: output for output in content(reply)["outputs"]}
    expected = handler.model.scorer.scores(matrix)  # type: ignore[union-attr]
    assert outputs["probabilities"]["shape"] == [2, 3]
    assert outputs["probabilities"]["data"] == expected.ravel().tolist()
    assert outputs["label"] == {
        "name": "label",
        "datatype": "INT64",
        "shape": [2],
        "data": expected.argmax(axis=1).tolist(),
    }


def test_metadata(handler: Handler) -> None:
    assert content(ask(handler, "/v2")) == {
        "name": "mlgitops",
        "version": __version__,
        "extensions": ["binary_tensor_data"],
    }
    assert content(ask(handler, "/v2/health/live")) == {"live": True}
    assert content(ask(handler, "/v2/health/ready")) == {"ready": True}
    expected = {
        "name": "churn",
        "versions": ["r3f2a91bc4d"],
        "platform": "mlgitops_xgboost",
        "inputs": [
            {"name": "age", "datatype": "INT64", "shape": [-1, 1]},
            {"name": "income", "datatype": "FP64", "shape": [-1, 1]},
            {"name": "plan", "datatype": "BYTES", "shape": [-1, 1]},
        ],
        "outputs": [
            {"name": "label", "datatype": "BYTES", "shape": [-1]},
            {"name": "probability", "datatype": "FP64", "shape": [-1]},
        ],
    }
    for path in ("/v2/models/churn", "/v2/models/churn/versions/r3f2a91bc4d"):
        assert content(ask(handler, path)) == expected
        assert content(ask(handler, f"{path}/ready")) == {"name": "churn", "ready": True}


AGE = {"name": "age", "datatype": "INT64", "shape": [1], "data": [1]}
INCOME = {"name": "income", "datatype": "FP32", "shape": [1], "data": [1.5]}
PLAN = {"name": "plan", "datatype": "BYTES", "shape": [1], "data": ["pro"]}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, 'must be {"inputs"'),
        ({"inputs": []}, "a tensor a feature, got none"),
        ({"inputs": [3]}, "inputs must be a list of objects"),
        ({"inputs": [{**AGE, "name": 3}]}, "name must be a string"),
        ({"inputs": [{**AGE, "shape": [1.0]}]}, "shape must be a list of whole numbers"),
        ({"inputs": [{**AGE, "shape": []}]}, "shape must be a list of whole numbers"),
        ({"inputs": [{**AGE, "shape": [-1]}]}, "as many values as its shape [-1], got 1"),
        ({"inputs": [{**AGE, "shape": [10**30]}]}, "as many values as its shape"),
        ({"inputs": [{**AGE, "datatype": "INT128"}]}, "one of the protocol's data types, got 'INT128'"),
        ({"inputs": [{**AGE, "data": [1, 2]}]}, "as many values as its shape [1], got 2"),
        ({"inputs": [{"name": "age", "datatype": "INT64", "shape": [1]}]}, "must have data, or a binary_data_size"),
        ({"inputs": [{**AGE, "parameters": {"binary_data_size": 8}}]}, "binary_data_size of bytes that follow"),
        ({"inputs": [{**AGE, "shape": [1, 1, 1]}, INCOME, PLAN]}, "shape [n] or [n, 1], got [1, 1, 1]"),
        ({"inputs": [AGE, AGE]}, "named once, got 'age' twice"),
        ({"inputs": [AGE, INCOME, {**PLAN, "shape": [2], "data": ["a", "b"]}]}, "as many rows, got 1, 2"),
        ({"inputs": [AGE, INCOME]}, "") ,
        ({"inputs": [INCOME]}, "record 0, 'age': is missing"),
        ({"inputs": [{**AGE, "datatype": "FP32", "data": [1.5]}, INCOME]}, "'age': must be a whole number"),
        ({"inputs": [AGE, {**INCOME, "data": [10**39]}]}, "'income': must be a finite number"),
        ({"inputs": [AGE, {**PLAN, "data": [5]}]}, "'plan': must be a string, got a number"),
        ({"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}]}, "of numbers"),
        ({"inputs": [AGE], "outputs": [{"name": "lable"}]}, "outputs must be of label, probability, got 'lable'"),
        ({"inputs": [AGE], "id": 5}, "id must be a string"),
    ],
)  # fmt: skip
def test_tensors_that_are_wrong(handler: Handler, asked: Any, says: str) -> None:
    reply = ask(handler, INFER, asked)
    if not says:
        assert reply.status == 200
        return
    assert reply.status == 422
    assert says in content(reply)["error"]


@pytest.mark.parametrize(
    ("raw", "length", "says"),
    [
        (b"", "9999", "a number of bytes up to the body's"),
        (b"", "-1", "a number of bytes up to the body's"),
        (b"", "²", "a number of bytes up to the body's"),
        (struct.pack("<I", 3) + b"pr", None, "texts in UTF-8, each behind its length"),
        (struct.pack("<I", 2) + b"\xff\xff", None, "texts in UTF-8, each behind its length"),
        (struct.pack("<I", 3) + b"pro" + b"xx", None, "the tensors must have 9 bytes of binary data together, got 7"),
    ],
)
def test_binary_data_that_is_wrong(handler: Handler, raw: bytes, length: str | None, says: str) -> None:
    size = 7 if raw.endswith(b"xx") else len(raw)
    plan = {"name": "plan", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [AGE, plan]}).encode()
    reply = ask(handler, INFER, head + raw, {"inference-header-content-length": length or str(len(head))})
    assert reply.status == 422
    assert says in content(reply)["error"]


class Call:
    """A call's context as Ray Serve gives it."""

    def __init__(self, *metadata: tuple[str, str]) -> None:
        self.metadata, self.code, self.details, self.trailing = metadata, grpc.StatusCode.OK, "", []

    def invocation_metadata(self) -> Any:
        return self.metadata

    def set_code(self, code: grpc.StatusCode) -> None:
        self.code = code

    def set_details(self, details: str) -> None:
        self.details = details

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.trailing = metadata


def call(handler: Handler, method: str, request: Any, *metadata: tuple[str, str]) -> tuple[Any, Call]:
    """What the service answers, read with the public client's own messages."""
    context = Call(*metadata)
    sent = request if isinstance(request, bytes) else request.SerializeToString()
    answer = asyncio.run(Inference(handler).call(method, sent, context))
    return getattr(service_pb2, f"{method}Response").FromString(answer.SerializeToString()), context


def test_our_messages_are_the_public_ones() -> None:
    """Each field has the number, type and label that the public client's has."""
    renamed = {
        "TensorMetadata": "ModelMetadataResponse.TensorMetadata",
        "InferTensor": "ModelInferRequest.InferInputTensor",
        "InferRequestedOutputTensor": "ModelInferRequest.InferRequestedOutputTensor",
    }
    for name, ours in messages().items():
        parts = renamed.get(name, name).split(".")
        theirs = service_pb2.DESCRIPTOR.message_types_by_name[parts[0]]
        for part in parts[1:]:
            theirs = theirs.nested_types_by_name[part]
        for field in ours.DESCRIPTOR.fields:
            public = theirs.fields_by_name[field.name]
            assert (field.number, field.type, field.is_repeated) == (public.number, public.type, public.is_repeated)
    output = service_pb2.DESCRIPTOR.message_types_by_name["ModelInferResponse"].nested_types_by_name[
        "InferOutputTensor"
    ]
    numbers = {field.name: field.number for field in messages()["InferTensor"].DESCRIPTOR.fields}
    assert {field.name: field.number for field in output.fields if field.name != "parameters"} == numbers
    assert {method.name for method in service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods} >= set(
        METHODS
    )


def test_the_usual_client_gets_right_answers_over_grpc(handler: Handler) -> None:
    from tritonclient.grpc._utils import _get_inference_request

    request = _get_inference_request(
        model_name="churn", inputs=triton_inputs(triton_grpc), model_version="", request_id="o-2", outputs=None,
        sequence_id=0, sequence_start=False, sequence_end=False, priority=0, timeout=None, parameters=None,
    )  # fmt: skip
    answer, context = call(handler, "ModelInfer", request)
    assert context.code is grpc.StatusCode.OK, context.details
    result = triton_grpc.InferResult(answer)
    expected = handler.model.answers(COLUMNS)
    assert result.as_numpy("label").tolist() == [str(one["label"]).encode() for one in expected]
    assert result.as_numpy("probability").tolist() == [one["probability"] for one in expected]
    assert (answer.model_name, answer.model_version, answer.id) == ("churn", "r3f2a91bc4d", "o-2")
    assert context.trailing == [("x-request-id", "o-2")]


def typed_request(**fields: Any) -> Any:
    request = service_pb2.ModelInferRequest(model_name="churn", **fields)
    request.inputs.add(name="age", datatype="INT64", shape=[1]).contents.int64_contents.append(41)
    request.inputs.add(name="income", datatype="FP32", shape=[1]).contents.fp32_contents.append(52.5)
    request.inputs.add(name="plan", datatype="BYTES", shape=[1]).contents.bytes_contents.append(b"pro")
    return request


def test_typed_contents_are_answered_typed(handler: Handler) -> None:
    answer, _ = call(handler, "ModelInfer", typed_request(), ("x-request-id", "o-3"))
    [expected, _] = handler.model.answers(COLUMNS)
    assert answer.id == "o-3"
    assert not answer.raw_output_contents
    assert list(answer.outputs[0].contents.bytes_contents) == [str(expected["label"]).encode()]
    assert list(answer.outputs[1].contents.fp64_contents) == [expected["probability"]]


def test_the_rest_of_the_service(handler: Handler) -> None:
    assert call(handler, "ServerLive", b"")[0].live
    assert call(handler, "ServerReady", b"")[0].ready
    assert call(handler, "ModelReady", service_pb2.ModelReadyRequest(name="churn"))[0].ready
    assert call(handler, "ServerMetadata", b"")[0].name == "mlgitops"
    metadata, _ = call(handler, "ModelMetadata", service_pb2.ModelMetadataRequest(name="churn"))
    assert [(one.name, one.datatype, list(one.shape)) for one in metadata.inputs] == [
        ("age", "INT64", [-1, 1]),
        ("income", "FP64", [-1, 1]),
        ("plan", "BYTES", [-1, 1]),
    ]


@pytest.mark.parametrize(
    ("method", "request_", "code", "says"),
    [
        ("ModelReady", service_pb2.ModelReadyRequest(name="other"), "NOT_FOUND", "the model here is churn"),
        ("ModelInfer", typed_request(model_version="v9"), "NOT_FOUND", "the version here is r3f2a91bc4d"),
        ("ModelInfer", b"\xff\xff\xff", "INVALID_ARGUMENT", "must be a inference.ModelInferRequest"),
        ("ModelInfer", typed_request(raw_input_contents=[b""]), "INVALID_ARGUMENT", "each of 3 tensors, got 1"),
        ("ModelInfer", b"\x00" * 10_000_001, "INVALID_ARGUMENT", "at most 10000000 bytes"),
    ],
    ids=range(5),
)
def test_calls_that_are_refused(handler: Handler, method: str, request_: Any, code: str, says: str) -> None:
    _, context = call(handler, method, request_)
    assert context.code is getattr(grpc.StatusCode, code)
    assert says in context.details


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), raws=st.lists(st.binary(max_size=20), max_size=4))
def test_no_message_is_an_internal_error(handler: Handler, body: bytes, raws: list[bytes]) -> None:
    for sent in (body, typed_request(raw_input_contents=raws).SerializeToString() + body):
        _, context = call(handler, "ModelInfer", sent)
        assert context.code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
