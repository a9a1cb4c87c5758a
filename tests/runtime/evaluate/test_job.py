"""The whole Job as a process, on scikit-learn's data sets: its scores are those of the libraries themselves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_data import splits
from sklearn import datasets, linear_model, metrics, model_selection, pipeline, preprocessing

from mlgitops.contract.profile import ReferenceProfile
from tests.runtime.evaluate.world import RUN, World, csv_of, custom, onnx

FILES = ["card.md", "evaluation.json", "profile.json"]


def breast_cancer(root: Path, **config: Any) -> World:
    """XGBoost on the example model's data: 120 rounds, of depth 4."""
    import xgboost

    world = World(root, "breast-cancer", "binaryClassification", "xgboost", **config)
    files = splits("breast-cancer")
    world.data(files["training.csv"], files["validation.csv"])
    description = world.describe("xgboost", classes=[0, 1])
    rows = xgboost.DMatrix(world.matrix("training", description), world.target("training"))
    options = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3, "nthread": 1, "seed": 7}
    world.booster = xgboost.train(options, rows, 120)  # type: ignore[attr-defined]
    world.booster.save_model(world.artifact / "model.ubj")  # type: ignore[attr-defined]
    world.record(artifactDigest=world.digest())
    return world


def diabetes(root: Path, **config: Any) -> World:
    world = World(root, "diabetes", "regression", "sklearn", **config)
    files = splits("diabetes")
    world.data(files["training.csv"], files["validation.csv"])
    description = world.describe("onnx")
    ridge = linear_model.Ridge(alpha=0.1).fit(world.matrix("training", description), world.target("training"))
    onnx(world, ridge, description, classifier=False)
    world.estimator = ridge  # type: ignore[attr-defined]
    world.record()
    return world


def wine(root: Path, **config: Any) -> World:
    """Wine with classes of text, a third of it held out."""
    world = World(root, "wine", "multiclassClassification", "sklearn", **config)
    bunch = datasets.load_wine()
    names = np.array(["barolo", "grignolino", "barbera"])[bunch.target]
    parts = model_selection.train_test_split(bunch.data, names, test_size=60, random_state=3, stratify=names)
    tables = []
    for data, target in ((parts[0], parts[2]), (parts[1], parts[3])):
        columns = {
            str(name).replace("/", "_"): data[:, place].tolist() for place, name in enumerate(bunch.feature_names)
        }
        tables.append(csv_of({**columns, "target": target.tolist()}))
    world.data(*tables)
    description = world.describe("onnx", classes=["barbera", "barolo", "grignolino"])
    estimator = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression(C=0.05))
    estimator.fit(world.matrix("training", description), world.target("training"))
    onnx(world, estimator, description, classifier=True)
    world.estimator = estimator  # type: ignore[attr-defined]
    world.record()
    return world


def test_binary(tmp_path: Path) -> None:
    part = {"name": "large", "column": "mean_radius", "range": [16, 100], "metrics": [{"name": "accuracy", "min": 0.9}]}
    world = breast_cancer(
        tmp_path, metrics=[{"name": "auc", "min": 0.97}, {"name": "recall", "min": 0.93}], slices=[part]
    )
    done = world.run()
    assert (done.stderr, done.code) == ("", 0)
    evaluation = world.evaluation()
    assert (evaluation.verdict, evaluation.rows, evaluation.overlap, evaluation.failures) == ("passed", 114, 0, [])
    assert evaluation.artifactDigest == world.digest()
    truth = world.target("holdout")
    probability = world.booster.inplace_predict(world.matrix("holdout", world.describe("xgboost", classes=[0, 1])))  # type: ignore[attr-defined]
    labels = probability > 0.5
    expected = {
        "accuracy": (labels == truth).mean(),
        "auc": metrics.roc_auc_score(truth, probability),
        "averagePrecision": metrics.average_precision_score(truth, probability),
        "balancedAccuracy": (labels[truth == 1].mean() + (~labels[truth == 0]).mean()) / 2,
        "brier": ((probability.astype(float) - truth) ** 2).mean(),
        "f1": 2 * (labels & (truth == 1)).sum() / (labels.sum() + (truth == 1).sum()),
        "logLoss": -np.log(np.where(truth == 1, probability, 1 - probability.astype(float))).mean(),
        "precision": truth[labels].mean(),
        "recall": labels[truth == 1].mean(),
    }
    assert world.scores() == pytest.approx(expected, rel=1e-6)
    large = world.table("holdout").column("mean_radius").to_numpy() >= 16
    assert world.scores(slice="large") == {"accuracy": pytest.approx((labels == truth)[large].mean())}
    slice_score = next(score for score in evaluation.scores if score.slice == "large")
    assert (slice_score.rows, slice_score.training) == (int(large.sum()), 1.0)


