"""Parts that several configurations share. Sets of data, metrics and features are the documents' own types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlgitops.spec.documents.model import Expectation, Feature
from mlgitops.spec.documents.types import Column, Digest, Entrypoint, Strict, Uri, VersionName

Contract = Literal[1]
"""`contract.VERSION` of the text that is read."""

DataVersion = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class DataLocation(Strict):
    """Where a data set is, and what it must look like."""

    name: str
    uri: Uri
    format: Literal["csv", "parquet"] | None = None
    expect: list[Expectation] = []


class DataIdentity(Strict):
    """Which bytes a data set is: its digest, or where nobody pinned one, where it is."""

    name: str
    digest: Digest | None = None
    uri: Uri | None = None
    version: DataVersion | None = None


class Columns(Strict):
    """The columns that a model learns from and answers."""

    target: Column | None = None
    id: Column | None = None
    features: list[Column] = []


class Predictor(Strict):
    """What turns an artifact and a request into an answer."""

    entrypoint: Entrypoint | None = None
    inputs: list[Feature] = []
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class ArtifactReference(Strict):
    """A registered version and the artifact behind it."""

    version: str
    uri: Uri
    digest: Digest
    trainedAs: VersionName | None = None
    """The version that the artifact was signed for, where another one with its weights is served."""


class Stores(Strict):
    """Where training stages a run, the evaluate Job what it found of it, and the sign Job what it registers.

    Training may write to the first alone, the evaluate Job to the second, the sign Job to the third.
    """

    staging: Uri
    evaluations: Uri
    registry: Uri
    registryKind: Literal["directory", "mlflow"] = "directory"
