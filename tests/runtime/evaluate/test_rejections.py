"""What an artifact, a holdout, a version in service or a record can have wrong: each told by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlgitops.contract.evaluation import Evaluation
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.files.data_digest import data_digest
from mlgitops.problem import RunProblem
from mlgitops.registry.directory import DirectoryRegistry
from mlgitops.registry.stores import Store
from mlgitops.runtime.evaluate.awaited import ended_run
from tests.registry.examples import example, new_key, run_of, signed_again
from tests.runtime.evaluate.world import RUN, World, csv_of, onnx

LIMITS = [{"name": "r2", "min": 0.5}]


def line(root: Path, *, slope: float = 2.0, **config: Any) -> World:
    """y = 2a, learnt by a least-squares line of some slope."""
    from sklearn.linear_model import LinearRegression

    world = World(root, "line", "regression", "sklearn", **{"metrics": LIMITS, **config})
    training, holdout = np.arange(60) / 4, np.arange(20) + 0.1
    world.data(*(csv_of({"a": part.tolist(), "target": (2 * part).tolist()}) for part in (training, holdout)))
    description = world.describe("onnx")
    matrix = world.matrix("training", description)
    onnx(world, LinearRegression().fit(matrix, slope * matrix[:, 0]), description, classifier=False)
    world.record()
    return world


def codes(evaluation: Evaluation) -> list[str]:
    return [failure.code for failure in evaluation.failures]


def test_a_good_line(tmp_path: Path, evaluated: Any) -> None:
    evaluation = evaluated(line(tmp_path))
    assert (evaluation.verdict, codes(evaluation), evaluation.rows) == ("passed", [], 20)


def test_an_empty_holdout(tmp_path: Path, evaluated: Any) -> None:
    world = line(tmp_path)
    world.path("holdout").write_text("a,target\n")
    evaluation = evaluated(world)
    assert (evaluation.verdict, evaluation.rows) == ("rejected", 0)
    assert codes(evaluation) == ["evaluation/empty-holdout"]


def test_a_holdout_that_training_has_seen(tmp_path: Path, evaluated: Any) -> None:
    world = line(tmp_path)
    world.path("holdout").write_text("a,target\n0.25,0.5\n0.5,1\n100.5,201\n")
    evaluation = evaluated(world)
    assert (codes(evaluation), evaluation.overlap) == (["evaluation/overlap"], 2)
    assert evaluation.failures[0].message == (
        "the holdout must have at most 0 rows that the training data has too, as many as data that repeats itself like "
        "this may, got 2 of 3"
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"model": "other"}, "evaluation/description"),
        ({"task": "clustering"}, "evaluation/description"),
        ({"framework": "xgboost"}, "evaluation/description"),
        ({"inputs": [{"name": "target", "type": "float32"}]}, "evaluation/inputs"),
    ],
)
def test_an_artifact_that_says_something_else(tmp_path: Path, evaluated: Any, fields: Any, code: str) -> None:
    """Also one that asks for the answers."""
    world = line(tmp_path)
    from mlgitops.spec.documents.model import Feature

    if "inputs" in fields:
        fields = {"inputs": [Feature(**feature) for feature in fields["inputs"]]}
    world.describe("onnx", **fields)
    evaluation = evaluated(world)
    assert (evaluation.verdict, codes(evaluation), evaluation.scores) == ("rejected", [code], [])


def test_an_artifact_that_is_none(tmp_path: Path, evaluated: Any) -> None:
    world = line(tmp_path)
    (world.artifact / "model.onnx").write_bytes(b"\x80\x04no graph")
    assert codes(evaluated(world)) == ["artifact/unreadable"]


def test_an_artifact_changed_since_its_run_ended(tmp_path: Path, evaluated: Any) -> None:
    world = line(tmp_path)
    world.record(artifactDigest="sha256:" + "0" * 64)
    evaluation = evaluated(world)
    assert codes(evaluation) == ["evaluation/artifact-digest"]
    assert evaluation.artifactDigest == world.digest()


def test_classes_in_another_order(tmp_path: Path, evaluated: Any) -> None:
    """Which class is the positive one is not the artifact's to say."""
    from sklearn.linear_model import LogisticRegression

    world = World(tmp_path, "sign", "binaryClassification", "sklearn", metrics=[{"name": "recall", "min": 0.5}])
    parts = (np.arange(-30, 30) / 2 + 0.01, np.arange(-10, 10) + 0.1)
    tables = [csv_of({"a": part.tolist(), "target": np.where(part > 0, "yes", "no").tolist()}) for part in parts]
    world.data(*tables)
    for classes, expected in ((["no", "yes"], []), (["yes", "no"], ["evaluation/classes"])):
        description = world.describe("onnx", classes=classes)
        model = LogisticRegression().fit(world.matrix("training", description), world.target("training"))
        onnx(world, model, description, classifier=True)
        world.record()
        assert codes(evaluated(world)) == expected
        world.results.rename(tmp_path / str(len(expected)))
    world.path("holdout").write_text(tables[1] + "3.5,perhaps\n")
    world.describe("onnx", classes=["no", "yes"])
    evaluation = evaluated(world)
    assert evaluation.failures[0].message == (
        "the holdout's labels must be classes of the training data, got others in 1 rows"
    )


