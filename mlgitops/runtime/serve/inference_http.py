"""The Open Inference Protocol's bodies over HTTP: JSON, with the binary tensor extension.

    {"id": "42", "inputs": [{"name": "age", "datatype": "INT64", "shape": [1, 1], "data": [41]}]}

With the extension the JSON is the body's first part, as long as `Inference-Header-Content-Length` says; behind it comes
the raw data of each tensor with a `binary_data_size`, in their order. Answers are binary where the request asks for it
(`binary_data_output`, or `binary_data` of one output), as the usual client does by default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mlgitops.runtime.serve.bodies import json_of
from mlgitops.runtime.serve.refusal import invalid
from mlgitops.runtime.serve.reply import BINARY, Reply, encoded
from mlgitops.runtime.serve.tensors import Tensor, raw_bytes, tensor_of_bytes, tensor_of_json

HEADER_LENGTH = "inference-header-content-length"
MOST_TENSORS = 10_000


class Asked(NamedTuple):
    """An inference request; `outputs` are names in the order asked for, empty for all, `binary` those in binary."""

    id: str | None
    tensors: list[Tensor]
    outputs: tuple[str, ...]
    binary: frozenset[str]
    all_binary: bool


def read_request(body: bytes, header_length: str | None) -> Asked:
    """The request of a body. Raises Refusal."""
    size = len(body) if header_length is None else _header_length(header_length, len(body))
    head = json_of(body[:size])
    if not isinstance(head, dict) or not isinstance(head.get("inputs"), list):
        raise invalid('the request must be {"inputs": [{…}, …]}')
    identity = head.get("id")
    if identity is not None and not isinstance(identity, str):
        raise invalid("id must be a string")
    if len(head["inputs"]) > MOST_TENSORS:
        raise invalid(f"the request must have at most {MOST_TENSORS} tensors")
    tensors = _tensors(head["inputs"], memoryview(body)[size:])
    outputs = _list_of_objects(head.get("outputs", []), "outputs")
    names = tuple(_text(output, "name") for output in outputs)
    flags = [_parameters(output).get("binary_data") is True for output in outputs]
    binary = frozenset(name for name, flag in zip(names, flags, strict=True) if flag)
    return Asked(identity, tensors, names, binary, _parameters(head).get("binary_data_output") is True)


def _header_length(text: str, whole: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) > whole:
        raise invalid(f"Inference-Header-Content-Length must be a number of bytes up to the body's {whole}")
    return int(text)


def _tensors(inputs: list[Any], rest: memoryview) -> list[Tensor]:
    found, place = [], 0
    for given in _list_of_objects(inputs, "inputs"):
        name, datatype, shape = _text(given, "name"), _text(given, "datatype"), _shape(given)
        size = _parameters(given).get("binary_data_size")
        if size is None:
            if "data" not in given:
                raise invalid(f"tensor {name[:80]!r} must have data, or a binary_data_size")
            found.append(tensor_of_json(name, datatype, shape, given["data"]))
            continue
        if type(size) is not int or not 0 <= size <= len(rest) - place:
            raise invalid(f"tensor {name[:80]!r} must have a binary_data_size of bytes that follow the JSON")
        found.append(tensor_of_bytes(name, datatype, shape, rest[place : place + size]))
        place += size
    if place != len(rest):
        raise invalid(f"the tensors must have {len(rest)} bytes of binary data together, got {place}")
    return found


def _list_of_objects(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise invalid(f"{name} must be a list of objects")
    return value


def _parameters(value: dict[str, Any]) -> dict[str, Any]:
    found = value.get("parameters", {})
    if not isinstance(found, dict):
        raise invalid("parameters must be an object")
    return found


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise invalid(f"{name} must be a string in each tensor")
    return found


def _shape(value: dict[str, Any]) -> tuple[int, ...]:
    found = value.get("shape")
    if not isinstance(found, list) or not 0 < len(found) <= 8 or not all(type(size) is int for size in found):
        raise invalid("shape must be a list of whole numbers in each tensor")
    return tuple(found)


def write_answer(head: dict[str, object], tensors: Sequence[Tensor], asked: Asked, headers: dict[str, str]) -> Reply:
    """The reply with the tensors that were asked for. Raises Refusal for an output that is not there."""
    by_name = {tensor.name: tensor for tensor in tensors}
    strange = [name for name in asked.outputs if name not in by_name]
    if strange:
        raise invalid(f"outputs must be of {', '.join(by_name)}, got {strange[0][:80]!r}")
    wanted = [by_name[name] for name in dict.fromkeys(asked.outputs)] or list(tensors)
    outputs, raws = [], []
    for tensor in wanted:
        output: dict[str, object] = {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
        if asked.all_binary or tensor.name in asked.binary:
            raw = raw_bytes(tensor)
            output["parameters"] = {"binary_data_size": len(raw)}
            raws.append(raw)
        else:
            output["data"] = tensor.values
        outputs.append(output)
    text = encoded({**head, "outputs": outputs}).encode()
    if not raws:
        return Reply(200, text, headers)
    return Reply(200, b"".join([text, *raws]), {**headers, "Inference-Header-Content-Length": str(len(text))}, BINARY)
