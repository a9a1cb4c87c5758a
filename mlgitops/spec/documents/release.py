"""`Release`: the version that serves in one environment, in `environments/<env>/releases/<model>.yaml`."""

from __future__ import annotations

from typing import Literal

from mlgitops.spec.documents.environment import RiskLevel
from mlgitops.spec.documents.types import (
    Digest,
    DnsLabel,
    EnvironmentName,
    ModelName,
    Owner,
    Strict,
    Text,
    Timestamp,
    VersionName,
)


class ReleaseMetadata(Strict):
    name: ModelName
    """The model."""
    environment: EnvironmentName


class Approval(Strict):
    role: DnsLabel
    by: Owner
    at: Timestamp


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
    approvals: list[Approval] = []


class Release(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Release"]
    metadata: ReleaseMetadata
    spec: ReleaseSpec
