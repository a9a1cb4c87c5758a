"""`SignConfig`: what the sign Job checks before it registers and signs. It runs no code of a spec."""

from __future__ import annotations

from mlgitops.contract.parts import Contract, DataIdentity, Stores
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import Request
from mlgitops.spec.documents.model import Metric, Slice
from mlgitops.spec.documents.signer import KeylessIdentity
from mlgitops.spec.documents.types import Audience, DnsLabel, ImageReference, ModelName, Strict


class SignConfig(Strict):
    """Mounted as `places.SIGN_CONFIG` in the sign Job, the only one that signs."""

    contract: Contract
    model: ModelName
    environment: str
    team: DnsLabel
    inputs: RunInputs
    """What was trained, from what: so that nothing of it is taken from what a training pod says."""
    codeDigest: str
    image: ImageReference
    request: Request = Request()
    holdout: DataIdentity
    metrics: list[Metric]
    """Limits, judged again here by our code alone."""
    slices: list[Slice] = []
    key: str
    """File in `places.SIGNING_KEY`: the key, or the token of who signs without one."""
    signer: DnsLabel
    """The name of who signs, as reviewed Git knows it."""
    keyless: KeylessIdentity | None = None
    """Who the Job must turn out to be where it signs without a key."""
    audience: Audience = "sigstore"
    """Of the token."""
    stores: Stores
