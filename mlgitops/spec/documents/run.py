"""`Run`: which training run is asked for here, in `environments/<env>/runs/<model>.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.spec.documents.types import (
    Digest,
    DnsLabel,
    EnvironmentName,
    ModelName,
    Owner,
    Strict,
    Text,
    Timestamp,
    Uri,
)

Trigger = Literal["codeChange", "newData", "schedule", "monitoring", "manual"]


class RunMetadata(Strict):
    name: ModelName
    """The model."""
    environment: EnvironmentName


class ResolvedData(Strict):
    """The bytes of one of the model's data sets that this run reads."""

    name: DnsLabel
    uri: Uri
    version: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    digest: Digest


class RunSpec(Strict):
    trigger: Trigger
    reason: Text | None = None
    attempt: Annotated[int, Field(ge=1, le=1000)] = 1
    """Raising it starts one more run of the same inputs."""
    requestedAt: Timestamp
    """The logical time of the trigger."""
    requestedBy: Owner
    data: list[ResolvedData] = []


class Run(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Run"]
    metadata: RunMetadata
    spec: RunSpec
