"""`Release`: the version that serves in one environment, in `environments/<env>/releases/<model>.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.spec.documents.environment import Cohort
from mlgitops.spec.documents.types import (
    Digest,
    DnsLabel,
    EnvironmentName,
    ModelName,
    Owner,
    RuleName,
    Strict,
    Text,
    Timestamp,
    VersionName,
)
from mlgitops.spec.risk.factor import RiskLevel


class ReleaseMetadata(Strict):
    name: ModelName
    """The model."""
    environment: EnvironmentName


class Approved(Strict):
    """What an approval was given for: void when the release is more than that (`spec.approvals`)."""

    rule: RuleName = "governance.approvals"
    """What asks for it; `release.risk-lowered` for a risk below the computed one."""
    version: VersionName
    risk: RiskLevel
    changes: list[Annotated[str, Field(min_length=1, max_length=100)]] = []
    policy: Digest
    """Over what asks for it."""


class Approval(Strict):
    role: DnsLabel
    by: Owner
    at: Timestamp
    of: Approved | None = None
    """Written by `mlgitops release approve`; without it the release as it stands."""


class Previous(Strict):
    """The release that serves beside the new one while a rollout is under way."""

    version: VersionName
    recordDigest: Digest


class Rollout(Strict):
    """How far requests have moved from the previous version to `version`: `mlgitops rollout` writes each step."""

    strategy: Literal["blueGreen", "canary", "abTest", "shadow"]
    weight: Annotated[int, Field(ge=0, le=100)]
    """Of 100 requests, those that `version` answers."""
    mirror: bool = False
    """Whether `version` gets a copy of each request too, whose answer nobody sees."""
    cohort: Cohort | None = None
    """Whose requests `version` answers, whatever the weight."""
    aborted: bool = False
    """Whether all requests went back to the previous version, which stays."""
    previous: Previous | None = None
    """Absent when the rollout is over: `version` serves alone."""


class ReleaseSpec(Strict):
    version: VersionName
    recordDigest: Digest
    """Over every file of `versions/<version>/` (`spec.digests.record_digest`)."""
    supersedes: VersionName | None = None
    promotedFrom: EnvironmentName | None = None
    riskLevel: RiskLevel = "medium"
    requestedBy: Owner
    requestedAt: Timestamp | None = None
    """When it was asked for; written by the command that asks."""
    reason: Text | None = None
    rollout: Rollout | None = None
    """Absent where the version took the place of the one before at once."""
    approvals: list[Approval] = []


class Release(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Release"]
    metadata: ReleaseMetadata
    spec: ReleaseSpec
