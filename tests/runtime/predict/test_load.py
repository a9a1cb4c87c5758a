"""Each format answers as its own library does, and what is not what it says it is is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlgitops.contract.artifact import MODEL_FILES, Format
from mlgitops.contract.parts import Predictor
from mlgitops.problem import RunProblem
from mlgitops.runtime.predict import load_model, score_table
from mlgitops.runtime.serve.checking import Checker
from mlgitops.spec.documents.model import Feature
from tests.runtime.predict import artifacts

COLUMNS: dict[str, list[object]] = {
    "age": [30, 90, 119],
    "income": [20.5, None, 80.0],
    "plan": ["basic", "plus", "none of them"],
}
MATRIX = np.array([[30, 20.5, 0], [90, np.nan, 1], [119, 80, np.nan]], np.float32)
COMPLETE = {"age": [30, 90], "income": [20.5, 60.0], "plan": ["basic", "plus"]}
COMPLETE_MATRIX = np.array([[30, 20.5, 0], [90, 60, 1]], np.float32)


def test_an_xgboost_booster_answers_as_xgboost_does(tmp_path: Path) -> None:
    import xgboost

    booster = artifacts.xgboost_binary(tmp_path)
    rows = xgboost.DMatrix(MATRIX, feature_types=["q", "q", "c"], enable_categorical=True)
    expected = booster.predict(rows).tolist()
    answers = load_model(tmp_path, Predictor()).answers(COLUMNS)
    assert [answer["probability"] for answer in answers] == expected
    assert [answer["label"] for answer in answers] == ["leaves" if p > 0.5 else "stays" for p in expected]
    assert {answer["label"] for answer in answers} == {"leaves", "stays"}


def test_above_the_threshold_is_yes(tmp_path: Path) -> None:
    artifacts.xgboost_binary(tmp_path)
    plain = load_model(tmp_path, Predictor()).answers(COLUMNS)
    limit = plain[0]["probability"]
    assert isinstance(limit, float)
    at_it = load_model(tmp_path, Predictor(threshold=limit)).answers(COLUMNS)
    below_it = load_model(tmp_path, Predictor(threshold=math.nextafter(limit, 0))).answers(COLUMNS)
    assert (at_it[0]["label"], below_it[0]["label"]) == ("stays", "leaves")
    assert [answer["probability"] for answer in at_it] == [answer["probability"] for answer in plain]


def test_a_lightgbm_booster_answers_as_lightgbm_does(tmp_path: Path) -> None:
    booster = artifacts.lightgbm_multiclass(tmp_path)
    expected = booster.predict(MATRIX)
    answers = load_model(tmp_path, Predictor()).answers(COLUMNS)
    classes = ["low", "middle", "high"]
    assert answers == [
        {
            "label": classes[row.argmax()],
            "probability": row.max(),
            "probabilities": dict(zip(classes, row.tolist(), strict=True)),
        }
        for row in expected
    ]


def test_onnx_classifiers_answer_as_scikit_learn_does(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    binary = LogisticRegression()
    pipeline = make_pipeline(StandardScaler(), binary)
    artifacts.sklearn_onnx(tmp_path / "two", pipeline, "binaryClassification", [False, True])
    answers = load_model(tmp_path / "two", Predictor()).answers(COMPLETE)
    expected = pipeline.predict_proba(COMPLETE_MATRIX)[:, 1]
    np.testing.assert_allclose([answer["probability"] for answer in answers], expected, rtol=1e-5)
    assert [answer["label"] for answer in answers] == [bool(p > 0.5) for p in expected]

    many = make_pipeline(StandardScaler(), LogisticRegression())
    artifacts.sklearn_onnx(tmp_path / "three", many, "multiclassClassification", [7, 8, 9])
    [first, _] = load_model(tmp_path / "three", Predictor()).answers(COMPLETE)
    shares = many.predict_proba(COMPLETE_MATRIX)[0]
    assert first["label"] == 7 + int(shares.argmax())
    assert isinstance(first["probabilities"], dict)
    np.testing.assert_allclose(list(first["probabilities"].values()), shares, rtol=1e-5)
    assert list(first["probabilities"]) == ["7", "8", "9"]


def test_onnx_of_other_tasks(tmp_path: Path) -> None:
    from sklearn.cluster import KMeans
    from sklearn.ensemble import IsolationForest
    from sklearn.linear_model import Ridge

    ridge = artifacts.sklearn_onnx(tmp_path / "r", Ridge(), "regression")
    answers = load_model(tmp_path / "r", Predictor()).answers(COMPLETE)
    np.testing.assert_allclose([answer["value"] for answer in answers], ridge.predict(COMPLETE_MATRIX), rtol=1e-5)

    means = KMeans(3, random_state=0, n_init=1)
    artifacts.sklearn_onnx(tmp_path / "k", means, "clustering", supervised=False)
    found = load_model(tmp_path / "k", Predictor()).answers(COMPLETE)
    assert found == [{"cluster": int(number)} for number in means.predict(COMPLETE_MATRIX)]

    forest = IsolationForest(n_estimators=20, random_state=0, contamination=0.1)
    artifacts.sklearn_onnx(tmp_path / "i", forest, "anomalyDetection", supervised=False)
    columns = {"age": [60, 120], "income": [50.0, -900.0], "plan": ["plus", "pro"]}
    odd = load_model(tmp_path / "i", Predictor()).answers(columns)
    matrix = np.array([[60, 50, 1], [120, -900, 2]], np.float32)
    assert [answer["anomaly"] for answer in odd] == [False, True]
    np.testing.assert_allclose([answer["score"] for answer in odd], -forest.decision_function(matrix), atol=1e-5)


CUSTOM = """
from pathlib import Path
from beside import limit

