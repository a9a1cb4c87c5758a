"""`Repository`: `mlgitops.yaml` at the root, which marks a repository and tells Argo CD where it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlgitops.spec.documents.types import DnsLabel, Strict

_GIT_URL = r"^(https://|ssh://|git@|file://)[^\s\x00-\x1f]{1,500}$"


class RepositoryMetadata(Strict):
    name: DnsLabel


class ArgoCD(Strict):
    namespace: DnsLabel = "argocd"


class RepositorySpec(Strict):
    repoURL: Annotated[str, Field(pattern=_GIT_URL)]
    """This repository, as Argo CD reads it."""
    targetRevision: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$")] = "main"
    argocd: ArgoCD = ArgoCD()


class Repository(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Repository"]
    metadata: RepositoryMetadata
    spec: RepositorySpec
