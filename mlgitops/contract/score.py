"""`ScoreConfig`: what a scoring Job scores, with which version, and where the answers go.

    <output>/<version>-<digits of the input's digest>.parquet    the answers
    <output>/<version>-<digits of the input's digest>.json       `ScoreRecord`: written last

A result is there once its record is, so one version scores one input once, however often the Job runs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.contract.parts import ArtifactReference, Contract, DataIdentity, DataLocation, Predictor
from mlgitops.contract.serve import SignatureReference
from mlgitops.spec.documents.types import Column, Digest, ModelName, Strict, Timestamp, Uri

INPUT_DIGITS = 16
"""Of the input's digest, in the name of its result."""

ResultFormat = Literal["parquet", "csv"]


class ScoreConfig(Strict):
    """Mounted as `places.SCORE_CONFIG` beside the version's code."""

    contract: Contract
    model: ModelName
    environment: str
    artifact: ArtifactReference
    signature: SignatureReference
    predictor: Predictor = Predictor()
    registry: Uri
    registryKind: Literal["directory", "mlflow"] = "directory"
    input: DataLocation
    inputIdentity: DataIdentity
    id: Column | None = None
    """Copied beside the answers, so that they can be joined with what they are about."""
    output: Uri
    format: ResultFormat = "parquet"


class ScoreRecord(Strict):
    """A result that is whole."""

    contract: Contract
    model: ModelName
    version: str
    environment: str
    input: DataIdentity
    """With the digest of the bytes that were scored."""
    rows: Annotated[int, Field(ge=0)]
    file: str
    digest: Digest
    """Of the file."""
    finishedAt: Timestamp
