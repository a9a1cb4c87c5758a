"""The Open Inference Protocol over gRPC: `inference.GRPCInferenceService`, from messages to a `Handler` and back.

Ray Serve is told of the service by `add_inference_service`, which stands in `grpc_options.grpc_servicer_functions`. It
hands each call to the method of the deployment with its name; messages cross as bytes and are read where they are
answered.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from mlgitops.runtime.serve.bodies import LARGEST_BODY, too_large
from mlgitops.runtime.serve.handler import Handler
from mlgitops.runtime.serve.inference_messages import METHODS, SERVICE, messages
from mlgitops.runtime.serve.inference_routes import metadata, server_metadata
from mlgitops.runtime.serve.refusal import Refusal, invalid
from mlgitops.runtime.serve.request_id import HEADER, request_id
from mlgitops.runtime.serve.tensors import (
    BYTES,
    Tensor,
    output_tensors,
    raw_bytes,
    records_of_tensors,
    tensor_of_bytes,
    tensor_of_json,
)

CONTENTS = {
    "BOOL": "bool_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    BYTES: "bytes_contents",
}
"""Where a tensor's values are that are not raw."""

CODES = {404: "NOT_FOUND", 413: "INVALID_ARGUMENT", 422: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED"}

_log = logging.getLogger("mlgitops.serve")


class Context(Protocol):
    """What Ray Serve gives of a call's context."""

    def set_code(self, code: Any) -> None: ...

    def set_details(self, details: str) -> None: ...

    def set_trailing_metadata(self, metadata: Sequence[tuple[str, str]]) -> None: ...

    def invocation_metadata(self) -> Sequence[tuple[str, str]]: ...


def add_inference_service(servicer: Any, server: Any) -> None:
    """Add the service to a gRPC server; messages stay bytes, which is what a missing (de)serializer means."""
    import grpc

    handlers = {name: grpc.unary_unary_rpc_method_handler(getattr(servicer, name)) for name in METHODS}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))


class Inference:
    """Answers the service's calls with a handler's model."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self._calls: dict[str, Callable[[Any], Any]] = {
            "ServerLive": lambda _: messages()["ServerLiveResponse"](live=True),
            "ServerReady": lambda _: messages()["ServerReadyResponse"](ready=True),
            "ModelReady": self._model_ready,
            "ServerMetadata": lambda _: messages()["ServerMetadataResponse"](**server_metadata()),
            "ModelMetadata": self._model_metadata,
        }

    async def call(self, method: str, content: bytes, context: Context) -> Any:
        """The response message of a call; where it is refused, an empty one, and the context says why."""
        identity = request_id(next((value for name, value in context.invocation_metadata() if name == HEADER), None))
        try:
            if len(content) > LARGEST_BODY:
                raise too_large(len(content))
            request = _parsed(messages()[f"{method}Request"], content)
            identity = request_id(request.id) if method == "ModelInfer" and request.id else identity
            context.set_trailing_metadata([(HEADER, identity)])
            if method == "ModelInfer":
                return await self._infer(request, identity)
            return self._calls[method](request)
        except Refusal as refusal:
            self.handler.watch.answered("shed" if refusal.status == 429 else "invalid", 0.0)
            _refuse(context, CODES.get(refusal.status, "INVALID_ARGUMENT"), refusal.text())
        except Exception as error:
            self.handler.watch.answered("error", 0.0)
            _log.error("request %s failed", identity, exc_info=error)
            _refuse(context, "INTERNAL", f"the model failed; its log says why, under {identity}")
        return messages()[f"{method}Response"]()

    def _model_ready(self, request: Any) -> Any:
        self.handler.check_name(request.name, request.version)
        return messages()["ModelReadyResponse"](ready=True)

    def _model_metadata(self, request: Any) -> Any:
        self.handler.check_name(request.name, request.version)
        return messages()["ModelMetadataResponse"](**metadata(self.handler))

    async def _infer(self, request: Any, identity: str) -> Any:
        handler = self.handler
        handler.check_name(request.model_name, request.model_version)
        records = records_of_tensors(input_tensors(request), handler.model.inputs)
        answers, _ = await handler.answered(handler.prepared_records(records), identity)
        tensors = {tensor.name: tensor for tensor in output_tensors(handler.model.description, answers)}
        names = [output.name for output in request.outputs] or list(tensors)
        strange = [name for name in names if name not in tensors]
        if strange:
            raise invalid(f"outputs must be of {', '.join(tensors)}, got {strange[0][:80]!r}")
        served = handler.served
        response = messages()["ModelInferResponse"](model_name=served.model, model_version=served.version, id=identity)
        _write(response, [tensors[name] for name in dict.fromkeys(names)], raw=bool(request.raw_input_contents))
        return response


def input_tensors(request: Any) -> list[Tensor]:
    """The tensors of a `ModelInferRequest`, raw or typed. Raises Refusal."""
    raws = request.raw_input_contents
    if raws and len(raws) != len(request.inputs):
        raise invalid(f"there must be raw contents for each of {len(request.inputs)} tensors, got {len(raws)}")
    found = []
    for place, given in enumerate(request.inputs):
        shape = tuple(given.shape)
        if raws:
            found.append(tensor_of_bytes(given.name, given.datatype, shape, raws[place]))
            continue
        values = list(getattr(given.contents, CONTENTS.get(given.datatype, "fp32_contents")))
        if given.datatype == BYTES:
            values = [_text(given.name, value) for value in values]
        found.append(tensor_of_json(given.name, given.datatype, shape, values))
    return found


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise invalid(f"tensor {name[:80]!r} must have texts in UTF-8") from None


def _write(response: Any, tensors: Sequence[Tensor], *, raw: bool) -> None:
    """Raw where the request was raw, since its client reads that; typed else."""
    for tensor in tensors:
        output = response.outputs.add(name=tensor.name, datatype=tensor.datatype, shape=tensor.shape)
        if raw:
            response.raw_output_contents.append(raw_bytes(tensor))
        else:
            values = [value.encode() for value in tensor.values] if tensor.datatype == BYTES else tensor.values
            getattr(output.contents, CONTENTS[tensor.datatype]).extend(values)


def _parsed(kind: Any, content: bytes) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return kind.FromString(content)
    except DecodeError:
        raise invalid(f"the request must be a {kind.DESCRIPTOR.full_name}") from None


def _refuse(context: Context, code: str, details: str) -> None:
    import grpc

    context.set_code(getattr(grpc.StatusCode, code))
    context.set_details(details)
