"""`ServeConfig`: which version a deployment serves, how it answers, what it watches.

Only what a version's record and the environment say stands here. What else a predictor must know of its model (task,
columns, classes) the artifact says itself, whose digest is checked before it is loaded.
"""

from __future__ import annotations

from typing import Literal

from mlgitops.contract.parts import ArtifactReference, Contract, Predictor
from mlgitops.spec.documents.model import Batching, Framework, Monitoring
from mlgitops.spec.documents.signer import KeylessIdentity
from mlgitops.spec.documents.types import Digest, Duration, ModelName, PublicKey, Strict, Uri


class SignatureReference(Strict):
    """The signature that the artifact must carry before it is served."""

    uri: Uri
    digest: Digest
    signer: str
    publicKey: PublicKey | None = None
    """The signer's, from reviewed Git; without one nothing can be verified, and nothing is served."""
    keyless: KeylessIdentity | None = None
    """In its place, who signs without a key."""


class ServeConfig(Strict):
    """The `args` of the application in `serveConfigV2`: Ray Serve hands them to `places.SERVE_IMPORT_PATH`.

    So a change of configuration alone redeploys in the running cluster, and pods mount nothing but the version's code.
    """

    contract: Contract
    model: ModelName
    environment: str
    framework: Framework
    artifact: ArtifactReference
    format: Literal["onnx", "safetensors", "xgboost", "lightgbm"]
    signature: SignatureReference
    predictor: Predictor = Predictor()
    batching: Batching | None = None
    explain: bool = False
    timeout: Duration = "30s"
    monitoring: Monitoring | None = None
    predictions: Uri | None = None
    """Where predictions and feedback are logged."""
    registry: Uri
    registryKind: Literal["directory", "mlflow"] = "directory"
