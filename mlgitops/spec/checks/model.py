"""Checks of one model's spec: parts that must fit each other.

They run on the spec as it was written and again on each resolved one, since defaults and overrides
can break what fitted; `locate` tells where a pointer into the spec was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.checks.columns import check_inputs, check_target_type
from mlgitops.spec.checks.hyperparameters import check_hyperparameters
from mlgitops.spec.checks.limits import check_limits
from mlgitops.spec.checks.problem import Problem
from mlgitops.spec.checks.scoring import check_scoring
from mlgitops.spec.checks.trainer import check_predictor, check_trainer
from mlgitops.spec.code import Role, runs_in
from mlgitops.spec.documents.model import Metric, ModelSpec, Task, Variable, WorkerRange
from mlgitops.spec.python_names import top_level_names

Locate = Callable[[Pointer, bool], Location]
"""(pointer into the spec, whether the key is meant) → the place in the text."""

OF_KEYS = frozenset(("spec/unknown-option",))
"""Codes of findings about a key rather than its value."""

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


def check_model(
    spec: ModelSpec,
    code: Mapping[str, str],
    locate: Locate,
    subject: str = "",
    *,
    serving_code: Mapping[str, str] | None = None,
    of_version: bool = False,
) -> list[Finding]:
    """What does not fit within one spec.

    `code` are the files beside it, `serving_code` those beside the version that serves, where one does. `of_version`
    says that `serving` is that version's, which need not fit what the working tree trains now.
    """

    def finding(pointer: Pointer, code: str, message: str, hint: str = "") -> Finding:
        return Finding(
            locate(pointer, code in OF_KEYS), code, "error", message, hint, pointer_text(("spec", *pointer)), subject
        )

    checks = (
        _names(spec),
        _ranges(spec),
        _target(spec),
        _data(spec),
        _validation(spec),
        _variables(spec),
        check_target_type(spec),
        check_limits((pointer, metric) for pointer, metric in _metrics(spec) if metric.name in METRICS[spec.task]),
        check_trainer(spec),
        check_hyperparameters(spec),
        () if of_version else check_inputs(spec),
        () if of_version else check_predictor(spec, code),
        _serving(spec),
        check_scoring(spec),
        _entrypoints(spec, code, code if serving_code is None else serving_code),
    )
    return [finding(*problem) for check in checks for problem in check]


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
        for i, part in enumerate(spec.validation.slices):
            lists.append((("validation", "slices", i, "metrics"), [item.name for item in part.metrics]))
    if spec.serving:
        lists.append((("serving", "env"), [item.name for item in spec.serving.env]))
        lists.append((("serving", "inputs"), [item.name for item in spec.serving.inputs]))
    for pointer, names in lists:
        for index, name in _repeated(names):
            message = f"{dotted(pointer)} must name each item once, got '{name}' again"
            yield (*pointer, index, "name"), "spec/duplicate-name", message, "rename or remove one"
    for index, name in _repeated(spec.features):
        message = f"features must name each column once, got '{name}' again"
        yield ("features", index), "spec/duplicate-name", message, "remove one"


def _ranges(spec: ModelSpec) -> Iterator[Problem]:
    for pointer, low, high in _bounds(spec):
        if low > high:
            message = f"{dotted(pointer)} must run from low to high, got {low:g} to {high:g}"
            yield pointer, "spec/range-reversed", message, "swap the two"


def _bounds(spec: ModelSpec) -> Iterator[tuple[Pointer, float, float]]:
    """Everything that has two ends."""
    workers, serving = spec.training.workers, spec.serving
    if isinstance(workers, WorkerRange):
        yield ("training", "workers"), workers.min, workers.max
    if serving and serving.replicas.max is not None:
        yield ("serving", "replicas"), serving.replicas.min, serving.replicas.max
    ranges: list[tuple[Pointer, list[float] | None]] = []
    for i, feature in enumerate(serving.inputs if serving else ()):
        ranges.append((("serving", "inputs", i, "range"), feature.range))
    for i, data in enumerate(spec.data):
        for j, expectation in enumerate(data.expect):
            ranges.append((("data", i, "expect", j, "range"), expectation.range))
    for j, expectation in enumerate(spec.batchScoring.input.expect if spec.batchScoring else ()):
        ranges.append((("batchScoring", "input", "expect", j, "range"), expectation.range))
    for i, part in enumerate(spec.validation.slices if spec.validation else ()):
        ranges.append((("validation", "slices", i, "range"), part.range))
    for pointer, ends in ranges:
        if ends is not None:
            yield pointer, ends[0], ends[1]
    for pointer, metric in _metrics(spec):
        if metric.min is not None and metric.max is not None:
            yield pointer, metric.min, metric.max


def _target(spec: ModelSpec) -> Iterator[Problem]:
    hint = "add `target:` with the column to predict"
    if spec.target is None and spec.task not in UNSUPERVISED:
        yield (), "spec/target-missing", f"a model of task {spec.task} needs `target`, got none", hint
    if spec.target is None and spec.task == "anomalyDetection" and spec.validation is not None:
        message = "the metrics of anomalyDetection compare with a `target`, got none"
        yield ("validation",), "spec/target-missing", message, hint
    if spec.target is not None and spec.task == "clustering":
        yield ("target",), "spec/target-unexpected", "clustering predicts no column, got `target`", "remove it"
    if spec.target is not None and spec.target == spec.id:
        message = f"id must be another column than the target, got '{spec.id}' for both"
        yield ("id",), "spec/id-is-target", message, "name the column that tells records apart, or remove `id`"
    for name, column in (("target", spec.target), ("id", spec.id)):
        if column is not None and column in spec.features:
            index = spec.features.index(column)
            message = f"features must not hold the {name} '{column}': the model would read its own answer"
            yield ("features", index), "spec/leaking-feature", message, "remove it from `features`"


def _data(spec: ModelSpec) -> Iterator[Problem]:
    if not any(item.role == "training" for item in spec.data):
        message = "data must have a set to train on, got none of role training"
        yield ("data",), "spec/training-data-missing", message, "add one with `role: training`"


def _metrics(spec: ModelSpec) -> Iterator[tuple[Pointer, Metric]]:
    """Every metric of the validation, those of slices too."""
    if spec.validation is None:
        return
    for i, metric in enumerate(spec.validation.metrics):
        yield ("validation", "metrics", i), metric
    for i, part in enumerate(spec.validation.slices):
        for j, metric in enumerate(part.metrics):
            yield ("validation", "slices", i, "metrics", j), metric


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
    for i, part in enumerate(spec.validation.slices):
        if (part.equals is None) == (part.range is None):
            got = "neither" if part.range is None else "both"
            message = f"slice '{part.name}' must have either `equals` or `range`, got {got}"
            yield (
                ("validation", "slices", i),
                "spec/slice",
                message,
                "keep one of the two" if got == "both" else "add one",
            )
    fitting = METRICS[spec.task]
    for pointer, metric in _metrics(spec):
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
            same_uri = item.uri.rstrip("/") == other.uri.rstrip("/")
            same = "uri" if same_uri else "digest" if item.digest and item.digest == other.digest else ""
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


def _serving(spec: ModelSpec) -> Iterator[Problem]:
    if spec.serving is None:
        return
    if f"{spec.serving.route}/".startswith("/v2/"):
        message = f"serving.route must not be below /v2, got {spec.serving.route}: there is the Open Inference Protocol"
        yield ("serving", "route"), "spec/route-reserved", message, "choose another one, such as the model's name"
    if spec.serving.threshold is not None and spec.task != "binaryClassification":
        message = f"`threshold` is for task binaryClassification, got task {spec.task}"
        yield ("serving", "threshold"), "spec/threshold-unexpected", message, "remove it"


def _entrypoints(spec: ModelSpec, code: Mapping[str, str], serving_code: Mapping[str, str]) -> Iterator[Problem]:
    yield from _entrypoint("train", ("training", "entrypoint"), spec.training.entrypoint, code)
    if spec.serving is not None:
        yield from _entrypoint("serve", ("serving", "entrypoint"), spec.serving.entrypoint, serving_code)


def _entrypoint(role: Role, pointer: Pointer, entrypoint: str | None, code: Mapping[str, str]) -> Iterator[Problem]:
    module, _, function = (entrypoint or "").partition(":")
    if entrypoint is None or "." in module:
        return  # a package: it comes with the image
    name, what = f"{module}.py", dotted(pointer)
    if name not in code:
        message = f"{what} needs {name} beside the spec, got no such file"
        yield pointer, "spec/entrypoint-file", message, f"add {name}, or name a module of the image"
        return
    if not runs_in(name, role):
        message = (
            f"{what} must name code that is there where models {role}, got {name}, which is only where they do not"
        )
        yield pointer, "spec/entrypoint-file", message, f"move the function to {role}.py"
        return
    names = top_level_names(code[name])
    if isinstance(names, int):
        message = f"{what} needs {name} to be Python, got a syntax error in line {names}"
        yield pointer, "spec/entrypoint-syntax", message, f"correct {name}"
    elif function not in names and "*" not in names:
        message = f"{what} needs `{function}` at the top level of {name}, got none"
        yield pointer, "spec/entrypoint-function", message, f"define `{function}` there"
