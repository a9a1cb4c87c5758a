"""`Evaluation`: what the evaluate Job measured, in `<evaluations>/<model>/<run>/evaluation.json`, written last.

    evaluation.json   this
    profile.json      `contract.profile.ReferenceProfile`: what drift is measured against
    card.md           the model card
    confusion.svg     a picture: which classes are taken for which; of a regression residuals.svg

Training pods cannot write there, so the sign Job may believe it. The numbers are of the artifact with `artifactDigest`
and no other: what is registered must have that digest.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.contract.folder import Entry
from mlgitops.contract.parts import Contract, DataIdentity, Predictor
from mlgitops.spec.documents.types import Digest, DnsLabel, Identifier, ModelName, Strict, Text, Timestamp, VersionName

EVALUATION_FILE = "evaluation.json"
PROFILE_FILE = "profile.json"
CARD_FILE = "card.md"

Count = Annotated[int, Field(ge=0)]


class Score(Strict):
    """One metric on the holdout, or on a slice of it."""

    metric: Identifier
    slice: DnsLabel | None = None
    rows: Count
    value: float
    training: float | None = None
    """The same metric on the training data, for the gap between them."""
    baseline: float | None = None
    """That of the version in service, on the same bytes in the same run."""


class Failure(Strict):
    """A limit that was not kept."""

    code: str
    """`evaluation/below-minimum`, `evaluation/overlap`, …"""
    message: Text


class Evaluation(Strict):
    contract: Contract
    model: ModelName
    run: Digest
    environment: str
    verdict: Literal["passed", "rejected"]
    artifactDigest: Digest
    holdout: DataIdentity
    """With the digest of the bytes that were read."""
    data: list[DataIdentity]
    """The training data that overlap, gap and profile were computed from."""
    rows: Count
    overlap: Count
    """Rows of the holdout that the training data has too."""
    scores: list[Score]
    failures: list[Failure] = []
    baseline: VersionName | None = None
    codeDigest: str | None = None
    predictor: Predictor | None = None
    """With which code and which predictor it was scored: a version serves with the same, or was never measured."""
    files: list[Entry] = []
    """What lies beside it."""
    startedAt: Timestamp
    finishedAt: Timestamp
