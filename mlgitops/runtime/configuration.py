"""Where the runtime finds its configuration in its container.

config = config_variable(TrainConfig)
inputs = config_file(RunInputs, places.RUN_INPUTS)
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from mlgitops.contract import places
from mlgitops.contract.reading import Config, read_config
from mlgitops.problem import RunProblem
from mlgitops.spec.documents.types import DIGEST


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


def run_identity() -> str:
    """The run of this process, from `places.RUN_VARIABLE`. Raises RunProblem `contract/missing`, `contract/invalid`."""
    run = os.environ.get(places.RUN_VARIABLE, "")
    if not re.fullmatch(DIGEST, run):
        code, got = ("contract/invalid", f"{run[:80]!a}") if run else ("contract/missing", "none")
        message = f"{places.RUN_VARIABLE} must be a run's identity, sha256: and 64 digits, got {got}"
        raise RunProblem(code, message, "start it as the rendered objects do")
    return run


def most_seconds() -> float | None:
    """How long a Job waits at most, from `places.WAIT_VARIABLE`; None where its deadline ends it.

    Raises RunProblem `contract/invalid`.
    """
    text = os.environ.get(places.WAIT_VARIABLE)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        message = f"{places.WAIT_VARIABLE} must be a number of seconds, got {text[:40]!a}"
        raise RunProblem("contract/invalid", message, "write 0 to look once")
    return seconds