def test_regression(tmp_path: Path, evaluated: Any) -> None:
    world = diabetes(tmp_path, metrics=[{"name": "mae", "max": 48}, {"name": "r2", "min": 0.4}])
    assert evaluated(world).verdict == "passed"
    description = world.describe("onnx")
    truth, values = world.target("holdout"), world.estimator.predict(world.matrix("holdout", description))  # type: ignore[attr-defined]
    errors = np.abs(truth - values)
    assert world.scores() == pytest.approx(
        {
            "mae": errors.mean(),
            "mape": (errors / truth).mean(),
            "medianAbsoluteError": np.median(errors),
            "mse": (errors**2).mean(),
            "r2": 1 - (errors**2).sum() / ((truth - truth.mean()) ** 2).sum(),
            "rmse": np.sqrt((errors**2).mean()),
        },
        rel=1e-5,
    )
    assert sorted(path.name for path in world.results.iterdir()) == [*FILES, "residuals.svg"]


def test_several_classes(tmp_path: Path, evaluated: Any) -> None:
    world = wine(tmp_path, metrics=[{"name": "accuracy", "min": 0.9, "maxGap": 0.2}])
    evaluated(world)
    description = world.describe("onnx", classes=["barbera", "barolo", "grignolino"])
    truth, matrix = world.target("holdout"), world.matrix("holdout", description)
    labels, shares = world.estimator.predict(matrix), world.estimator.predict_proba(matrix)  # type: ignore[attr-defined]
    scores = world.scores()
    assert scores["accuracy"] == pytest.approx((labels == truth).mean())
    assert scores["f1Macro"] == pytest.approx(metrics.f1_score(truth, labels, average="macro"))
    assert scores["f1Weighted"] == pytest.approx(metrics.f1_score(truth, labels, average="weighted"))
    assert scores["recallMacro"] == pytest.approx(metrics.recall_score(truth, labels, average="macro"))
    assert scores["logLoss"] == pytest.approx(metrics.log_loss(truth, shares), rel=1e-5)
    training = next(score.training for score in world.evaluation().scores if score.metric == "accuracy")
    fitted = world.estimator.score(world.matrix("training", description), world.target("training"))  # type: ignore[attr-defined]
    assert training == pytest.approx(fitted)


def test_the_same_inputs_give_the_same_evaluation(tmp_path: Path) -> None:
    contents = []
    for attempt in ("one", "two"):
        world = breast_cancer(tmp_path / "world", metrics=[{"name": "auc", "min": 0.97}])
        assert world.run().code == 0
        evaluation = world.evaluation().model_copy(
            update={"startedAt": "2026-11-21T00:00:00Z", "finishedAt": "2026-11-21T00:00:00Z"}
        )
        beside = {path.name: path.read_bytes() for path in world.results.iterdir() if path.name != "evaluation.json"}
        contents.append((evaluation, beside))
        world.results.rename(tmp_path / attempt)
    assert contents[0] == contents[1]
    assert sorted(contents[0][1]) == ["card.md", "confusion.svg", "profile.json"]
    listed = {entry.path: (entry.size, entry.sha256) for entry in contents[0][0].files}
    there = {name: (len(text), hashlib.sha256(text).hexdigest()) for name, text in contents[0][1].items()}
    assert listed == there


def test_an_evaluation_that_is_there_stays(tmp_path: Path) -> None:
    world = diabetes(tmp_path, metrics=[{"name": "r2", "min": 0.4}])
    assert world.run().code == 0
    before = (world.results / "evaluation.json").read_bytes()
    world.data("a\n", "b\n")
    done = world.run()
    assert done.code == 0
    assert "was evaluated before: passed, on 89 rows" in done.stdout
    assert (world.results / "evaluation.json").read_bytes() == before


def test_a_rejected_run_is_a_result(tmp_path: Path) -> None:
    part = {"name": "old", "column": "age", "range": [5, 6], "metrics": [{"name": "mae", "max": 1}]}
    world = diabetes(tmp_path, metrics=[{"name": "mae", "max": 40, "maxGap": 0.001}], slices=[part])
    done = world.run()
    assert (done.stderr, done.code) == ("", 0)
    evaluation = world.evaluation()
    assert evaluation.verdict == "rejected"
    assert [failure.code for failure in evaluation.failures] == [
        "evaluation/empty-slice",
        "evaluation/above-maximum",
        "evaluation/gap",
        "evaluation/not-measured",
    ]
    assert "evaluation/above-maximum: mae must be at most 40.0, got" in done.stdout


