"""The messages of the Open Inference Protocol's gRPC service, `inference.GRPCInferenceService`.

Built when they are first needed, in a pool of their own: a client library in the same process may have its own copy of
the same names, and what a generator writes into files is bound to a version of protobuf. Fields that nothing here
reads (parameters) are left out; protobuf passes over what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"

MESSAGES: dict[str, tuple[str, ...]] = {
    "ServerLiveRequest": (),
    "ServerLiveResponse": ("1 bool live",),
    "ServerReadyRequest": (),
    "ServerReadyResponse": ("1 bool ready",),
    "ModelReadyRequest": ("1 string name", "2 string version"),
    "ModelReadyResponse": ("1 bool ready",),
    "ServerMetadataRequest": (),
    "ServerMetadataResponse": ("1 string name", "2 string version", "3 string extensions *"),
    "ModelMetadataRequest": ("1 string name", "2 string version"),
    "TensorMetadata": ("1 string name", "2 string datatype", "3 int64 shape *"),
    "ModelMetadataResponse": (
        "1 string name",
        "2 string versions *",
        "3 string platform",
        "4 TensorMetadata inputs *",
        "5 TensorMetadata outputs *",
    ),
    "InferTensorContents": (
        "1 bool bool_contents *",
        "2 int32 int_contents *",
        "3 int64 int64_contents *",
        "4 uint32 uint_contents *",
        "5 uint64 uint64_contents *",
        "6 float fp32_contents *",
        "7 double fp64_contents *",
        "8 bytes bytes_contents *",
    ),
    "InferTensor": (
        "1 string name",
        "2 string datatype",
        "3 int64 shape *",
        "5 InferTensorContents contents",
    ),
    "InferRequestedOutputTensor": ("1 string name",),
    "ModelInferRequest": (
        "1 string model_name",
        "2 string model_version",
        "3 string id",
        "5 InferTensor inputs *",
        "6 InferRequestedOutputTensor outputs *",
        "7 bytes raw_input_contents *",
    ),
    "ModelInferResponse": (
        "1 string model_name",
        "2 string model_version",
        "3 string id",
        "5 InferTensor outputs *",
        "6 bytes raw_output_contents *",
    ),
}
"""Number, type, name of each field, and `*` where it is repeated. Names of messages are on no wire."""

METHODS = ("ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer")


@lru_cache(1)
def messages() -> Mapping[str, Any]:
    """The message classes by name."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field_types = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="mlgitops/inference.proto", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in fields:
            number, kind, called, *repeated = field.split()
            added = message.field.add(name=called, number=int(number))
            added.label = field_types.LABEL_REPEATED if repeated else field_types.LABEL_OPTIONAL
            if kind in MESSAGES:
                added.type, added.type_name = field_types.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                added.type = field_types.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}
