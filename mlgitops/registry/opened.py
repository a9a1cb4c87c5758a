"""The registry of an environment, by the kind and the address that its configuration names."""

from __future__ import annotations

from typing import Literal

from mlgitops.registry.directory import DirectoryRegistry
from mlgitops.registry.protocol import Registry
from mlgitops.registry.stores import Store


def open_registry(kind: Literal["directory", "mlflow"], uri: str) -> Registry:
    """A registry; whether it answers is seen when it is asked.

    Raises RunProblem for an address that is none or that needs a library that is missing.
    """
    if kind == "mlflow":
        from mlgitops.registry.mlflow import MlflowRegistry

        return MlflowRegistry(uri)
    return DirectoryRegistry(Store(uri))
