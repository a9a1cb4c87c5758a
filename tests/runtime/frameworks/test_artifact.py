"""An artifact says what it is of, and the same inputs give the same one, in whatever process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mlgitops.contract.folder import folder_digest
from mlgitops.problem import RunProblem
from mlgitops.registry.folders import local_entries
from mlgitops.runtime.frameworks.artifact import of_model, write_artifact
from mlgitops.runtime.frameworks.prepared import classes_of
from tests.runtime.frameworks.learnable import data_of, run_inputs, table

TRAIN = """
import sys
from pathlib import Path
from mlgitops.runtime.frameworks.built_in import train_built_in
from tests.runtime.frameworks.learnable import data_of, run_inputs
framework, estimator, folder = sys.argv[1:]
inputs = run_inputs("binaryClassification", framework=framework, estimator=estimator or None)
train_built_in(inputs, data_of(inputs), Path(folder))
"""


@pytest.mark.parametrize(
    ("framework", "estimator", "file"),
    [
        ("xgboost", "", "model.ubj"),
        ("lightgbm", "", "model.txt"),
        ("sklearn", "ensemble.RandomForestClassifier", "model.onnx"),
        ("sklearn", "linear_model.LogisticRegression", "model.onnx"),
        ("sklearn", "neural_network.MLPClassifier", "model.onnx"),
    ],
)
def test_two_processes_give_one_digest(framework: str, estimator: str, file: str, tmp_path: Path) -> None:
    digests = set()
    for seed in ("1", "2", "3") if framework == "sklearn" else ("1", "2"):  # of hashes, and how many threads
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", TRAIN, framework, estimator, str(folder)],
            check=True,
            env={"PYTHONPATH": ".", "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed},
        )
        digests.add(folder_digest(local_entries(folder)))
        assert sorted(path.name for path in folder.iterdir()) == sorted(["mlgitops.json", file])
    assert len(digests) == 1


def test_an_artifact_describes_itself(tmp_path: Path) -> None:
    inputs = run_inputs("binaryClassification", framework="xgboost")
    data = data_of(inputs)
    write_artifact(tmp_path / "artifact", inputs, data.features, data.classes, of_model("xgboost", b"{"))
    described = json.loads((tmp_path / "artifact/mlgitops.json").read_text())
    tenure = described["inputs"].pop(0)
    assert (tenure["name"], tenure["type"], tenure["nullable"]) == ("tenure", "float64", True)
    assert described["inputs"][-2:] == [
        {"name": "member", "type": "bool"},
        {"name": "plan", "type": "string", "nullable": True, "values": ["basic", "plus", "pro"]},
    ]
    del described["inputs"]
    assert described == {
        "contract": 1,
        "model": "churn",
        "task": "binaryClassification",
        "framework": "xgboost",
        "format": "xgboost",
        "target": "churned",
        "classes": [0, 1],
    }


def test_classes_are_sorted_and_targets_their_places() -> None:
    columns = {"features": ["tenure"], "target": "words"}
    inputs = run_inputs("multiclassClassification", framework="xgboost").model_copy(
        update={"columns": run_inputs("regression", framework="xgboost").columns.model_copy(update=columns)}
    )
    assert classes_of(inputs, table()) == ["basic", "plus", "pro"]
    data = data_of(inputs)
    assert data.target is not None
    assert [data.classes[int(place)] for place in data.target] == table()["words"].to_pylist()


def test_workers_share_all_rows() -> None:
    data = data_of(run_inputs("regression", framework="xgboost"), rows=10)
    shares = [data.share(rank, 3).matrix[:, 1].tolist() for rank in range(3)]
    assert [len(share) for share in shares] == [3, 3, 4]
    assert [value for share in shares for value in share] == data.matrix[:, 1].tolist()


def test_a_full_disk_is_our_world(tmp_path: Path) -> None:
    inputs = run_inputs("regression", framework="xgboost")
    (tmp_path / "file").write_text("")
    with pytest.raises(RunProblem) as failed:
        write_artifact(tmp_path / "file" / "artifact", inputs, [], [], of_model("xgboost", b"{"))
    assert (failed.value.code, failed.value.exit_code) == ("train/disk", 3)
