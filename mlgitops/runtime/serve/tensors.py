"""Tensors of the Open Inference Protocol, v2: what a request's mean as records, and answers as tensors.

A request has a tensor a feature, of shape [n] or [n, 1] and named as the feature; or where every feature is a number,
one tensor `features` of shape [n, k] in the order of the model's inputs. A text is BYTES in UTF-8. NaN is a missing
number. The answers are a tensor for each key of the task's answer, of shape [n]; `probabilities` is [n, classes].
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.runtime.predict.answers import KEYS, Answer
from mlgitops.runtime.predict.model import NUMBERS
from mlgitops.runtime.serve.bodies import MOST_RECORDS
from mlgitops.runtime.serve.refusal import Refusal, invalid
from mlgitops.spec.documents.model import ColumnType, Feature

BYTES = "BYTES"
DTYPES = {
    "BOOL": "?",
    "UINT8": "<u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "<i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
"""Of the protocol's data types, all but BYTES."""
OF_FEATURES: dict[ColumnType, str] = {
    "float32": "FP32",
    "float64": "FP64",
    "int32": "INT32",
    "int64": "INT64",
    "bool": "BOOL",
    "string": BYTES,
    "timestamp": BYTES,
}
"""What metadata says of a feature; any type of number is taken for a number."""
FEATURES = "features"
LENGTH = struct.Struct("<I")
MATRIX_RANK = 2


class Tensor(NamedTuple):
    """`values` are flat, row by row, as Python's."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: list[Any]


class Signature(NamedTuple):
    """One tensor, as metadata has it; -1 is any number."""

    name: str
    datatype: str
    shape: tuple[int, ...]


def input_signatures(inputs: Sequence[Feature]) -> list[Signature]:
    """The tensors that a model takes."""
    return [Signature(feature.name, OF_FEATURES[feature.type], (-1, 1)) for feature in inputs]


def output_signatures(description: ArtifactDescription) -> list[Signature]:
    """The tensors that a model answers."""
    types = {
        "label": _label_type(description.classes),
        "probability": "FP64",
        "probabilities": "FP64",
        "value": "FP64",
        "cluster": "INT64",
        "anomaly": "BOOL",
        "score": "FP64",
    }
    return [
        Signature(key, types[key], (-1, len(description.classes)) if key == "probabilities" else (-1,))
        for key in KEYS[description.task]
        if key != "probabilities" or description.classes
    ]


def _label_type(classes: Sequence[str | int | bool]) -> str:
    kinds = {type(value) for value in classes}
    return "BOOL" if kinds == {bool} else "INT64" if kinds == {int} else BYTES


def records_of_tensors(tensors: Sequence[Tensor], inputs: Sequence[Feature]) -> list[dict[str, object]]:
    """The records of a request's tensors, for `checking.Checker`. Raises Refusal."""
    if not tensors:
        raise invalid("the request must have a tensor a feature, got none")
    columns = _columns(tensors, inputs)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise invalid(f"all tensors must have as many rows, got {', '.join(map(str, sorted(lengths)))[:100]}")
    [rows] = lengths
    if not 1 <= rows <= MOST_RECORDS:
        code = "request/too-large" if rows else "request/invalid"
        raise Refusal(413 if rows else 422, code, f"the tensors must have 1 to {MOST_RECORDS} rows, got {rows}")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _columns(tensors: Sequence[Tensor], inputs: Sequence[Feature]) -> dict[str, list[object]]:
    by_name = {feature.name: feature for feature in inputs}
    if [tensor.name for tensor in tensors] == [FEATURES] and FEATURES not in by_name:
        return _matrix_columns(tensors[0], inputs)
    columns: dict[str, list[object]] = {}
    for tensor in tensors:
        if tensor.name in columns:
            raise invalid(f"each tensor must be named once, got {_named(tensor.name)} twice")
        if tensor.shape not in ((len(tensor.values),), (len(tensor.values), 1)):
            raise invalid(f"tensor {_named(tensor.name)} must have shape [n] or [n, 1], got {list(tensor.shape)}")
        columns[tensor.name] = _values(tensor, by_name.get(tensor.name))
    return columns


