"""`SignConfig`: what the sign Job checks before it registers and signs. It runs no code of a spec."""

from __future__ import annotations

from mlgitops.contract.parts import Contract, DataIdentity, Stores
from mlgitops.contract.run import RunInputs
from mlgitops.contract.train import Request
from mlgitops.spec.documents.model import Metric, Slice
from mlgitops.spec.documents.types import DnsLabel, ImageReference, ModelName, Strict


class SignConfig(Strict):
    """Mounted as `places.SIGN_CONFIG` in the sign Job, the only one with a key."""

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
    """File in `places.SIGNING_KEY`."""
    signer: DnsLabel
    """The key's name, as reviewed Git knows it."""
    stores: Stores
