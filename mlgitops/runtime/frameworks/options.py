"""Hyperparameters as a library's options, refused before anything starts where they cannot work.

`mlgitops validate` refuses the same, and more, at the person's line; who starts a run by other means learns it here.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.spec.invalid import shown
from mlgitops.spec.training.boosters import OBJECTIVES, OPTIONS
from mlgitops.spec.training.estimators import ESTIMATORS, options_of
from mlgitops.spec.training.option import Option, fits, wanted

_HINT = "`mlgitops validate` says where"


def checked_options(inputs: RunInputs) -> dict[str, object]:
    """The options of a model without code, by the library's names.

    Raises RunProblem `train/option`: an estimator, a task or an option that cannot work.
    """
    known = _known(inputs)
    options: dict[str, object] = {}
    for name, value in inputs.hyperparameters.items():
        option = known.get(name)
        if option is None:
            message = f"hyperparameters must be options of {inputs.estimator or inputs.framework}, got {shown(name)}"
            raise RunProblem("train/option", message, f"known options: {', '.join(sorted(known))}")
        if not fits(option, value):
            message = f"{name} must be {wanted(option)}, got {shown(value)}"
            raise RunProblem("train/option", message, _HINT)
        if value is not None:
            options[option.library] = value
    return options


def _known(inputs: RunInputs) -> Mapping[str, Option]:
    if inputs.framework == "sklearn":
        tasks = ESTIMATORS.get(inputs.estimator or "", ())
        if inputs.task not in tasks:
            message = f"an estimator must be one that exports, for task {inputs.task}, got {shown(inputs.estimator)}"
            raise RunProblem("train/option", message, _HINT)
        return options_of(inputs.estimator or "")
    objectives = OBJECTIVES.get(inputs.framework, {}).get(inputs.task)
    if objectives is None:
        message = f"framework {inputs.framework} must have a task it knows or an entrypoint, got task {inputs.task}"
        raise RunProblem("train/option", message, _HINT)
    return {**OPTIONS[inputs.framework], "objective": Option("objective", "objective", choices=objectives)}