def _matrix_columns(tensor: Tensor, inputs: Sequence[Feature]) -> dict[str, list[object]]:
    width = len(inputs)
    if any(feature.type not in NUMBERS for feature in inputs) or tensor.datatype == BYTES:
        raise invalid(f"tensor {FEATURES!r} must be of numbers, and the model's features too; send a tensor a feature")
    if len(tensor.shape) != MATRIX_RANK or tensor.shape[1] != width:
        raise invalid(f"tensor {FEATURES!r} must have shape [n, {width}], got {list(tensor.shape)}")
    return {
        feature.name: _values(tensor._replace(values=tensor.values[place::width]), feature)
        for place, feature in enumerate(inputs)
    }


def _values(tensor: Tensor, feature: Feature | None) -> list[object]:
    """A feature's values as a body of JSON would have them."""
    if tensor.datatype == BYTES:
        return list(tensor.values)
    if feature is not None and feature.type == "bool" and tensor.datatype != "BOOL":
        return [bool(value) if value in (0, 1) else value for value in tensor.values]
    return [None if isinstance(value, float) and math.isnan(value) else value for value in tensor.values]


def tensor_of_json(name: str, datatype: str, shape: tuple[int, ...], data: object) -> Tensor:
    """A tensor whose data is JSON, flat or nested as its shape says. Raises Refusal."""
    if datatype not in DTYPES and datatype != BYTES:
        raise invalid(f"tensor {_named(name)} must have one of the protocol's data types, got {datatype[:20]!r}")
    values: list[Any] = data if isinstance(data, list) else [data]
    for _ in shape[1:]:
        if values and all(isinstance(value, list) for value in values):
            values = [item for value in values for item in value]
    return Tensor(name, datatype, shape, _counted(name, shape, values))


def tensor_of_bytes(name: str, datatype: str, shape: tuple[int, ...], raw: bytes | memoryview) -> Tensor:
    """A tensor whose data is raw, little-endian; BYTES have a length of four bytes each. Raises Refusal."""
    if datatype == BYTES:
        return Tensor(name, datatype, shape, _counted(name, shape, _texts(name, raw)))
    if datatype not in DTYPES:
        raise invalid(f"tensor {_named(name)} must have one of the protocol's data types, got {datatype[:20]!r}")
    dtype = np.dtype(DTYPES[datatype])
    if len(raw) % dtype.itemsize:
        raise invalid(f"tensor {_named(name)} must have {dtype.itemsize} bytes a value, got {len(raw)} in all")
    return Tensor(name, datatype, shape, _counted(name, shape, np.frombuffer(raw, dtype).tolist()))


def _texts(name: str, raw: bytes | memoryview) -> list[Any]:
    found, place, whole = [], 0, bytes(raw)
    try:
        while place < len(whole):
            [length] = LENGTH.unpack_from(whole, place)
            place += LENGTH.size
            if place + length > len(whole):
                raise ValueError("length")
            found.append(whole[place : place + length].decode())
            place += length
    except (struct.error, ValueError):
        message = f"tensor {_named(name)} must have texts in UTF-8, each behind its length in four bytes"
        raise invalid(message) from None
    return found


def _counted(name: str, shape: tuple[int, ...], values: list[Any]) -> list[Any]:
    if any(size < 0 for size in shape) or math.prod(shape) != len(values) or not shape:
        text = str(list(shape))[:60]
        raise invalid(f"tensor {_named(name)} must have as many values as its shape {text}, got {len(values)}")
    return values


def output_tensors(description: ArtifactDescription, answers: Sequence[Answer]) -> list[Tensor]:
    """The tensors of some answers."""
    rows = len(answers)
    found = []
    for name, datatype, shape in output_signatures(description):
        values: list[Any] = [answer[name] for answer in answers]
        if name == "probabilities":
            values = [share for row in values for share in row.values()]
        elif datatype == BYTES:
            values = [str(value) for value in values]
        found.append(Tensor(name, datatype, (rows, *shape[1:]), values))
    return found


def raw_bytes(tensor: Tensor) -> bytes:
    """A tensor's data in the binary form that `tensor_of_bytes` reads."""
    if tensor.datatype == BYTES:
        texts = [value.encode() for value in tensor.values]
        return b"".join(LENGTH.pack(len(text)) + text for text in texts)
    return np.array(tensor.values, DTYPES[tensor.datatype]).tobytes()


def _named(name: str) -> str:
    return repr(name[:80])