def test_the_profile_counts_every_row(tmp_path: Path, evaluated: Any) -> None:
    world = breast_cancer(tmp_path, metrics=[{"name": "auc", "min": 0.97}])
    evaluated(world)
    profile = ReferenceProfile.model_validate_json((world.results / "profile.json").read_bytes())
    assert (profile.model, profile.rows, len(profile.features)) == ("breast-cancer", 455, 30)
    radius = profile.features[0]
    values = world.table("training").column("mean_radius").to_numpy().astype(np.float32)
    assert (radius.name, radius.missing, sum(radius.counts)) == ("mean_radius", 0, 455)
    assert radius.counts == np.histogram(values, [-np.inf, *np.float32(radius.edges), np.inf])[0].tolist()
    assert all(44 <= count <= 47 for count in radius.counts)
    assert profile.prediction is not None
    assert sum(profile.prediction.counts) == 455


def test_a_failed_run_is_said(tmp_path: Path) -> None:
    world = diabetes(tmp_path, metrics=[{"name": "r2", "min": 0.4}])
    world.record(state="failed", problem={"code": "train/diverged", "message": "the loss is NaN"})
    done = world.run()
    assert (done.stderr, done.code) == ("", 0)
    assert done.stdout == (f"diabetes {RUN}: the run failed, so there is nothing to evaluate: the loss is NaN\n")
    assert not world.results.exists()


def test_wrong_data_ends_the_job_with_a_message(tmp_path: Path) -> None:
    world = diabetes(tmp_path, metrics=[{"name": "r2", "min": 0.4}])
    digest = "sha256:" + "0" * 64
    world.config["holdoutIdentity"] = {"name": "holdout", "digest": digest}
    done = world.run()
    assert done.code == 1
    assert done.stderr.startswith(f"error[data/digest]: holdout must have digest {digest}, got sha256:")
    assert "Traceback" not in done.stderr
    assert not world.results.exists()


CUSTOM = """
import os, sys
from pathlib import Path

class Answer:
    def __init__(self, artifact):
        assert (artifact / "model.safetensors").is_file()

    def predict(self, rows):
        print("noise on stdout")
        assert rows.shape[1] == 1, "labels were given"
        assert "SECRET_OF_THE_JOB" not in os.environ and "MLGITOPS_RUN" not in os.environ
        parent = Path(f"/proc/{os.getppid()}")
        if parent.exists() and os.geteuid() != 0:
            try:
                (parent / "environ").read_bytes()
                raise SystemExit("the parent's environment can be read")
            except PermissionError:
                pass
        return [{"label": int(row[0] > 5), "probability": min(max(float(row[0]) / 10, 0), 1)} for row in rows]
"""


def with_custom(root: Path, source: str, **config: Any) -> World:
    world = World(root, "churn", "binaryClassification", "torch", **config)
    training = [place % 10 + place / 1000 for place in range(100)]
    holdout = [place % 10 + 0.5 + place / 1000 for place in range(40)]
    tables = [csv_of({"a": part, "target": [int(value > 5) for value in part]}) for part in (training, holdout)]
    world.data(*tables)
    custom(world, source, classes=[0, 1])
    world.record()
    return world


def test_a_custom_predictor_gets_features_and_nothing_else(tmp_path: Path) -> None:
    world = with_custom(tmp_path, CUSTOM, metrics=[{"name": "accuracy", "min": 0.99}])
    done = world.run()
    assert done.code == 0
    evaluation = world.evaluation()
    assert (evaluation.verdict, evaluation.failures) == ("passed", [])
    assert world.scores()["accuracy"] == 1.0
    assert world.scores()["auc"] == 1.0


BODIES = {
    "raise ValueError('no such weight')": "predictor/failed",
    "return []": "predictor/answer",
    "return [{'label': 7, 'probability': 0.5} for _ in rows]": "evaluation/classes",
    "return [{'label': 1, 'probability': 1.5} for _ in rows]": "evaluation/answers",
    "return [{'label': 1, 'probability': float('nan')} for _ in rows]": "predictor/answer",
    "return [{'label': 1} for _ in rows]": "predictor/answer",
    "import os; os._exit(9)": "predictor/crashed",
    "import os; os.write(3, b'[1]'); os._exit(0)": "predictor/answer",
}


@pytest.mark.parametrize("body", BODIES)
def test_a_custom_predictor_that_fails_is_a_reason_to_reject(tmp_path: Path, evaluated: Any, body: str) -> None:
    source = f"class Answer:\n    def __init__(self, artifact): pass\n    def predict(self, rows):\n        {body}\n"
    world = with_custom(tmp_path, source, metrics=[{"name": "accuracy", "min": 0.99}])
    evaluation = evaluated(world)
    assert evaluation.verdict == "rejected"
    assert evaluation.failures[0].code == BODIES[body]
    assert evaluation.scores == []
    assert "Traceback" not in evaluation.failures[0].message
