"""What a built-in trainer cannot do: each finding fires, whole, and what can work is silent."""

from __future__ import annotations

import pytest

from mlgitops.contract.limits import LOWER_IS_BETTER
from mlgitops.findings import Finding
from mlgitops.report.explain import parse
from mlgitops.source import Location, Pointer
from mlgitops.spec.checks.model import METRICS, check_model
from mlgitops.spec.documents.model import Model
from mlgitops.spec.metrics import MEASURES
from mlgitops.spec.training.boosters import OBJECTIVES, OPTIONS
from mlgitops.spec.training.estimators import ESTIMATORS, options_of
from tests.spec.example_documents import CODE, FULL_MODEL, MODEL, PATHS, changed, place, written

SKLEARN = "framework: sklearn\n    estimator: linear_model.LogisticRegression"
XGBOOST = changed(MODEL, SKLEARN, "framework: xgboost\n    hyperparameters: {maxDepth: 4, eta: 0.1}")
LIGHTGBM = changed(MODEL, SKLEARN, "framework: lightgbm\n    hyperparameters: {numLeaves: 31}")
FOREST = changed(
    MODEL,
    SKLEARN,
    "framework: sklearn\n    estimator: ensemble.RandomForestClassifier\n    hyperparameters: {nEstimators: 50}",
)
REGRESSION = changed(changed(XGBOOST, "binaryClassification", "regression"), "{name: auc, min", "{name: r2, min")
TRAINING_SET = '{name: customers, role: training, uri: "s3://features/customers/v7"}'
WEIGHTS = {
    "train.py": "from safetensors.torch import save_file\ndef train_loop(config): ...\n",
    "serve.py": "class Churn: ...\n",
}


def problems(text: str, code: dict[str, str] | None = None, *, of_version: bool = False) -> list[Finding]:
    model = written(Model, text)

    def locate(pointer: Pointer, key: bool) -> Location:
        return model.document.locate(("spec", *pointer), key=key)

    return check_model(model.value.spec, CODE if code is None else code, locate, of_version=of_version)


def expecting(expectation: str) -> str:
    return TRAINING_SET.replace("}", f", expect: [{{column: churned, {expectation}}}]}}")