def registered(world: World, slope: float, root: Path) -> dict[str, str]:
    """A version of the same model in the registry, with another slope; its reference."""
    other = line(root / "other", slope=slope)
    key = new_key(root)
    made = example(root / "version", key, run_of(1), "line")
    for path in (made.folder / "signed" / "artifact").iterdir():
        path.unlink()
    for path in other.artifact.iterdir():
        (made.folder / "signed" / "artifact" / path.name).write_bytes(path.read_bytes())
    made = signed_again(made.folder, key, run_of(1), "line")
    DirectoryRegistry(Store((world.root / "registry").as_uri())).register(made.version, made.folder)
    return {"version": made.version.version, "uri": made.artifact.uri, "digest": made.version.artifactDigest}


def test_the_version_in_service_is_scored_on_the_same_rows(tmp_path: Path, evaluated: Any) -> None:
    metrics = [{"name": "mae", "maxRegression": 0.5}]
    world = line(tmp_path / "world", slope=1.9, metrics=metrics)
    world.config["baseline"] = registered(world, 2.0, tmp_path)
    evaluation = evaluated(world)
    score = next(score for score in evaluation.scores if score.metric == "mae")
    # The mean of 0.1 a over a = 0.1 … 19.1 is 0.96; the true line is wrong by nothing.
    assert (score.value, score.baseline) == (pytest.approx(0.96, abs=1e-4), pytest.approx(0, abs=1e-4))
    assert (codes(evaluation), evaluation.baseline) == (["evaluation/regressed"], world.config["baseline"]["version"])
    assert "was scored on the same bytes in the same run" in (world.results / "card.md").read_text()


def test_a_version_in_service_that_is_not_there(tmp_path: Path, evaluated: Any) -> None:
    metrics = [{"name": "mae", "max": 9, "maxRegression": 0.5}]
    world = line(tmp_path, metrics=metrics)
    world.config["baseline"] = {"version": "v1", "uri": "s3://registry/line/v1", "digest": "sha256:" + "0" * 64}
    evaluation = evaluated(world)
    assert (codes(evaluation), evaluation.baseline) == (["evaluation/baseline"], None)
    assert evaluation.failures[0].message.startswith("version v1, which is in service, must be scored too: ")


def test_a_version_in_service_with_other_bytes(tmp_path: Path, evaluated: Any) -> None:
    """Without a limit on regression the card says it, and the run may pass."""
    world = line(tmp_path / "world")
    world.config["baseline"] = {**registered(world, 2.0, tmp_path), "digest": "sha256:" + "0" * 64}
    evaluation = evaluated(world)
    assert (codes(evaluation), evaluation.baseline) == ([], None)
    card = (world.results / "card.md").read_text()
    assert f"must be scored too: its artifact must have digest sha256:{'0' * 64}, got sha256:" in card


def test_waiting_for_a_run(tmp_path: Path) -> None:
    world = line(tmp_path)
    (world.artifact.parent / "run.json").rename(tmp_path / "run.json")
    staging, slept = Store((tmp_path / "staging").as_uri()), list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            world.record(state="running")
        elif len(slept) == 2:
            world.record()

    record = ended_run(staging, "line", RUN, sleep)
    assert isinstance(record, RunRecord)
    assert (record.state, len(slept)) == ("succeeded", 2)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"run": "sha256:" + "0" * 64}, "evaluation/other-run"),
        ({"model": "other"}, "evaluation/other-run"),
        ({"trial": True}, "evaluation/trial"),
    ],
)
def test_records_that_are_not_this_runs(tmp_path: Path, fields: dict[str, Any], code: str) -> None:
    world = line(tmp_path)
    world.record(**fields)
    with pytest.raises(RunProblem) as caught:
        ended_run(Store((tmp_path / "staging").as_uri()), "line", RUN, lambda _: None)
    assert caught.value.code == code


def waited(world: World, *changes: Any, limit: float | None = None) -> tuple[str, float]:
    """The state of the run that ended, and how long that took; each change is made in one of the pauses."""
    pauses, left = list[float](), list(changes)

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if left:
            left.pop(0)()

    record = ended_run(Store((world.root / "staging").as_uri()), "line", RUN, sleep, limit)
    return record.state, sum(pauses)


def test_a_failed_run_may_be_started_again(tmp_path: Path) -> None:
    """Its driver is, where a node went down under it."""
    world = line(tmp_path)
    world.record(state="failed")
    again = [lambda: world.record(state="running"), lambda: world.record(state="failed"), world.record]
    assert waited(world, *again) == ("succeeded", 45.0)
    world.record(state="failed")
    assert waited(world) == ("failed", 600.0)
    assert waited(world, lambda: world.record(state="running"), lambda: world.record(state="failed")) == ("failed", 630)
    assert waited(world, limit=0) == ("failed", 0)


