"""`Waiver`: an exception to one rule for one subject, with an expiry, in `policies/waivers/*.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.spec.documents.types import Date, DnsLabel, EnvironmentName, ModelName, Owner, RuleName, Strict, Text


class WaiverMetadata(Strict):
    name: DnsLabel


class WaiverSpec(Strict):
    rule: RuleName
    """`category.rule`."""
    model: ModelName
    environment: EnvironmentName
    owner: Owner
    reason: Text
    ticket: Annotated[str, Field(min_length=1, max_length=200)]
    issued: Date
    expires: Date
    """The last day, in UTC, at most 90 days after `issued`."""


class Waiver(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Waiver"]
    metadata: WaiverMetadata
    spec: WaiverSpec
