"""The published shape of what policy sees, one JSON Schema a scope.

Every property is there in every input, `null` where nothing was declared: `totality` checks that
before anything is evaluated, and `opa check --schema` checks that rules name nothing else.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, JsonValue

from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.model import Metadata, ModelSpec
from mlgitops.spec.documents.release import ReleaseSpec
from mlgitops.spec.documents.run import RunSpec
from mlgitops.spec.documents.version import VersionSpec

LAYERS = ("defaults", "overrides")
"""Keys of an environment that rules do not see: the resolved model holds what they came to."""


class Target(BaseModel):
    model: str | None
    environment: str | None
    part: str | None


class EnvironmentInput(EnvironmentSpec):
    name: str


class VersionInput(VersionSpec):
    name: str


class ModelInput(BaseModel):
    scope: str
    target: Target
    metadata: Metadata
    spec: ModelSpec
    environment: EnvironmentInput
    release: ReleaseSpec | None
    version: VersionInput | None
    run: RunSpec | None
    trains: bool
    serves: bool


class ObjectEntry(BaseModel):
    file: str
    object: dict[str, JsonValue] = Field(
        description="A Kubernetes object; null stands where a template of a pod was, which is in `pods`"
    )


class PodEntry(BaseModel):
    """A pod template laid open, wherever it stands."""

    file: str
    kind: str
    name: str
    namespace: str | None
    pointer: str
    role: str
    group: str | None
    submission: str | None
    written: bool
    injected: list[str]
    metadata: dict[str, JsonValue]
    spec: dict[str, JsonValue]


class ObjectsInput(BaseModel):
    scope: str
    target: Target
    environment: EnvironmentInput | None
    objects: list[ObjectEntry]
    pods: list[PodEntry]


class RowNamespaces(BaseModel):
    training: str
    serving: str


class FleetRow(BaseModel):
    model: str
    team: str
    owner: str | None
    namespaces: RowNamespaces
    route: str | None
    trains: bool
    serves: bool
    version: str | None
    accelerators: dict[str, int]
    cpu: float
    memoryGiB: float
    costPerMonth: float
    costPerRun: float


class FleetInput(BaseModel):
    scope: str
    target: Target
    environment: EnvironmentInput
    models: list[FleetRow]


_TYPES: dict[str, type[BaseModel]] = {"model": ModelInput, "objects": ObjectsInput, "fleet": FleetInput}


def input_schema(scope: str) -> dict[str, Any]:
    """The JSON Schema of a scope's input: `model`, `objects` or `fleet`."""
    schema = _TYPES[scope].model_json_schema(mode="serialization")
    environment = schema["$defs"]["EnvironmentInput"]
    for layer in LAYERS:
        del environment["properties"][layer]
    _require_all(schema)
    return schema


def _require_all(schema: Any) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema["required"] = sorted(schema["properties"])
        for value in schema.values():
            _require_all(value)
    elif isinstance(schema, list):
        for value in schema:
            _require_all(value)
