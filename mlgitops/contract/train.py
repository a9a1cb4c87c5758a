"""`TrainConfig`: how an environment carries a run out. No part of a run's identity."""

from __future__ import annotations

from pydantic import Field

from mlgitops.contract.parts import Contract, DataLocation, Stores
from mlgitops.spec.documents.model import Checkpoint
from mlgitops.spec.documents.run import Trigger
from mlgitops.spec.documents.types import DnsLabel, ImageReference, Owner, Strict, Timestamp, Uri

DATA_CPUS = 1
"""What Ray takes each worker of a loop with code to have beside its own: for Ray Data's tasks."""


class Request(Strict):
    """Who asked for the run, and why; a change of the spec asks by itself."""

    trigger: Trigger = "codeChange"
    reason: str | None = None
    requestedAt: Timestamp | None = None
    requestedBy: Owner | None = None


class TrainConfig(Strict):
    """In the environment variable `places.CONFIG_VARIABLE` of the driver."""

    contract: Contract
    environment: str
    team: DnsLabel
    data: list[DataLocation]
    stores: Stores
    checkpoints: Uri
    checkpoint: Checkpoint = Checkpoint()
    cpusPerWorker: float = Field(gt=0)
    maxFailures: int = 0
    image: ImageReference
    """The training image as the spec or the environment says it, before mirrors."""
    codeDigest: str
    request: Request = Request()
