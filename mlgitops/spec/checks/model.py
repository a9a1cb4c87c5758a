"""Checks of one model's spec: parts that must fit each other.

They run on the spec as it was written and again on each resolved one, since defaults and overrides
can break what fitted; `locate` tells where a pointer into the spec was written.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.documents.model import Metric, ModelSpec, Serving, Task, Training, Variable, WorkerRange

Locate = Callable[[Pointer], Location]

METRICS: Mapping[Task, frozenset[str]] = {
    "binaryClassification": frozenset(
        ("accuracy", "auc", "averagePrecision", "balancedAccuracy", "brier", "f1", "logLoss", "precision", "recall")
    ),
    "multiclassClassification": frozenset(
        ("accuracy", "balancedAccuracy", "f1Macro", "logLoss", "precisionMacro", "recallMacro")
    ),
    "regression": frozenset(("mae", "mape", "medianAbsoluteError", "mse", "r2", "rmse")),
    "clustering": frozenset(("calinskiHarabasz", "daviesBouldin", "silhouette")),
    "anomalyDetection": frozenset(("auc", "averagePrecision", "f1", "precision", "recall")),
}
"""The metrics that the evaluate Job knows for each task."""

UNSUPERVISED = ("clustering", "anomalyDetection")


def check_model(spec: ModelSpec, code: Mapping[str, str], locate: Locate, subject: str = "") -> list[Finding]:
    """What does not fit within one spec; `code` are the files beside it."""

    def finding(pointer: Pointer, code: str, message: str, hint: str = "") -> Finding:
        return Finding(locate(pointer), code, "error", message, hint, pointer_text(("spec", *pointer)), subject)

    checks = (
        _names(spec),
        _ranges(spec),
        _target(spec),
        _validation(spec),
        _variables(spec),
        _training(spec.training),
        _entrypoints(spec, code),
    )
    return [finding(*problem) for check in checks for problem in check]


Problem = tuple[Pointer, str, str, str]
"""(pointer into the spec, code, message, hint)."""


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)


def _names(spec: ModelSpec) -> Iterator[Problem]:
    lists: list[tuple[Pointer, list[str]]] = [
        (("data",), [item.name for item in spec.data]),
        (("training", "env"), [item.name for item in spec.training.env]),
    ]
    if spec.validation:
        lists.append((("validation", "metrics"), [item.name for item in spec.validation.metrics]))
        lists.append((("validation", "slices"), [item.name for item in spec.validation.slices]))
    if spec.serving:
        lists.append((("serving", "env"), [item.name for item in spec.serving.env]))
        lists.append((("serving", "inputs"), [item.name for item in spec.serving.inputs]))
    for pointer, names in lists:
        for index, name in _repeated(names):
            message = f"{dotted(pointer)} must name each item once, got '{name}' again"
            yield (*pointer, index, "name"), "spec/duplicate-name", message, "rename or remove one"


def _ranges(spec: ModelSpec) -> Iterator[Problem]:
    bounds: list[tuple[Pointer, float, float]] = []
    if isinstance(spec.training.workers, WorkerRange):
        bounds.append((("training", "workers"), spec.training.workers.min, spec.training.workers.max))
    if spec.serving:
        replicas = spec.serving.replicas
        if replicas.max is not None:
            bounds.append((("serving", "replicas"), replicas.min, replicas.max))
        for i, feature in enumerate(spec.serving.inputs):
            if feature.range:
                bounds.append((("serving", "inputs", i, "range"), *feature.range))  # type: ignore[arg-type]
    for i, data in enumerate(spec.data):
        for j, expectation in enumerate(data.expect):
            if expectation.range:
                bounds.append((("data", i, "expect", j, "range"), *expectation.range))  # type: ignore[arg-type]
    for pointer, low, high in bounds:
        if low > high:
            message = f"{dotted(pointer)} must run from low to high, got {low:g} to {high:g}"
            yield pointer, "spec/range-reversed", message, "swap the two"


def _target(spec: ModelSpec) -> Iterator[Problem]:
    if spec.target is None and spec.task not in UNSUPERVISED:
        hint = "add `target:` with the column to predict"
        yield (), "spec/target-missing", f"a model of task {spec.task} needs `target`, got none", hint
    if spec.target is not None and spec.task == "clustering":
        yield ("target",), "spec/target-unexpected", "clustering predicts no column, got `target`", "remove it"
    for name, column in (("target", spec.target), ("id", spec.id)):
        if column is not None and column in spec.features:
            index = spec.features.index(column)
            message = f"features must not hold the {name} '{column}': the model would read its own answer"
            yield ("features", index), "spec/leaking-feature", message, "remove it from `features`"


def _validation(spec: ModelSpec) -> Iterator[Problem]:
    if spec.validation is None:
        return
    roles = {item.name: item.role for item in spec.data}
    chosen = spec.validation.dataset
    if roles.get(chosen) != "validation":
        known = ", ".join(sorted(n for n, r in roles.items() if r == "validation")) or "none"
        message = f"validation.dataset must name data of role validation ({known}), got '{chosen}'"
        yield ("validation", "dataset"), "spec/unknown-dataset", message, "add it to `data` with `role: validation`"
    yield from _independence(spec)
    metrics: list[tuple[Pointer, Metric]] = [
        (("validation", "metrics", i), metric) for i, metric in enumerate(spec.validation.metrics)
    ]
    for i, part in enumerate(spec.validation.slices):
        metrics += [(("validation", "slices", i, "metrics", j), m) for j, m in enumerate(part.metrics)]
    fitting = METRICS[spec.task]
    for pointer, metric in metrics:
        if metric.name not in fitting:
            message = f"a metric of {spec.task} must be one of {', '.join(sorted(fitting))}; got '{metric.name}'"
            yield (*pointer, "name"), "spec/metric-unfit", message, "take a metric that fits the task"
        elif metric.min is metric.max is metric.maxRegression is metric.maxGap is None:
            message = f"metric '{metric.name}' needs min, max, maxRegression or maxGap, got none of them"
            yield pointer, "spec/metric-without-limit", message, "without a limit it cannot stop a bad version"


def _independence(spec: ModelSpec) -> Iterator[Problem]:
    training = [item for item in spec.data if item.role == "training"]
    for index, item in enumerate(spec.data):
        if item.role != "validation":
            continue
        for other in training:
            same = "uri" if item.uri == other.uri else "digest" if item.digest and item.digest == other.digest else ""
            if same:
                message = (
                    f"validation data '{item.name}' must be independent, got the {same} of training data '{other.name}'"
                )
                yield ("data", index, same), "spec/validation-not-independent", message, "point it at data held out"


def _variables(spec: ModelSpec) -> Iterator[Problem]:
    groups: list[tuple[str, list[Variable]]] = [("training", spec.training.env)]
    if spec.serving:
        groups.append(("serving", spec.serving.env))
    for section, variables in groups:
        for index, variable in enumerate(variables):
            if (variable.value is None) == (variable.secret is None):
                got = "neither" if variable.value is None else "both"
                message = f"variable {variable.name} must have either `value` or `secret`, got {got}"
                yield (section, "env", index), "spec/variable", message, "keep one of the two"


def _training(training: Training) -> Iterator[Problem]:
    if isinstance(training.workers, WorkerRange) and training.maxFailures == 0:
        message = "an elastic range of workers needs maxFailures of at least 1: a resize counts as a failure, got 0"
        yield ("training", "workers"), "spec/elastic-without-retries", message, "set `maxFailures: 3`"
    if training.framework in ("torch", "custom") and training.entrypoint is None:
        message = f"framework {training.framework} needs `entrypoint`, got none"
        yield ("training", "framework"), "spec/entrypoint-missing", message, "add `entrypoint: train:train_loop`"
    if training.framework == "sklearn" and training.estimator is None and training.entrypoint is None:
        message = "framework sklearn needs `estimator` (or `entrypoint`), got neither"
        yield ("training", "framework"), "spec/estimator-missing", message, "add `estimator: linear_model.Ridge`"
    if training.estimator is not None and training.framework != "sklearn":
        message = f"`estimator` is for framework sklearn, got framework {training.framework}"
        yield ("training", "estimator"), "spec/estimator-unexpected", message, "remove it"


def _entrypoints(spec: ModelSpec, code: Mapping[str, str]) -> Iterator[Problem]:
    yield from _entrypoint(("training", "entrypoint"), spec.training.entrypoint, code)
    serving: Serving | None = spec.serving
    if serving is not None:
        yield from _entrypoint(("serving", "entrypoint"), serving.entrypoint, code)


def _entrypoint(pointer: Pointer, entrypoint: str | None, code: Mapping[str, str]) -> Iterator[Problem]:
    if entrypoint is None or entrypoint.startswith("mlgitops."):
        return
    module, _, function = entrypoint.partition(":")
    if "." in module:
        return  # a package: it comes with the image
    text = code.get(f"{module}.py")
    if text is None:
        message = f"{dotted(pointer)} needs {module}.py beside the spec, got no such file"
        yield pointer, "spec/entrypoint-file", message, f"add {module}.py, or name a module of the image"
    elif function not in _top_level(text):
        message = f"{dotted(pointer)} needs `{function}` at the top level of {module}.py, got none"
        yield pointer, "spec/entrypoint-function", message, f"define `{function}` there"


def _top_level(text: str) -> set[str]:
    """The names that a module defines at its top level; a module that does not parse defines none."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name) for alias in node.names}
    return names
