"""`JoinConfig`: which log the join job reads. `JoinReport`: what it found there. Below `storage.predictions` are

<model>/<environment>/predictions/<day>/…     what replicas answered
<model>/<environment>/labels/<day>/…          what was right
<model>/<environment>/reports/<day>.json      a report a day, and `latest.json`, which replicas show as metrics
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.contract.parts import Contract, DataIdentity, DataLocation
from mlgitops.spec.documents.model import Drift
from mlgitops.spec.documents.types import Date, Duration, Identifier, ModelName, Strict, Timestamp, Uri, VersionName

LATEST_REPORT = "latest.json"

Count = Annotated[int, Field(ge=0)]


def log_folder(model: str, environment: str) -> str:
    """Where below `storage.predictions` a model's log is."""
    return f"{model}/{environment}"


class JoinConfig(Strict):
    """Mounted as `places.JOIN_CONFIG` in the join job."""

    contract: Contract
    model: ModelName
    environment: str
    predictions: Uri
    labelDelay: Duration
    """How long a label usually takes; one that takes longer counts too, as late."""
    metrics: list[Identifier] = []
    """Those that are compared with the registered scores; all that are measured where it is empty."""
    drift: Drift | None = None
    reference: list[DataLocation] = []
    """What Kolmogorov-Smirnov compares with, where `drift.test` is `ks`."""
    data: list[DataIdentity] = []
    """The same sets' bytes."""
    registry: Uri
    registryKind: Literal["directory", "mlflow"] = "directory"


class Labels(Strict):
    """What became of the labels that came."""

    received: Count
    joined: Count
    """Predictions that have a label."""
    late: Count
    """Joined, and later than `labelDelay` after their prediction."""
    duplicates: Count
    """Labels of an id that had one already; the latest counts."""
    conflicting: Count
    """Of these, those that said something else."""
    unknown: Count
    """Of no prediction in the log."""
    unusable: Count
    """Lines, answers or labels that are not what they should be."""


class LiveScore(Strict):
    metric: Identifier
    value: float
    registered: float | None = None
    loss: float | None = None
    """How much of the registered score it is worse; None of too few labels, or of a version without that score."""


class Period(Strict):
    """The scores of one day's predictions."""

    day: Date
    rows: Count
    scores: dict[Identifier, float]


class LiveVersion(Strict):
    version: VersionName
    rows: Count
    scores: list[LiveScore] = []
    periods: list[Period] = []


class Comparison(Strict):
    """A/B: the mean error of a version against that of the one that answered first."""

    version: VersionName
    against: VersionName
    measure: Literal["errorRate", "absoluteError"]
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    """Bounds of the difference with 95 % confidence (Welch)."""
    verdict: Literal["better", "worse", "noDifference", "insufficientData"]


class Distance(Strict):
    """Kolmogorov-Smirnov of one feature, of one version's last day against the reference."""

    version: VersionName
    feature: str
    statistic: float
    pValue: float
    rows: Count


class JoinReport(Strict):
    contract: Contract
    model: ModelName
    environment: str
    createdAt: Timestamp
    predictions: Count
    labels: Labels
    versions: list[LiveVersion] = []
    comparisons: list[Comparison] = []
    distances: list[Distance] = []