class Answer:
    def __init__(self, artifact: Path) -> None:
        assert (artifact / "model.safetensors").is_file()

    def predict(self, rows):
        import numpy
        assert isinstance(rows, {rows})
        return [{{"label": "leaves" if row[0] > limit else "stays", "probability": {probability}}} for row in rows]
"""


def custom_model(folder: Path, *, rows: str = "list", probability: str = "numpy.float32(0.5)", **fields: Any) -> Any:
    source = CUSTOM.format(rows=rows, probability=probability)
    artifacts.custom(folder / "artifact", folder / "code", source, **fields)
    (folder / "code" / "beside.py").write_text("limit = 50")
    return load_model(folder / "artifact", Predictor(entrypoint="answer:Answer"), folder / "code")


def test_a_custom_predictor_gets_raw_values_where_not_all_are_numbers(tmp_path: Path) -> None:
    model = custom_model(tmp_path)
    assert model.rows(COLUMNS) == [[30, 20.5, "basic"], [90, None, "plus"], [119, 80.0, "none of them"]]
    assert model.answers(COLUMNS) == [
        {"label": "stays", "probability": 0.5},
        {"label": "leaves", "probability": 0.5},
        {"label": "leaves", "probability": 0.5},
    ]
    json_like = model.answers(COLUMNS)[0]["probability"]
    assert type(json_like) is float


def test_a_custom_predictor_gets_a_matrix_of_numbers(tmp_path: Path) -> None:
    inputs = [Feature(name="age", type="int64"), Feature(name="member", type="bool")]
    model = custom_model(tmp_path, rows="numpy.ndarray", inputs=inputs)
    assert [answer["label"] for answer in model.answers({"age": [51, 7], "member": [True, None]})] == [
        "leaves",
        "stays",
    ]


def test_two_models_may_have_modules_of_one_name(tmp_path: Path) -> None:
    first = custom_model(tmp_path / "a", probability="0.25")
    second = custom_model(tmp_path / "b", probability="0.75")
    assert [model.answers(COLUMNS)[0]["probability"] for model in (first, second)] == [0.25, 0.75]


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("", "predictor/missing", "answer:Answer must be a class in"),
        ("class Answer", "predictor/missing", "SyntaxError"),
        ("import no_such_module", "predictor/missing", "no_such_module"),
        ("class Answer:\n def __init__(self, artifact): 1 / 0", "predictor/failed", "ZeroDivisionError"),
    ],
)
def test_a_custom_predictor_that_does_not_load(tmp_path: Path, source: str, code: str, says: str) -> None:
    artifacts.custom(tmp_path / "artifact", tmp_path / "code", source)
    with pytest.raises(RunProblem) as caught:
        load_model(tmp_path / "artifact", Predictor(entrypoint="answer:Answer"), tmp_path / "code")
    assert caught.value.code == code
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("result", "code", "says"),
    [
        ("[]", "predictor/answer", "a list of 3 answers, got 0"),
        ("None", "predictor/answer", "got a NoneType"),
        ("[1] * 3", "predictor/answer", "must have label, probability, got int"),
        ("[{'digit': 1}] * 3", "predictor/answer", "must have label, probability, got digit"),
        ("[{'label': 1, 'probability': float('nan')}] * 3", "predictor/answer", "finite numbers, got nan"),
        ("[{'label': object, 'probability': 1}] * 3", "predictor/answer", "must be JSON, got a type"),
        ("1 / 0", "predictor/failed", "ZeroDivisionError"),
    ],
)
def test_a_custom_predictor_that_answers_nonsense(tmp_path: Path, result: str, code: str, says: str) -> None:
    source = f"class Answer:\n def __init__(self, artifact): pass\n def predict(self, rows): return {result}\n"
    artifacts.custom(tmp_path / "artifact", tmp_path / "code", source)
    model = load_model(tmp_path / "artifact", Predictor(entrypoint="answer:Answer"), tmp_path / "code")
    with pytest.raises(RunProblem) as caught:
        model.answers(COLUMNS)
    assert caught.value.code == code
    assert says in caught.value.message


def test_written_inputs_change_ranges_and_never_what_the_model_is_asked(tmp_path: Path) -> None:
    artifacts.xgboost_binary(tmp_path)
    written = [
        Feature(name="plan", type="string", values=["pro"]),
        Feature(name="age", type="float32", range=[18, 99], nullable=True),
    ]
    assert load_model(tmp_path, Predictor(inputs=written)).inputs == (
        Feature(name="age", type="int64", range=[18, 99], nullable=True),
        Feature(name="income", type="float64", nullable=True),
        Feature(name="plan", type="string", values=["basic", "plus", "pro"], nullable=True),
    )
    with pytest.raises(RunProblem, match="must be features of the model, got 'agee'"):
        load_model(tmp_path, Predictor(inputs=[Feature(name="agee", type="int64")]))


class Canary:
    """Unpickling this leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("format_", list(MODEL_FILES))
