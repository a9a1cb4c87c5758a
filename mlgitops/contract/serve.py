"""`ServeConfig`: which version a deployment serves, how it answers, what it watches."""

from __future__ import annotations

from mlgitops.contract.parts import ArtifactReference, Columns, Contract, Predictor, Stores
from mlgitops.spec.documents.model import Framework, Monitoring, Task
from mlgitops.spec.documents.types import Digest, DnsLabel, Duration, ModelName, Route, Strict, Uri


class SignatureReference(Strict):
    """The signature that the artifact must carry before it is served."""

    uri: Uri
    digest: Digest
    signer: str


class ServeConfig(Strict):
    """Mounted as `places.SERVE_CONFIG` in every pod that serves, beside the version's own code."""

    contract: Contract
    model: ModelName
    environment: str
    team: DnsLabel
    task: Task
    framework: Framework
    columns: Columns = Columns()
    artifact: ArtifactReference
    format: str
    signature: SignatureReference
    predictor: Predictor = Predictor()
    route: Route
    timeout: Duration = "30s"
    monitoring: Monitoring | None = None
    stores: Stores
