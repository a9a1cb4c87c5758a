"""The Open Inference Protocol's paths over HTTP, answered by a `Handler`'s model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgitops import __version__
from mlgitops.runtime.serve.asking import INLINE_BYTES
from mlgitops.runtime.serve.inference_http import HEADER_LENGTH, Asked, read_request, write_answer
from mlgitops.runtime.serve.refusal import Refusal
from mlgitops.runtime.serve.reply import Reply, json_reply
from mlgitops.runtime.serve.request import Request, only
from mlgitops.runtime.serve.request_id import HEADER, request_id
from mlgitops.runtime.serve.tensors import (
    Signature,
    input_signatures,
    output_signatures,
    output_tensors,
    records_of_tensors,
)

if TYPE_CHECKING:
    from mlgitops.runtime.serve.handler import Handler, Prepared


async def inference_reply(handler: Handler, request: Request, path: str, identity: str) -> Reply:
    """The answer to a request for `/v2` or what is below. Raises Refusal."""
    headers = {HEADER: identity}
    parts = path.split("/")[2:]
    if parts and parts[0] == "models":
        return await _model_reply(handler, request, parts[1:], headers)
    only(request, "GET", "HEAD")
    if not parts:
        return json_reply(server_metadata(), headers=headers)
    if parts in (["health", "live"], ["health", "ready"]):
        return json_reply({parts[1]: True}, headers=headers)
    raise _no_such_path()


async def _model_reply(handler: Handler, request: Request, parts: list[str], headers: dict[str, str]) -> Reply:
    """What is asked of `/v2/models/<model>[/versions/<version>]…`."""
    version = parts[2] if parts[1:2] == ["versions"] and len(parts) > 2 else ""
    handler.check_name(parts[0] if parts else "", version)
    rest = parts[3:] if version else parts[1:]
    if rest == ["infer"]:
        only(request, "POST")
        return await _infer(handler, request, headers)
    only(request, "GET", "HEAD")
    if rest == ["ready"]:
        return json_reply({"name": handler.served.model, "ready": True}, headers=headers)
    if not rest:
        return json_reply(metadata(handler), headers=headers)
    raise _no_such_path()


async def _infer(handler: Handler, request: Request, headers: dict[str, str]) -> Reply:
    def read() -> tuple[Asked, Prepared]:
        asked = read_request(request.body, request.headers.get(HEADER_LENGTH))
        return asked, handler.prepared_records(records_of_tensors(asked.tensors, handler.model.inputs))

    large = len(request.body) > INLINE_BYTES
    asked, prepared = await handler.off_loop(read) if large else read()
    identity = request_id(asked.id) if asked.id else headers[HEADER]
    answers, _ = await handler.answered(prepared, identity, large=large)
    served = handler.served
    head: dict[str, object] = {"model_name": served.model, "model_version": served.version, "id": identity}

    def write() -> Reply:
        return write_answer(head, output_tensors(handler.model.description, answers), asked, {HEADER: identity})

    return await handler.off_loop(write) if large else write()


def metadata(handler: Handler) -> dict[str, object]:
    """The model, as the protocol tells of it."""
    model, served = handler.model, handler.served
    return {
        "name": served.model,
        "versions": [served.version],
        "platform": f"mlgitops_{model.description.format}",
        "inputs": [_tensor_metadata(one) for one in input_signatures(model.inputs)],
        "outputs": [_tensor_metadata(one) for one in output_signatures(model.description)],
    }


def server_metadata() -> dict[str, object]:
    """The server, as the protocol tells of it."""
    return {"name": "mlgitops", "version": __version__, "extensions": ["binary_tensor_data"]}


def _tensor_metadata(signature: Signature) -> dict[str, object]:
    return {"name": signature.name, "datatype": signature.datatype, "shape": list(signature.shape)}


def _no_such_path() -> Refusal:
    return Refusal(404, "request/no-such-path", "the path must be one of the Open Inference Protocol's")