@pytest.mark.parametrize("content", ["pickle", "old pickle", "torch", "noise", "empty", "cut"])
def test_a_file_that_is_something_else_is_refused_and_never_unpickled(
    tmp_path: Path, format_: Format, content: str
) -> None:
    import pickle
    import zipfile

    ran = tmp_path / "ran"
    artifacts.describe(tmp_path, format=format_, classes=[0, 1])
    path = tmp_path / MODEL_FILES[format_]
    if content == "torch":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Canary(ran)))
    elif content == "cut":
        artifacts.xgboost_binary(tmp_path / "whole")
        artifacts.lightgbm_multiclass(tmp_path / "lgb")
        whole = tmp_path / ("lgb/model.txt" if format_ == "lightgbm" else "whole/model.ubj")
        path.write_bytes(whole.read_bytes()[:-700] if format_ != "lightgbm" else whole.read_bytes()[:700])
    else:
        protocol = {"pickle": 5, "old pickle": 0}.get(content)
        noise = bytes(range(256)) * 40 if content == "noise" else b""
        path.write_bytes(noise if protocol is None else pickle.dumps(Canary(ran), protocol))
    with pytest.raises(RunProblem) as caught:
        load_model(tmp_path, Predictor())
    if format_ != "safetensors" or content in ("pickle", "torch"):
        assert caught.value.code == "artifact/unreadable"
    assert not ran.exists()


def test_what_a_description_says_must_be_so(tmp_path: Path) -> None:
    artifacts.xgboost_binary(tmp_path)
    artifacts.describe(tmp_path, classes=[1])
    with pytest.raises(RunProblem, match="must have two classes, each named once, got 1"):
        load_model(tmp_path, Predictor())
    artifacts.describe(tmp_path, classes=[0, 1], inputs=artifacts.INPUTS[:2])
    with pytest.raises(RunProblem, match="must have the 2 features of its description, got 3"):
        load_model(tmp_path, Predictor())
    artifacts.describe(tmp_path, task="multiclassClassification", classes=[0, 1, 2])
    with pytest.raises(RunProblem, match=r"must have the shape \(1, 3\) for multiclassClassification, got \(1,\)"):
        load_model(tmp_path, Predictor())
    artifacts.describe(tmp_path, classes=[0, 1], inputs=[artifacts.INPUTS[0]] * 3)
    with pytest.raises(RunProblem, match="each named once, got 3"):
        load_model(tmp_path, Predictor())
    (tmp_path / "mlgitops.json").unlink()
    with pytest.raises(RunProblem, match=r"must have mlgitops\.json at its root"):
        load_model(tmp_path, Predictor())


def test_logits_are_no_probabilities(tmp_path: Path) -> None:
    import onnx

    weight = onnx.numpy_helper.from_array(np.zeros((3, 2), np.float32), "weight")
    bias = onnx.numpy_helper.from_array(np.float32([-4, 9]), "bias")
    node = onnx.helper.make_node("Gemm", ["features", "weight", "bias"], ["logits"])
    features = onnx.helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, [None, 3])
    logits = onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [None, 2])
    graph = onnx.helper.make_graph([node], "logits", [features], [logits], [weight, bias])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    artifacts.describe(tmp_path, framework="torch", format="onnx", classes=[0, 1])
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(RunProblem, match="must give probabilities, got -4 to 9"):
        load_model(tmp_path, Predictor())


