"""`Version`: an immutable trained artifact with the behaviour it serves with, in `versions/<version>/version.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mlgitops.spec.documents.model import DataSet, Monitoring, Serving, Task
from mlgitops.spec.documents.run import Trigger
from mlgitops.spec.documents.types import (
    Column,
    Digest,
    DnsLabel,
    Entrypoint,
    Estimator,
    GitObject,
    Identifier,
    ImageReference,
    ModelName,
    Owner,
    Strict,
    Timestamp,
    Uri,
    VersionName,
)


class VersionMetadata(Strict):
    name: VersionName
    model: ModelName


class Artifact(Strict):
    uri: Uri
    digest: Digest
    """The identity; the uri resolves through the environment."""
    format: Literal["onnx", "safetensors", "xgboost", "lightgbm"]


class Signature(Strict):
    uri: Uri
    digest: Digest
    signer: Annotated[str, Field(min_length=1, max_length=200)]
    """The key's or the identity's name, as reviewed Git knows it."""


class VersionRun(Strict):
    """The training run that made the artifact."""

    identity: Digest
    """Over the fields that decide the result (`render.identity`)."""
    trigger: Trigger
    attempt: Annotated[int, Field(ge=1)] = 1
    startedAt: Timestamp
    finishedAt: Timestamp


class Code(Strict):
    tree: GitObject
    """The Git tree of the spec's folder."""
    revision: GitObject | None = None
    """The commit that the release resolved it to."""


class MetricValue(Strict):
    name: Identifier
    dataset: DnsLabel
    value: float
    baseline: float | None = None
    """The version in service, on the same bytes in the same run."""


class Snapshot(Strict):
    """Everything that decides what the version answers."""

    serving: Serving
    """With the image by digest."""
    monitoring: Monitoring | None = None
    framework: Literal["torch", "xgboost", "lightgbm", "sklearn", "custom"]


class Recipe(Strict):
    """With what the artifact was trained, as far as it decides how risky another one is beside it."""

    task: Task
    target: Column | None = None
    features: list[Column] = []
    entrypoint: Entrypoint | None = None
    estimator: Estimator | None = None
    hyperparameters: dict[Identifier, JsonValue] = {}
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    codeDigest: Digest
    """Of the training code."""
    codeShape: Digest
    """Of what that code offers: functions, classes, parameters (`spec.risk.code`)."""


class VersionSpec(Strict):
    artifact: Artifact
    artifactOf: VersionName | None = None
    """The version whose artifact this one shares: only the behaviour is new."""
    signature: Signature
    run: VersionRun
    data: Annotated[list[DataSet], Field(min_length=1)]
    code: Code
    recipe: Recipe | None = None
    """Absent in records that were made before there was one."""
    image: ImageReference
    """The training image."""
    metrics: Annotated[list[MetricValue], Field(min_length=1)]
    createdAt: Timestamp
    createdBy: Owner
    snapshot: Snapshot


class Version(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Version"]
    metadata: VersionMetadata
    spec: VersionSpec
