"""`Repository`: `mlgitops.yaml` at the root, which marks a repository and tells Argo CD where it is."""

from __future__ import annotations

from typing import Literal

from mlgitops.spec.documents.types import DnsLabel, GitRevision, GitUrl, Strict


class RepositoryMetadata(Strict):
    name: DnsLabel


class ArgoCD(Strict):
    namespace: DnsLabel = "argocd"


class RepositorySpec(Strict):
    repoURL: GitUrl
    """This repository, as Argo CD reads it."""
    targetRevision: GitRevision = "main"
    argocd: ArgoCD = ArgoCD()


class Repository(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Repository"]
    metadata: RepositoryMetadata
    spec: RepositorySpec