def test_a_table_is_scored_as_its_rows_are(tmp_path: Path) -> None:
    artifacts.lightgbm_multiclass(tmp_path)
    model = load_model(tmp_path, Predictor())
    table = pa.table({"unused": [1, 2, 3], **COLUMNS})
    scored = score_table(model, table)
    assert scored.column_names == ["label", "probability", "probability_low", "probability_middle", "probability_high"]
    assert scored.column("label").to_pylist() == [answer["label"] for answer in model.answers(COLUMNS)]
    assert score_table(model, table.slice(0, 0)).num_rows == 0
    with pytest.raises(RunProblem, match="got none named income"):
        score_table(model, table.drop_columns(["income"]))


LOADED = """
import sys
from pathlib import Path
from mlgitops.contract.artifact import MODEL_FILES, Format
from mlgitops.contract.parts import Predictor
from mlgitops.runtime.predict import load_model
early = set(sys.modules)
model = load_model(Path(sys.argv[1]), Predictor())
libraries = {"ray", "torch", "sklearn", "xgboost", "lightgbm", "onnxruntime", "mlflow", "pyarrow", "pandas", "scipy"}
print(sorted(libraries & early), sorted(libraries & set(sys.modules)))
"""


def test_nothing_is_imported_but_what_a_format_needs(tmp_path: Path) -> None:
    from sklearn.linear_model import Ridge

    artifacts.sklearn_onnx(tmp_path, Ridge(), "regression")
    found = subprocess.run([sys.executable, "-c", LOADED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[] ['onnxruntime']"


def test_many_rows_are_scored_as_few_are(tmp_path: Path) -> None:
    artifacts.xgboost_binary(tmp_path)
    model = load_model(tmp_path, Predictor())
    matrix, _ = artifacts.data()
    assert model.answers_of_rows(matrix) == [model.answers_of_rows(row[None, :])[0] for row in matrix]
    assert model.scorer.for_many is not None  # type: ignore[union-attr]


def test_a_custom_predictor_gets_a_table_as_it_gets_requests(tmp_path: Path) -> None:
    """`mlgitops score` and a replica give it the same raw values."""
    from datetime import UTC, datetime

    source = (
        "class Answer:\n def __init__(self, artifact): pass\n"
        " def predict(self, rows): return [{'label': repr(row), 'probability': 1.0} for row in rows]\n"
    )
    inputs = [Feature(name="since", type="timestamp", nullable=True), Feature(name="plan", type="string")]
    artifacts.custom(tmp_path / "artifact", tmp_path / "code", source, inputs=inputs)
    model = load_model(tmp_path / "artifact", Predictor(entrypoint="answer:Answer"), tmp_path / "code")
    since = pa.array([datetime(2026, 11, 2, 3, tzinfo=UTC), None], pa.timestamp("us", tz="UTC"))
    scored = score_table(model, pa.table({"since": since, "plan": ["pro", "basic"]}))
    rows = Checker(inputs, as_numbers=False).rows(
        [{"since": "2026-11-02T04:00:00+01:00", "plan": "pro"}, {"plan": "basic"}]
    )
    assert scored.column("label").to_pylist() == [repr(row) for row in rows]
    assert rows[0] == [datetime(2026, 11, 2, 3), "pro"]


def test_boosters_of_several_classes_and_views_of_a_matrix(tmp_path: Path) -> None:
    """Every shape that XGBoost answers, as its own `inplace_predict` gives it."""
    import xgboost

    matrix, target = artifacts.data()
    classes = np.digitize(target, [0.8, 1.4])
    artifacts.describe(tmp_path, task="multiclassClassification", classes=[0, 1, 2])
    options = {"objective": "multi:softprob", "num_class": 3, "nthread": 1}
    booster = xgboost.train(options, xgboost.DMatrix(matrix, classes), 5)
    booster.save_model(tmp_path / "model.ubj")
    scorer = load_model(tmp_path, Predictor()).scorer
    assert scorer is not None
    for rows in (matrix[:1], matrix[:7], matrix, matrix[::2], np.asfortranarray(matrix[:9])):
        np.testing.assert_array_equal(scorer.scores(rows), booster.inplace_predict(np.ascontiguousarray(rows)))
    assert scorer.scores(matrix[:1]).shape == (1, 3)
