"""Reading what the other side wrote: the models of `mlgitops.contract`, and no other version of them.

config = read_config(TrainConfig, text, "the variable MLGITOPS_CONFIG")
"""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from mlgitops import contract
from mlgitops.problem import RunProblem

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
    found = data.get("contract", contract.VERSION) if isinstance(data, dict) else contract.VERSION
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