CASES: dict[str, tuple[str, str, str, str, str, str, str, str]] = {
    # name: (document, before, after, place, code, message, hint, pointer)
    "an option that is misspelt": (
        XGBOOST,
        "maxDepth: 4",
        "max_depth: 4",
        "max_depth",
        "spec/unknown-option",
        "xgboost has no option 'max_depth' in a spec",
        "did you mean `maxDepth`?",
        "/spec/training/hyperparameters/max_depth",
    ),
    "an option of another library's": (
        LIGHTGBM,
        "numLeaves: 31",
        "subsample: 0.5",
        "subsample",
        "spec/unknown-option",
        "lightgbm has no option 'subsample' in a spec",
        "did you mean `baggingFraction`?",
        "/spec/training/hyperparameters/subsample",
    ),
    "an option that a spec says elsewhere": (
        FOREST,
        "nEstimators: 50",
        "randomState: 3",
        "randomState",
        "spec/unknown-option",
        "ensemble.RandomForestClassifier has no option 'randomState' in a spec",
        "write it as `training.seed`",
        "/spec/training/hyperparameters/randomState",
    ),
    "an option unlike any other": (
        changed(
            MODEL, SKLEARN, "framework: sklearn\n    estimator: naive_bayes.GaussianNB\n    hyperparameters: {q: 1}"
        ),
        "q: 1",
        "zzz: 1",
        "zzz",
        "spec/unknown-option",
        "naive_bayes.GaussianNB has no option 'zzz' in a spec",
        "known options: varSmoothing",
        "/spec/training/hyperparameters/zzz",
    ),
    "no round at all": (
        XGBOOST,
        "maxDepth: 4",
        "numBoostRound: 0",
        "0, eta",
        "spec/option-range",
        "training.hyperparameters.numBoostRound must be a whole number at least 1 and at most 1000000; got 0",
        "no run could use it",
        "/spec/training/hyperparameters/numBoostRound",
    ),
    "a step of nothing": (
        XGBOOST,
        "eta: 0.1",
        "eta: 0",
        "0}",
        "spec/option-range",
        "training.hyperparameters.eta must be a number above 0 and at most 1; got 0",
        "no run could use it",
        "/spec/training/hyperparameters/eta",
    ),
    "half a level": (
        XGBOOST,
        "maxDepth: 4",
        "maxDepth: 4.5",
        "4.5",
        "spec/option-type",
        "training.hyperparameters.maxDepth must be a whole number at least 0; got 4.5",
        "write one of these",
        "/spec/training/hyperparameters/maxDepth",
    ),
    "a number in quotes": (
        LIGHTGBM,
        "numLeaves: 31",
        'numLeaves: "31"',
        '"31"',
        "spec/option-type",
        "training.hyperparameters.numLeaves must be a whole number at least 2 and at most 131072; got '31'",
        "remove the quotes",
        "/spec/training/hyperparameters/numLeaves",
    ),
    "true where a number belongs": (
        XGBOOST,
        "maxDepth: 4",
        "maxDepth: true",
        "true",
        "spec/option-type",
        "training.hyperparameters.maxDepth must be a whole number at least 0; got true",
        "write one of these",
        "/spec/training/hyperparameters/maxDepth",
    ),
    "a list where a number belongs": (
        XGBOOST,
        "maxDepth: 4",
        "maxDepth: [4]",
        "[4]",
        "spec/option-type",
        "training.hyperparameters.maxDepth must be a whole number at least 0; got a list",
        "write one of these",
        "/spec/training/hyperparameters/maxDepth",
    ),
    "an unknown word": (
        XGBOOST,
        "maxDepth: 4",
        "treeMethod: histo",
        "histo",
        "spec/option-range",
        "training.hyperparameters.treeMethod must be one of auto, exact, approx, hist; got 'histo'",
        "did you mean hist?",
        "/spec/training/hyperparameters/treeMethod",
    ),
    "an objective of another task": (
        XGBOOST,
        "maxDepth: 4",
        "objective: multi:softprob",
        "multi:softprob",
        "spec/option-range",
        "training.hyperparameters.objective must be binary:logistic; got 'multi:softprob'",
        "no run could use it",
        "/spec/training/hyperparameters/objective",
    ),
    "an estimator's option out of its range": (
        FOREST,
        "nEstimators: 50",
        "maxFeatures: 1.5",
        "1.5",
        "spec/option-range",
        "training.hyperparameters.maxFeatures must be a whole number at least 1, or a number above 0 and at most 1, "
        "or one of log2, sqrt; got 1.5",
        "no run could use it",
        "/spec/training/hyperparameters/maxFeatures",
    ),
    "one thing twice": (
        XGBOOST,
        "maxDepth: 4",
        "learningRate: 0.2",
        "0.2",
        "spec/option-clash",
        "`eta` and `learningRate` must not both be given: one would be ignored",
        "remove one",
        "/spec/training/hyperparameters/learningRate",
    ),
    "a quantile that nobody names": (
        REGRESSION,
        "maxDepth: 4",
        "objective: reg:quantileerror",
        "reg:quantileerror",
        "spec/option-clash",
        "objective reg:quantileerror needs `quantileAlpha`, got none",
        "add `quantileAlpha`",
        "/spec/training/hyperparameters/objective",
    ),
    "exact trees by several workers": (
        XGBOOST,
        "hyperparameters: {maxDepth: 4, eta: 0.1}",
        "hyperparameters: {treeMethod: exact}\n    workers: {min: 1, max: 3}\n    maxFailures: 1",
        "exact",
        "spec/option-clash",
        "treeMethod exact works in 1 worker alone, got 3 workers",
        "take hist, or remove `workers`",
        "/spec/training/hyperparameters/treeMethod",
    ),
    "a misspelt estimator": (
        MODEL,
        "linear_model.LogisticRegression",
        "linear_model.LogisticRegresion",
        "linear_model.LogisticRegresion",
        "spec/estimator-unknown",
        "an estimator must be one of the 57 that can be exported, got linear_model.LogisticRegresion",
        "did you mean linear_model.LogisticRegression?",
        "/spec/training/estimator",
    ),
    "an estimator like none": (
        MODEL,
        "linear_model.LogisticRegression",
        "Q",
        "Q",
        "spec/estimator-unknown",
        "an estimator must be one of the 57 that can be exported, got Q",
        "`mlgitops explain spec/estimator-unknown` lists them",
        "/spec/training/estimator",
    ),
    "an estimator whose model answers otherwise": (
        MODEL,
        "linear_model.LogisticRegression",
        "ensemble.HistGradientBoostingClassifier",
        "ensemble.HistGradientBoostingClassifier",
        "spec/estimator-unknown",
        "an estimator must leave a model that can be served, got ensemble.HistGradientBoostingClassifier: "
        "its ONNX model answers otherwise than it does itself",
        "take framework lightgbm, which is its model, or write an `entrypoint`",
        "/spec/training/estimator",
    ),
    "an estimator for another task": (
        FOREST,
        "RandomForestClassifier",
        "RandomForestRegressor",
        "ensemble.RandomForestRegressor",
        "spec/estimator-unfit",
        "ensemble.RandomForestRegressor is for regression, got task binaryClassification",
        "take one for the task, such as ensemble.RandomForestClassifier",
        "/spec/training/estimator",
    ),
    "several workers for one task": (
        MODEL,
        SKLEARN,
        f"{SKLEARN}\n    workers: 4",
        "4",
        "spec/workers-unfit",
        "an estimator of scikit-learn is fitted by 1 worker, got 4",
        "remove `workers`, or give the one worker more `resources.cpu`",
        "/spec/training/workers",
    ),
    "elastic workers for one task": (
        MODEL,
        SKLEARN,
        f"{SKLEARN}\n    workers: {{min: 1, max: 2}}\n    maxFailures: 1",
        "{min: 1, max: 2}",
        "spec/workers-unfit",
        "an estimator of scikit-learn is fitted by 1 worker, got a range",
        "remove `workers`, or give the one worker more `resources.cpu`",
        "/spec/training/workers",
    ),
    "a GPU for what uses none": (
        MODEL,
        SKLEARN,
        f"{SKLEARN}\n    accelerators: {{type: T4}}",
        "{type: T4}",
        "spec/workers-unfit",
        "an estimator of scikit-learn uses no accelerator, got some",
        "remove `accelerators`",
        "/spec/training/accelerators",
    ),
    "a booster for anomalies": (
        LIGHTGBM,
        "task: binaryClassification",
        "task: anomalyDetection",
        "lightgbm",
        "spec/task-unfit",
        "the built-in trainer of lightgbm needs one of the tasks binaryClassification, multiclassClassification, "
        "regression; got anomalyDetection",
        "take `framework: sklearn` and an estimator for the task, or write an `entrypoint`",
        "/spec/training/framework",
    ),
    "a limit that none can reach": (
        MODEL,
        "min: 0.82",
        "min: 82",
        "82",
        "spec/limit-unreachable",
        "min of auc must be at most 1, its best value, got 82",
        "no version could pass: lower it",
        "/spec/validation/metrics/0/min",
    ),
    "an error below nothing": (
        REGRESSION,
        "{name: r2, min: 0.82}",
        "{name: mae, max: -1}",
        "-1",
        "spec/limit-unreachable",
        "max of mae must be at least 0, its smallest value, got -1",
        "no version could pass: raise it",
        "/spec/validation/metrics/0/max",
    ),
    "a limit that stops good versions": (
        REGRESSION,
        "{name: r2, min: 0.82}",
        "{name: mae, min: 48}",
        "48",
        "spec/limit-reversed",
        "a smaller mae is better, so it needs `max`; got `min` alone",
        "write `max: 48`",
        "/spec/validation/metrics/0/min",
    ),
    "a ceiling for a share of hits": (
        MODEL,
        "min: 0.82",
        "max: 0.9",
        "0.9",
        "spec/limit-reversed",
        "a larger auc is better, so it needs `min`; got `max` alone",
        "write `min: 0.9`",
        "/spec/validation/metrics/0/max",
    ),
    "text to regress": (
        REGRESSION,
        TRAINING_SET,
        expecting("type: string"),
        "string",
        "spec/target-type",
        "the target of a regression must be a number, got data[0].expect[0].type that is none",
        "correct the type, the target or the task",
        "/spec/data/0/expect/0/type",
    ),
    "words to regress": (
        REGRESSION,
        TRAINING_SET,
        expecting("values: [low, high]"),
        "[low, high]",
        "spec/target-type",
        "the target of a regression must be a number, got data[0].expect[0].values that is none",
        "correct the type, the target or the task",
        "/spec/data/0/expect/0/values",
    ),
    "three of two": (
        XGBOOST,
        TRAINING_SET,
        expecting("values: [0, 1, 2]"),
        "[0, 1, 2]",
        "spec/target-type",
        "the target of a binary classification must have 2 values, got 3",
        "take `task: multiclassClassification`, or correct `values`",
        "/spec/data/0/expect/0/values",
    ),
    "an input that nothing learns from": (
        FULL_MODEL,
        "[tenure, plan, calls]",
        "[tenure, calls]",
        "plan, type: string",
        "spec/input-unknown",
        "an input must be one of `features`, got 'plan'",
        "add it to `features`, or remove it",
        "/spec/serving/inputs/1/name",
    ),
    "the answer tells records apart": (
        FULL_MODEL,
        "id: customer",
        "id: churned",
        "churned\n  data",
        "spec/id-is-target",
        "id must be another column than the target, got 'churned' for both",
        "name the column that tells records apart, or remove `id`",
        "/spec/id",
    ),
    "a range of what is scored reversed": (
        FULL_MODEL,
        "expect: [{column: tenure, range: [0, 120]}]",
        "expect: [{column: tenure, range: [9, 1]}]",
        "[9, 1]",
        "spec/range-reversed",
        "batchScoring.input.expect[0].range must run from low to high, got 9 to 1",
        "swap the two",
        "/spec/batchScoring/input/expect/0/range",
    ),
    "answers over the training data": (
        FULL_MODEL,
        "output: s3://answers/churn",
        "output: s3://features/customers/",
        "s3://features/customers/\n",
        "spec/scoring-output",
        "batchScoring.output must be a folder of its own, got one that meets data 'customers'",
        "write answers where nothing else is",
        "/spec/batchScoring/output",
    ),
    "answers over their input": (
        FULL_MODEL,
        "output: s3://answers/churn",
        "output: s3://features/customers/nightly/answers",
        "s3://features/customers/nightly/answers",
        "spec/scoring-output",
        "batchScoring.output must be a folder of its own, got one that meets its input",
        "write answers where nothing else is",
        "/spec/batchScoring/output",
    ),
    "the answer as an input": (
        FULL_MODEL,
        "{name: plan, type: string, values: [basic, plus]}",
        "{name: churned, type: bool}",
        "churned, type: bool",
        "spec/input-unknown",
        "an input must be a feature, got 'churned', the target",
        "remove it: requests do not hold it",
        "/spec/serving/inputs/1/name",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_finding(name: str) -> None:
    document, before, after, at, code, message, hint, pointer = CASES[name]
    text = changed(document, before, after)
    location = Location(PATHS[Model], *place(text, at))
    assert problems(text) == [Finding(location, code, "error", message, hint, pointer)]


def test_scoring_needs_something_that_answers() -> None:
    text = MODEL + '  batchScoring: {input: {uri: "s3://a/b"}, output: "s3://c/d"}\n'
    (finding,) = problems(text)
    assert finding == Finding(
        Location(PATHS[Model], *place(text, "{input: {uri")),
        "spec/scoring-without-serving",
        "error",
        "batch scoring answers as `serving` says, got no such section",
        "add `serving`, or remove `batchScoring`",
        "/spec/batchScoring",
    )


def test_weights_need_a_predictor() -> None:
    text = changed(FULL_MODEL, "    entrypoint: serve:Churn\n", "")
    message = "weights in safetensors need `serving.entrypoint`, got none: nobody would know what to do with them"
    hint = "add `entrypoint: serve:Predictor` and the class in serve.py, or export ONNX"
    location = Location(PATHS[Model], *place(text, "route: /churn"))
    assert problems(text, WEIGHTS) == [
        Finding(location, "spec/predictor-missing", "error", message, hint, "/spec/serving")
    ]


def test_what_brings_its_own_predictor_needs_none() -> None:
    text = changed(FULL_MODEL, "    entrypoint: serve:Churn\n", "")
    assert problems(text, {"train.py": "import torch.onnx\ndef train_loop(config): ...\n"}) == []
    assert problems(FULL_MODEL, WEIGHTS) == []


def test_a_version_need_not_fit_what_is_trained_now() -> None:
    """It serves with the inputs and the predictor that it was made with."""
    narrower = changed(FULL_MODEL, "[tenure, plan, calls]", "[tenure, calls]")
    assert problems(narrower, of_version=True) == []
    assert problems(changed(FULL_MODEL, "    entrypoint: serve:Churn\n", ""), WEIGHTS, of_version=True) == []


@pytest.mark.parametrize(
    "options",
    [
        "{numBoostRound: 1, maxDepth: 0, eta: 1, subsample: 1.0, colsampleBytree: 0.5, lambda: 0, treeMethod: hist}",
        "{booster: dart, rateDrop: 0.1, oneDrop: true, monotoneConstraints: [1, 0]}",
        "{maxDepth: null, objective: binary:logistic, baseScore: -0.5}",
    ],
)
def test_what_xgboost_takes(options: str) -> None:
    assert problems(changed(XGBOOST, "{maxDepth: 4, eta: 0.1}", options)) == []


def test_code_of_ones_own_takes_any_option() -> None:
    text = changed(XGBOOST, "hyperparameters:", "entrypoint: train:train_loop\n    hyperparameters:")
    assert problems(changed(text, "maxDepth: 4", "anything: {at: all}")) == []


def test_one_mistake_is_one_finding() -> None:
    """Options of an estimator that does not exist, of a trainer without the task: said once, at the cause."""
    unknown = changed(FOREST, "RandomForestClassifier", "RandomForest")
    assert [finding.code for finding in problems(unknown)] == ["spec/estimator-unknown"]
    unfit = changed(changed(XGBOOST, "binaryClassification", "anomalyDetection"), "maxDepth: 4", "depth: 4")
    assert [finding.code for finding in problems(unfit)] == ["spec/task-unfit"]


def test_every_metric_has_its_bounds() -> None:
    assert set(MEASURES) == set().union(*METRICS.values())
    assert {name for name, measure in MEASURES.items() if measure.better == "smaller"} == LOWER_IS_BETTER


def test_every_option_is_found_by_its_name() -> None:
    tables = [*OPTIONS.values(), *(options_of(name) for name in ESTIMATORS)]
    assert all(option.name == name for table in tables for name, option in table.items())
    assert set(OBJECTIVES) == set(OPTIONS)


def test_the_explanation_lists_the_estimators() -> None:
    from mlgitops.cli.explanations import DIRECTORY

    page = parse((DIRECTORY / "spec.md").read_text())["spec/estimator-unknown"].body
    assert all(f"`{name}`" in page for name in ESTIMATORS)
