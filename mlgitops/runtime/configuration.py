"""Reading what the control plane rendered: the models of `mlgitops.contract`, and no other version of them.

config = read_config(TrainConfig, os.environ[places.CONFIG_VARIABLE], "the variable MLGITOPS_CONFIG")
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.runtime.problem import RunProblem

Config = TypeVar("Config", bound=BaseModel)

LARGEST = 1 << 20
"""Bytes of a configuration or a record; a ConfigMap holds no more."""


def read_config(kind: type[Config], text: str | bytes, where: str) -> Config:
    """A configuration or a record. `where` says where it was read, for messages.

    Raises RunProblem: `contract/too-large`, `contract/other-version`, `contract/invalid`.
    """
    if len(text) > LARGEST:
        message = f"{where} must be at most {LARGEST} bytes, got {len(text)}"
        raise RunProblem("contract/too-large", message, "it was not written by mlgitops: look at who wrote it")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise RunProblem("contract/invalid", f"{where} must be JSON", "render it again") from None
    found = data.get("contract", contract.VERSION) if isinstance(data, dict) else None
    if found != contract.VERSION:
        message = f"{where} must be of contract {contract.VERSION}, got {str(found)[:20]!r}"
        hint = "run it with an image of the mlgitops version that rendered it, or render it with this one"
        raise RunProblem("contract/other-version", message, hint)
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:200]
        message = f"{where} must be a {kind.__name__}, got another: {place}: {first['msg'][:200]}"
        raise RunProblem("contract/invalid", message, "render it again with the version that runs it") from None


def code_folder() -> Path:
    """The folder of code and configuration files."""
    return Path(os.environ.get(places.CODE_VARIABLE) or places.CODE)


def config_file(kind: type[Config], name: str) -> Config:
    """A configuration from `code_folder`. Raises RunProblem, also `contract/missing`."""
    path = code_folder() / name
    try:
        text = path.read_bytes()
    except OSError:
        hint = f"mount the ConfigMap at {places.CODE}, or name its folder in {places.CODE_VARIABLE}"
        raise RunProblem("contract/missing", f"{name} must be in {path.parent}, got none", hint) from None
    return read_config(kind, text, name)


def config_variable(kind: type[Config], name: str = places.CONFIG_VARIABLE) -> Config:
    """A configuration from an environment variable. Raises RunProblem, also `contract/missing`."""
    text = os.environ.get(name)
    if not text:
        hint = "start it as the rendered objects do"
        raise RunProblem("contract/missing", f"the environment variable {name} must be set, got none", hint)
    return read_config(kind, text, f"the variable {name}")
