"""The options of the built-in trainers: that each exists, is of its type and within its bounds.

With an `entrypoint` they are what the contributors' own code makes of them, and nothing is known of them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.documents.model import ModelSpec, Training, WorkerRange
from mlgitops.spec.invalid import shown
from mlgitops.spec.nearest import nearest_word
from mlgitops.spec.training.boosters import ALTERNATIVES, ELSEWHERE, NEEDED, OBJECTIVES, OPTIONS, OTHER_NAMES
from mlgitops.spec.training.estimators import ESTIMATORS, options_of
from mlgitops.spec.training.option import Option, fits, right_kind, wanted

_PLACE = ("training", "hyperparameters")


def check_hyperparameters(spec: ModelSpec) -> Iterator[Problem]:
    """What the built-in trainer of a spec would refuse, or pass over in silence."""
    training = spec.training
    if training.entrypoint is not None or not training.hyperparameters:
        return
    options = _options(spec)
    if options is None:
        return
    for name, value in training.hyperparameters.items():
        option = options.get(name)
        if option is None:
            yield _unknown(training, name, options)
        elif not fits(option, value):
            yield _unfit(option, value)
    if training.framework in OPTIONS:
        yield from _together(training)


def _options(spec: ModelSpec) -> Mapping[str, Option] | None:
    """By name; None where nothing is known of them, as of an estimator that does not exist."""
    training = spec.training
    if training.framework == "sklearn":
        return options_of(training.estimator) if training.estimator in ESTIMATORS else None
    options = OPTIONS.get(training.framework)
    objectives = OBJECTIVES.get(training.framework, {}).get(spec.task)
    if options is None or objectives is None:
        return None
    return {**options, "objective": Option("objective", "objective", choices=objectives)}


def _unknown(training: Training, name: str, options: Mapping[str, Option]) -> Problem:
    trainer = training.estimator or training.framework
    other = OTHER_NAMES.get(training.framework, {}).get(name)
    near = other or nearest_word(name.replace("_", ""), options)
    hint = f"did you mean `{near}`?" if near else f"known options: {', '.join(sorted(options))}"
    hint = ELSEWHERE.get(name, hint)
    return (*_PLACE, name), "spec/unknown-option", f"{trainer} has no option {shown(name)} in a spec", hint


def _unfit(option: Option, value: JsonValue) -> Problem:
    message = f"{'.'.join(_PLACE)}.{option.name} must be {wanted(option)}; got {shown(value)}"
    place = (*_PLACE, option.name)
    if not right_kind(option, value):
        hint = "remove the quotes" if isinstance(value, str) and not option.choices else "write one of these"
        return place, "spec/option-type", message, hint
    near = nearest_word(value, option.choices) if isinstance(value, str) else None
    return place, "spec/option-range", message, f"did you mean {near}?" if near else "no run could use it"


def _together(training: Training) -> Iterator[Problem]:
    """Options that are fine by themselves and not with one another."""
    given, framework = training.hyperparameters, training.framework
    for one, other in ALTERNATIVES[framework]:
        if one in given and other in given:
            message = f"`{one}` and `{other}` must not both be given: one would be ignored"
            yield (*_PLACE, other), "spec/option-clash", message, "remove one"
    for name, value, needed in NEEDED[framework]:
        if given.get(name) == value and needed not in given:
            message = f"{name} {value} needs `{needed}`, got none"
            yield (*_PLACE, name), "spec/option-clash", message, f"add `{needed}`"
    most = training.workers.max if isinstance(training.workers, WorkerRange) else training.workers
    if framework == "xgboost" and given.get("treeMethod") == "exact" and most > 1:
        message = f"treeMethod exact works in 1 worker alone, got {most} workers"
        yield (*_PLACE, "treeMethod"), "spec/option-clash", message, "take hist, or remove `workers`"
