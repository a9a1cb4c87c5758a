"""`EvaluateConfig`: what the evaluate Job scores, on which data, against which limits."""

from __future__ import annotations

from mlgitops.contract.parts import ArtifactReference, Columns, Contract, DataIdentity, DataLocation, Predictor, Stores
from mlgitops.spec.documents.model import Framework, Metric, Slice, Task
from mlgitops.spec.documents.types import DnsLabel, ModelName, Strict


class EvaluateConfig(Strict):
    """Mounted as `places.EVALUATE_CONFIG` in the evaluate Job, beside the code it would serve with."""

    contract: Contract
    model: ModelName
    environment: str
    team: DnsLabel
    task: Task
    framework: Framework
    columns: Columns = Columns()
    holdout: DataLocation
    holdoutIdentity: DataIdentity
    training: list[DataLocation]
    """For what the holdout must not share with it, the gap, and the profile of the data."""
    data: list[DataIdentity]
    """The same sets' bytes."""
    reference: list[DataLocation] = []
    """What drift is measured against; empty for the training data's own profile."""
    referenceData: list[DataIdentity] = []
    """The same sets' bytes."""
    metrics: list[Metric]
    slices: list[Slice] = []
    codeDigest: str
    """Of the code beside it."""
    predictor: Predictor | None = None
    """None for a model that serves nowhere: the framework's own predictor scores it."""
    baseline: ArtifactReference | None = None
    """The version in service, scored on the same bytes in the same run."""
    stores: Stores
