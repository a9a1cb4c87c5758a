"""Columns that must fit each other: the target, what is expected of it, and the inputs of requests."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.source import dotted
from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.documents.model import Expectation, ModelSpec
from mlgitops.spec.invalid import shown


def check_target_type(spec: ModelSpec) -> Iterator[Problem]:
    """What data must be like, where it says that of the target."""
    for i, data in enumerate(spec.data):
        for j, expected in enumerate(data.expect):
            if expected.column != spec.target or data.role == "reference":
                continue
            where = ("data", i, "expect", j)
            if spec.task == "regression":
                wrong = _no_number(expected)
                if wrong:
                    message = f"the target of a regression must be a number, got {dotted((*where, wrong))} that is none"
                    yield (*where, wrong), "spec/target-type", message, "correct the type, the target or the task"
            if spec.task == "binaryClassification" and expected.values is not None and len(expected.values) != 2:
                message = f"the target of a binary classification must have 2 values, got {len(expected.values)}"
                hint = "take `task: multiclassClassification`, or correct `values`"
                yield (*where, "values"), "spec/target-type", message, hint


def _no_number(expected: Expectation) -> str | None:
    """The field that says that a column holds no numbers."""
    if expected.type in ("string", "timestamp", "bool"):
        return "type"
    if any(isinstance(value, str | bool) for value in expected.values or ()):
        return "values"
    return None


def check_inputs(spec: ModelSpec) -> Iterator[Problem]:
    """Inputs of requests that the model does not learn from."""
    for i, feature in enumerate(spec.serving.inputs if spec.serving else ()):
        name = feature.name
        where = ("serving", "inputs", i, "name")
        if name in (spec.target, spec.id):
            what = "target" if name == spec.target else "id"
            message = f"an input must be a feature, got {shown(name)}, the {what}"
            yield where, "spec/input-unknown", message, "remove it: requests do not hold it"
        elif spec.features and name not in spec.features:
            message = f"an input must be one of `features`, got {shown(name)}"
            yield where, "spec/input-unknown", message, "add it to `features`, or remove it"
