"""Registered, signed versions with real models in them, and the configurations that serve them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgitops.contract.serve import ServeConfig
from mlgitops.registry.opened import open_registry
from tests.registry.examples import Example, Key, run_of, signed_again
from tests.runtime.predict import artifacts


def registered(folder: Path, key: Key, number: int) -> Example:
    """Version `number` of `churn`, in the registry at `folder`/registry."""
    version = folder / f"version-{number}"
    artifacts.xgboost_binary(version / "signed" / "artifact", seed=number)
    (version / "signed" / "evaluation.json").write_text('{"contract": 1}')
    example = signed_again(version, key, run_of(number))
    open_registry("directory", uri_of(folder)).register(example.version, example.folder)
    return example


def uri_of(folder: Path) -> str:
    return f"file://{folder}/registry"


def config_of(folder: Path, example: Example, **fields: Any) -> ServeConfig:
    return ServeConfig(
        contract=1,
        model="churn",
        environment="dev",
        framework="xgboost",
        artifact=example.artifact,
        format="xgboost",
        signature=example.signature,
        registry=uri_of(folder),
        **fields,
    )
