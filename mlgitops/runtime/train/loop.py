"""What a worker with code does: the contributors' loop, an ordinary one of Ray Train, with options and seed."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.runtime.train.quiet import quiet_worker
from mlgitops.runtime.train.records import step_of


def run_loop(config: Mapping[str, Any]) -> dict[str, int]:
    """The function that Ray Train runs in each worker; `config` as `cluster` makes it.

    Gives the step of the checkpoint that it began at, and the number of workers.
    """
    import ray.train

    quiet_worker()
    inputs = RunInputs.model_validate_json(config["inputs"])
    loop = loop_of(inputs, config["code"])
    resumed = _resumed_at()
    loop(loop_config(inputs))
    return {"resumedAt": resumed, "workers": ray.train.get_context().get_world_size()}


def loop_config(inputs: RunInputs) -> dict[str, Any]:
    """What a loop is called with: its hyperparameters, and the spec's seed as `seed`."""
    return {**inputs.hyperparameters, "seed": inputs.seed}


def loop_of(inputs: RunInputs, code: str) -> Callable[[dict[str, Any]], object]:
    """The function that `entrypoint` names. Raises RunProblem `train/entrypoint`."""
    if code not in sys.path:
        sys.path.insert(0, code)
    module, _, name = (inputs.entrypoint or "").partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, SyntaxError) as error:
        message = f"training.entrypoint {inputs.entrypoint!r} must be a function that can be imported, got: {error}"
        raise RunProblem("train/entrypoint", message, "correct the name, or what the module imports") from None
    if not callable(found):
        message = f"training.entrypoint {inputs.entrypoint!r} must be a function, got a {type(found).__name__}"
        raise RunProblem("train/entrypoint", message, "name the loop")
    loop: Callable[[dict[str, Any]], object] = found
    return loop


def _resumed_at() -> int:
    import ray.train

    if ray.train.get_checkpoint() is None:
        return 0
    reported = ray.train.get_all_reported_checkpoints()
    return step_of(reported[-1].metrics, len(reported) - 1) if reported else 0
