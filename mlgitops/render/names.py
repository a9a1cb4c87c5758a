"""Names of rendered objects: DNS labels, as short as KubeRay wants them.

KubeRay allows a RayJob and a RayService 47 characters, since it appends to them. A model's name has at
most 30 and a version's 16 (`spec.documents.types`), so that

    <model>-<8 hex>      a run's RayJob      39
    <model>-<version>    a RayService        47

always fit. What exists once for a model and role is `<model>-<role>`; what is immutable ends in a digest of its
contents, so that new contents are a new object.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from mlgitops.render.trace import derived
from mlgitops.spec.documents.environment import Destination
from mlgitops.spec.resolve import ResolvedModel

Part = Literal["train", "serve", "score"]
"""A folder under `rendered/<env>/<model>/`, and the Argo CD Application that syncs it."""

Role = Literal["train", "evaluate", "sign", "serve", "join", "score"]
"""What a pod does, and the ServiceAccount that it does it with."""

PART_OF_ROLE: dict[Role, Part] = {
    "train": "train",
    "evaluate": "train",
    "sign": "train",
    "serve": "serve",
    "join": "serve",
    "score": "score",
}

RUN_DIGITS = 8
"""Of a run's identity, in its name: two of a model's runs clash once in 2^32."""
CONTENT_DIGITS = 10


def content_digits(text: str) -> str:
    """The digits by which immutable objects are named after their contents."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:CONTENT_DIGITS]


def role_name(model: str, role: str) -> str:
    """The name of what exists once for a model and a role: ServiceAccount, PodMonitor, NetworkPolicy."""
    return derived(f"{model}-{role}", model)


def run_name(model: str, identity: str) -> str:
    """A run's RayJob: `identity` is `sha256:…`."""
    return f"{model}-{identity.removeprefix('sha256:')[:RUN_DIGITS]}"


def service_name(model: str, version: str) -> str:
    """The RayService of one version."""
    return derived(f"{model}-{version}", model)


def namespace_of(destination: Destination, team: str) -> str:
    """Where a team's objects go."""
    return destination.namespaces.get(team, destination.namespace)


def training_namespace(resolved: ResolvedModel) -> str:
    """Where the model trains."""
    return namespace_of(resolved.environment.destinations.training, resolved.metadata.team)


def serving_namespace(resolved: ResolvedModel) -> str:
    """Where the model serves."""
    return namespace_of(resolved.environment.destinations.serving, resolved.metadata.team)
