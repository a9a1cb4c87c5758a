"""Parts of one spec that must fit each other: each finding fires, whole, and none fires on what fits."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer
from mlgitops.spec.checks.model import METRICS, check_model
from mlgitops.spec.documents.model import Model, Task
from tests.spec.example_documents import CODE, DIGEST, FULL_MODEL, MODEL, PATHS, changed, place, written


def problems(
    text: str, code: Mapping[str, str] = CODE, serving_code: Mapping[str, str] | None = None, subject: str = ""
) -> list[Finding]:
    model = written(Model, text)

    def locate(pointer: Pointer, key: bool) -> Location:
        return model.document.locate(("spec", *pointer), key=key)

    return check_model(model.value.spec, code, locate, subject, serving_code=serving_code)


def test_what_fits_is_silent() -> None:
    assert problems(MODEL) == []
    assert problems(FULL_MODEL) == []


def test_a_subject_is_passed_on() -> None:
    (finding,) = problems(changed(MODEL, "  target: churned\n", ""), subject="churn@dev")
    assert finding.subject == "churn@dev"


ENV = "env: [{name: LOCALE, value: en}]"
TORCH = "framework: torch\n    entrypoint: train:train_loop"
SKLEARN = "framework: sklearn\n    estimator: linear_model.LogisticRegression"
KNOWN = "accuracy, auc, averagePrecision, balancedAccuracy, brier, f1, logLoss, precision, recall"

CASES: dict[str, tuple[str, str, str, str, str, str, str, str]] = {
    # name: (document, before, after, place, code, message, hint, pointer)
    "data named twice": (
        FULL_MODEL,
        "{name: reference,",
        "{name: customers,",
        "customers, role: reference",
        "spec/duplicate-name",
        "data must name each item once, got 'customers' again",
        "rename or remove one",
        "/spec/data/2/name",
    ),
    "a route of the inference protocol": (
        FULL_MODEL,
        "route: /churn",
        "route: /v2/models",
        "/v2/models",
        "spec/route-reserved",
        "serving.route must not be below /v2, got /v2/models: there is the Open Inference Protocol",
        "choose another one, such as the model's name",
        "/spec/serving/route",
    ),
    "a variable of training named twice": (
        FULL_MODEL,
        "{name: FEATURE_TOKEN",
        "{name: OMP_NUM_THREADS",
        "OMP_NUM_THREADS, secret",
        "spec/duplicate-name",
        "training.env must name each item once, got 'OMP_NUM_THREADS' again",
        "rename or remove one",
        "/spec/training/env/1/name",
    ),
    "a variable of serving named twice": (
        FULL_MODEL,
        ENV,
        "env: [{name: A, value: b}, {name: A, value: c}]",
        "A, value: c",
        "spec/duplicate-name",
        "serving.env must name each item once, got 'A' again",
        "rename or remove one",
        "/spec/serving/env/1/name",
    ),
    "an input named twice": (
        FULL_MODEL,
        "{name: plan, type",
        "{name: tenure, type",
        "tenure, type: string",
        "spec/duplicate-name",
        "serving.inputs must name each item once, got 'tenure' again",
        "rename or remove one",
        "/spec/serving/inputs/1/name",
    ),
    "a slice named twice": (
        FULL_MODEL,
        "{name: plus,",
        "{name: new,",
        "new, column: plan",
        "spec/duplicate-name",
        "validation.slices must name each item once, got 'new' again",
        "rename or remove one",
        "/spec/validation/slices/1/name",
    ),
    "a metric named twice": (
        MODEL,
        "[{name: auc, min: 0.82}]",
        "[{name: auc, min: 0.82}, {name: auc, max: 1}]",
        "auc, max: 1",
        "spec/duplicate-name",
        "validation.metrics must name each item once, got 'auc' again",
        "rename or remove one",
        "/spec/validation/metrics/1/name",
    ),
    "a slice's metric named twice": (
        FULL_MODEL,
        "[{name: recall, min: 0.6}]",
        "[{name: recall, min: 0.6}, {name: recall, max: 1}]",
        "recall, max: 1",
        "spec/duplicate-name",
        "validation.slices[1].metrics must name each item once, got 'recall' again",
        "rename or remove one",
        "/spec/validation/slices/1/metrics/1/name",
    ),
    "a feature named twice": (
        FULL_MODEL,
        "[tenure, plan, calls]",
        "[tenure, plan, tenure]",
        "tenure]",
        "spec/duplicate-name",
        "features must name each column once, got 'tenure' again",
        "remove one",
        "/spec/features/2",
    ),
    "workers reversed": (
        FULL_MODEL,
        "{min: 2, max: 4}",
        "{min: 5, max: 4}",
        "{min: 5, max: 4}",
        "spec/range-reversed",
        "training.workers must run from low to high, got 5 to 4",
        "swap the two",
        "/spec/training/workers",
    ),
    "replicas reversed": (
        FULL_MODEL,
        "{min: 2, max: 6}",
        "{min: 7, max: 6}",
        "{min: 7, max: 6}",
        "spec/range-reversed",
        "serving.replicas must run from low to high, got 7 to 6",
        "swap the two",
        "/spec/serving/replicas",
    ),
    "an input's range reversed": (
        FULL_MODEL,
        "range: [0, 120], nullable: true",
        "range: [120, 0.5], nullable: true",
        "[120, 0.5]",
        "spec/range-reversed",
        "serving.inputs[0].range must run from low to high, got 120 to 0.5",
        "swap the two",
        "/spec/serving/inputs/0/range",
    ),
    "an expectation's range reversed": (
        FULL_MODEL,
        "unique: false, range: [0, 120]",
        "unique: false, range: [1, -1]",
        "[1, -1]",
        "spec/range-reversed",
        "data[0].expect[0].range must run from low to high, got 1 to -1",
        "swap the two",
        "/spec/data/0/expect/0/range",
    ),
    "a slice's range reversed": (
        FULL_MODEL,
        "range: [0, 3]",
        "range: [3, 0]",
        "[3, 0]",
        "spec/range-reversed",
        "validation.slices[0].range must run from low to high, got 3 to 0",
        "swap the two",
        "/spec/validation/slices/0/range",
    ),
    "a metric's limits reversed": (
        FULL_MODEL,
        "min: 0.82, max: 1,",
        "min: 0.82, max: 0.8,",
        "{name: auc, min: 0.82",
        "spec/range-reversed",
        "validation.metrics[0] must run from low to high, got 0.82 to 0.8",
        "swap the two",
        "/spec/validation/metrics/0",
    ),
    "no target": (
        MODEL,
        "  target: churned\n",
        "",
        "task:",
        "spec/target-missing",
        "a model of task binaryClassification needs `target`, got none",
        "add `target:` with the column to predict",
        "/spec",
    ),
    "a target that nothing predicts": (
        changed(MODEL, "[{name: auc,", "[{name: silhouette,").replace(
            "linear_model.LogisticRegression", "cluster.KMeans"
        ),
        "task: binaryClassification",
        "task: clustering",
        "churned",
        "spec/target-unexpected",
        "clustering predicts no column, got `target`",
        "remove it",
        "/spec/target",
    ),
    "anomalies without labels to compare with": (
        changed(MODEL, "  target: churned\n", "").replace("linear_model.LogisticRegression", "svm.OneClassSVM"),
        "task: binaryClassification",
        "task: anomalyDetection",
        "dataset: ",
        "spec/target-missing",
        "the metrics of anomalyDetection compare with a `target`, got none",
        "add `target:` with the column to predict",
        "/spec/validation",
    ),
    "the target among the features": (
        FULL_MODEL,
        "[tenure, plan, calls]",
        "[tenure, plan, churned]",
        "churned]",
        "spec/leaking-feature",
        "features must not hold the target 'churned': the model would read its own answer",
        "remove it from `features`",
        "/spec/features/2",
    ),
    "the id among the features": (
        FULL_MODEL,
        "[tenure, plan, calls]",
        "[customer, tenure, plan]",
        "customer, tenure, plan]",
        "spec/leaking-feature",
        "features must not hold the id 'customer': the model would read its own answer",
        "remove it from `features`",
        "/spec/features/0",
    ),
    "nothing to train on": (
        MODEL,
        "role: training",
        "role: reference",
        "- {name: customers,",
        "spec/training-data-missing",
        "data must have a set to train on, got none of role training",
        "add one with `role: training`",
        "/spec/data",
    ),
    "a holdout that is not there": (
        MODEL,
        "dataset: customers-holdout",
        "dataset: holdout",
        "holdout\n    metrics",
        "spec/unknown-dataset",
        "validation.dataset must name data of role validation (customers-holdout), got 'holdout'",
        "add it to `data` with `role: validation`",
        "/spec/validation/dataset",
    ),
    "a holdout that is trained on": (
        MODEL,
        "dataset: customers-holdout",
        "dataset: customers",
        "customers\n    metrics",
        "spec/unknown-dataset",
        "validation.dataset must name data of role validation (customers-holdout), got 'customers'",
        "add it to `data` with `role: validation`",
        "/spec/validation/dataset",
    ),
    "a holdout at the training data's uri": (
        MODEL,
        "s3://holdout/customers/v3",
        "s3://features/customers/v7/",
        '"s3://features/customers/v7/"',
        "spec/validation-not-independent",
        "validation data 'customers-holdout' must be independent, got the uri of training data 'customers'",
        "point it at data held out",
        "/spec/data/1/uri",
    ),
    "a holdout of the training data's bytes": (
        FULL_MODEL,
        DIGEST["2"],
        DIGEST["1"],
        f'"{DIGEST["1"]}"',
        "spec/validation-not-independent",
        "validation data 'holdout' must be independent, got the digest of training data 'customers'",
        "point it at data held out",
        "/spec/data/1/digest",
    ),
    "a slice of nothing": (
        FULL_MODEL,
        "column: plan, equals: plus, ",
        "column: plan, ",
        "{name: plus, column",
        "spec/slice",
        "slice 'plus' must have either `equals` or `range`, got neither",
        "add one",
        "/spec/validation/slices/1",
    ),
    "a slice of two things": (
        FULL_MODEL,
        "column: plan, equals: plus, ",
        "column: plan, equals: plus, range: [0, 1], ",
        "{name: plus, column",
        "spec/slice",
        "slice 'plus' must have either `equals` or `range`, got both",
        "keep one of the two",
        "/spec/validation/slices/1",
    ),
    "a metric of another task": (
        MODEL,
        "[{name: auc,",
        "[{name: rmse,",
        "rmse",
        "spec/metric-unfit",
        f"a metric of binaryClassification must be one of {KNOWN}; got 'rmse'",
        "take a metric that fits the task",
        "/spec/validation/metrics/0/name",
    ),
    "a slice's metric of another task": (
        FULL_MODEL,
        "[{name: recall,",
        "[{name: r2,",
        "r2",
        "spec/metric-unfit",
        f"a metric of binaryClassification must be one of {KNOWN}; got 'r2'",
        "take a metric that fits the task",
        "/spec/validation/slices/1/metrics/0/name",
    ),
    "a metric that stops nothing": (
        MODEL,
        "[{name: auc, min: 0.82}]",
        "[{name: auc}]",
        "{name: auc}",
        "spec/metric-without-limit",
        "metric 'auc' needs min, max, maxRegression or maxGap, got none of them",
        "without a limit it cannot stop a bad version",
        "/spec/validation/metrics/0",
    ),
    "a variable with nothing": (
        FULL_MODEL,
        ENV,
        "env: [{name: LOCALE}]",
        "{name: LOCALE}",
        "spec/variable",
        "variable LOCALE must have either `value` or `secret`, got neither",
        "keep one of the two",
        "/spec/serving/env/0",
    ),
    "a variable with both": (
        FULL_MODEL,
        '{name: OMP_NUM_THREADS, value: "4"}',
        '{name: OMP_NUM_THREADS, value: "4", secret: {name: a, key: b}}',
        '{name: OMP_NUM_THREADS, value: "4", secret',
        "spec/variable",
        "variable OMP_NUM_THREADS must have either `value` or `secret`, got both",
        "keep one of the two",
        "/spec/training/env/0",
    ),
    "elastic workers without retries": (
        FULL_MODEL,
        "maxFailures: 2",
        "maxFailures: 0",
        "{min: 2, max: 4}",
        "spec/elastic-without-retries",
        "an elastic range of workers needs maxFailures of at least 1: a resize counts as a failure, got 0",
        "set `maxFailures: 3`",
        "/spec/training/workers",
    ),
    "torch without code": (
        MODEL,
        SKLEARN,
        "framework: torch",
        "torch",
        "spec/entrypoint-missing",
        "framework torch needs `entrypoint`, got none",
        "add `entrypoint: train:train_loop`",
        "/spec/training/framework",
    ),
    "custom without code": (
        MODEL,
        SKLEARN,
        "framework: custom",
        "custom\n",
        "spec/entrypoint-missing",
        "framework custom needs `entrypoint`, got none",
        "add `entrypoint: train:train_loop`",
        "/spec/training/framework",
    ),
    "scikit-learn without a class": (
        MODEL,
        SKLEARN,
        "framework: sklearn",
        "sklearn",
        "spec/estimator-missing",
        "framework sklearn needs `estimator` (or `entrypoint`), got neither",
        "add `estimator: linear_model.Ridge`",
        "/spec/training/framework",
    ),
    "a class for another framework": (
        MODEL,
        SKLEARN,
        "framework: xgboost\n    estimator: svm.SVC",
        "svm.SVC",
        "spec/estimator-unexpected",
        "`estimator` is for framework sklearn, got framework xgboost",
        "remove it",
        "/spec/training/estimator",
    ),
    "a threshold for several classes": (
        changed(
            changed(
                FULL_MODEL,
                "[{name: auc, min: 0.82, max: 1, maxRegression: 0.01, maxGap: 0.05}]",
                "[{name: f1Macro, min: 0.8}]",
            )
            .replace("name: auc, min: 0.7", "name: accuracy, min: 0.7")
            .replace("name: recall", "name: accuracy"),
            "threshold: 0.4",
            "threshold: 0.5",
        ),
        "task: binaryClassification",
        "task: multiclassClassification",
        "0.5",
        "spec/threshold-unexpected",
        "`threshold` is for task binaryClassification, got task multiclassClassification",
        "remove it",
        "/spec/serving/threshold",
    ),
    "a module that is not there": (
        MODEL,
        SKLEARN,
        "framework: torch\n    entrypoint: trian:train_loop",
        "trian:train_loop",
        "spec/entrypoint-file",
        "training.entrypoint needs trian.py beside the spec, got no such file",
        "add trian.py, or name a module of the image",
        "/spec/training/entrypoint",
    ),
    "a function that is not there": (
        MODEL,
        SKLEARN,
        "framework: torch\n    entrypoint: train:main",
        "train:main",
        "spec/entrypoint-function",
        "training.entrypoint needs `main` at the top level of train.py, got none",
        "define `main` there",
        "/spec/training/entrypoint",
    ),
    "training code that is only where models serve": (
        MODEL,
        SKLEARN,
        "framework: torch\n    entrypoint: serve:Churn",
        "serve:Churn",
        "spec/entrypoint-file",
        "training.entrypoint must name code that is there where models train, got serve.py, which is only where they "
        "do not",
        "move the function to train.py",
        "/spec/training/entrypoint",
    ),
    "serving code that is only where models train": (
        FULL_MODEL,
        "entrypoint: serve:Churn",
        "entrypoint: train:train_loop",
        "train:train_loop\n    replicas",
        "spec/entrypoint-file",
        "serving.entrypoint must name code that is there where models serve, got train.py, which is only where they "
        "do not",
        "move the function to serve.py",
        "/spec/serving/entrypoint",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_finding(name: str) -> None:
    document, before, after, at, code, message, hint, pointer = CASES[name]
    text = changed(document, before, after)
    location = Location(PATHS[Model], *place(text, at))
    assert problems(text) == [Finding(location, code, "error", message, hint, pointer)]


@pytest.mark.parametrize("task", METRICS)
def test_every_metric_of_a_task_fits_it(task: Task) -> None:
    text = changed(changed(MODEL, SKLEARN, TORCH), "task: binaryClassification", f"task: {task}")
    text = changed(text, "  target: churned\n", "") if task == "clustering" else text
    metrics = ", ".join(f"{{name: {name}, min: 0}}" for name in sorted(METRICS[task]))
    assert problems(changed(text, "[{name: auc, min: 0.82}]", f"[{metrics}]")) == []


CODES: dict[str, tuple[str, bool]] = {
    "a function": ("def train_loop(config): ...\n", True),
    "an asynchronous function": ("async def train_loop(config): ...\n", True),
    "a class": ("class train_loop: ...\n", True),
    "a name": ("train_loop = print\n", True),
    "an annotated name": ("train_loop: object = print\n", True),
    "one of several names": ("a, (train_loop, *b) = x\n", True),
    "an import": ("from package import train_loop\n", True),
    "an import by another name": ("from package import loop as train_loop\n", True),
    "a module": ("import train_loop.inner\n", True),
    "anything that a module has": ("from package import *\n", True),
    "in a condition": ("if x:\n    pass\nelif y:\n    def train_loop(config): ...\n", True),
    "in an attempt": ("try:\n    from a import b\nexcept ImportError:\n    def train_loop(config): ...\n", True),
    "in a match": ("match x:\n    case 1:\n        def train_loop(config): ...\n", True),
    "within a function": ("def main():\n    def train_loop(config): ...\n", False),
    "a method": ("class Loop:\n    def train_loop(self): ...\n", False),
    "imported as something else": ("from package import train_loop as loop\n", False),
    "in a comment": ("# def train_loop(config): ...\n", False),
    "nothing": ("", False),
    "an escape that is none": ("def train_loop(config): return '\\d'\n", True),
}


@pytest.mark.parametrize("name", CODES)
def test_what_code_defines(name: str) -> None:
    source, defined = CODES[name]
    text = changed(MODEL, SKLEARN, TORCH)
    codes = [finding.code for finding in problems(text, {"train.py": source})]
    assert codes == ([] if defined else ["spec/entrypoint-function"])


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def train_loop(config:\n    ...\n", 1),
        ("x = 1\n\ndef train_loop(config):\n  y\n z\n", 5),
        ("x = " + "(" * 1000 + ")" * 1000, 1),
        ("x = " + "-" * 100_000 + "1\n", 1),
    ],
)
def test_code_that_is_not_python(source: str, line: int) -> None:
    text = changed(MODEL, SKLEARN, TORCH)
    assert problems(text, {"train.py": source}) == [
        Finding(
            Location(PATHS[Model], *place(text, "train:train_loop")),
            "spec/entrypoint-syntax",
            "error",
            f"training.entrypoint needs train.py to be Python, got a syntax error in line {line}",
            "correct train.py",
            "/spec/training/entrypoint",
        )
    ]


def test_a_package_comes_with_the_image() -> None:
    text = changed(MODEL, SKLEARN, "framework: torch\n    entrypoint: package.module:main")
    assert problems(text, {}) == []


def test_a_version_is_held_to_its_own_code() -> None:
    """What stands in the working tree is not in the pods of a version."""
    assert problems(FULL_MODEL, CODE, {"serve.py": CODE["serve.py"]}) == []
    (finding,) = problems(FULL_MODEL, CODE, {})
    assert (finding.code, finding.pointer) == ("spec/entrypoint-file", "/spec/serving/entrypoint")