def test_waiting_has_an_end_where_one_is_given(tmp_path: Path) -> None:
    world = line(tmp_path)
    world.record(state="running")
    with pytest.raises(RunProblem) as caught:
        waited(world, limit=30)
    assert (caught.value.code, caught.value.exit_code) == ("evaluation/no-run", 3)
    assert caught.value.message == f"line {RUN} must have ended within 30 s, got running"


def test_a_store_that_does_not_answer_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world, whole = line(tmp_path), Store.read

    def down(*_: Any) -> bytes:
        raise RunProblem("store/failed", "the store must answer, got nothing", "look at it", exit_code=3)

    monkeypatch.setattr(Store, "read", down)
    assert waited(world, lambda: None, lambda: monkeypatch.setattr(Store, "read", whole)) == ("succeeded", 30)
    assert capsys.readouterr().err == (
        "error[store/failed]: the store must answer, got nothing\nhint: look at it\nwaiting for it\n"
    )


def test_bad_holdouts_are_no_verdict_on_the_model(tmp_path: Path, evaluated: Any) -> None:
    """Whatever is wrong with data is nobody's to reject a run for."""
    for content, code in {
        "a,target\n1.1,\n": "data/target-gaps",
        "a,target\n1.1,high\n": "data/target-type",
        "a,other\n1.1,2\n": "data/column-missing",
        "b,target\n1.1,2\n": "data/column-missing",
        "a,target\nx,2\n": "data/input-type",
        "a,target\n1.1\n": "data/unreadable",
    }.items():
        world = line(tmp_path / code.replace("/", "-") / str(len(content)))
        world.path("holdout").write_text(content)
        with pytest.raises(RunProblem) as caught:
            evaluated(world)
        assert caught.value.code == code
        assert not world.results.exists()


def test_clustering_and_anomalies(tmp_path: Path, evaluated: Any) -> None:
    from sklearn.cluster import KMeans
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score

    random = np.random.default_rng(2)
    points = [np.concatenate([random.normal(0, 1, (n, 2)), random.normal(9, 1, (n, 2))]) for n in (80, 30)]
    clusters = World(
        tmp_path / "c", "groups", "clustering", "sklearn", columns={}, metrics=[{"name": "silhouette", "min": 0.7}]
    )
    clusters.data(*(csv_of({"a": part[:, 0].tolist(), "b": part[:, 1].tolist()}) for part in points))
    description = clusters.describe("onnx")
    model = KMeans(2, random_state=0, n_init=1).fit(clusters.matrix("training", description))
    onnx(clusters, model, description, classifier=False)
    clusters.record()
    assert evaluated(clusters).verdict == "passed"

    found = World(tmp_path / "a", "odd", "anomalyDetection", "sklearn", metrics=[{"name": "auc", "min": 0.9}])
    odd = np.vstack([points[1][:30], [[40, 40], [50, -50], [-30, 30]]])
    labels = [0] * 30 + [1] * 3
    found.data(
        csv_of({"a": points[0][:80, 0].tolist(), "b": points[0][:80, 1].tolist()}),
        csv_of({"a": odd[:, 0].tolist(), "b": odd[:, 1].tolist(), "target": labels}),
    )
    description = found.describe("onnx")
    forest = IsolationForest(random_state=0, n_estimators=20).fit(found.matrix("training", description))
    onnx(found, forest, description, classifier=False)
    found.record()
    evaluation = evaluated(found)
    assert codes(evaluation) == []
    matrix = found.matrix("holdout", description)
    expected = roc_auc_score(labels, -forest.score_samples(matrix))
    assert found.scores()["auc"] == pytest.approx(expected, abs=1e-6)
    assert found.scores()["anomalyRate"] == (forest.predict(matrix) == -1).mean()


def test_drift_is_measured_against_reference_data_where_there_is_some(tmp_path: Path, evaluated: Any) -> None:
    world = line(tmp_path)
    path = tmp_path / "reference.csv"
    path.write_text("a,target\n" + "".join(f"{place},0\n" for place in range(100, 110)))
    world.config["reference"] = [{"name": "recent", "uri": path.as_uri()}]
    world.config["referenceData"] = [{"name": "recent", "digest": data_digest(str(path))}]
    evaluated(world)
    profile = ReferenceProfile.model_validate_json((world.results / "profile.json").read_bytes())
    assert (profile.rows, profile.features[0].smallest, profile.features[0].largest) == (10, 100, 109)
    assert profile.prediction is not None
    assert profile.prediction.smallest == pytest.approx(200, abs=0.01)
    world.results.rename(tmp_path / "first")
    path.write_text("a,target\n1,0\n")
    with pytest.raises(RunProblem, match="recent must have digest"):
        evaluated(world)
