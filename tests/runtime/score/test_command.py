"""`mlgitops score`: a released version or an artifact of one's own answers here as it would in a cluster."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from mlgitops.cli.main import main
from tests.registry.examples import new_key
from tests.runtime.score.test_job import World

ROOT = Path(__file__).resolve().parents[3]

MODEL = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth}
spec:
  task: binaryClassification
  target: churned
  id: customer
  data: [{name: customers, role: training, uri: "s3://features/customers/v7"}]
  training: {framework: xgboost}
  serving: {route: /churn, threshold: 0.999}
"""


class Place(World):
    """A repository whose `prod` has released the registry's version."""

    def __init__(self, folder: Path) -> None:
        key = new_key(folder)
        super().__init__(folder, key)
        shutil.copy(ROOT / "mlgitops.yaml", folder)
        shutil.copytree(ROOT / "environments/staging", folder / "environments/prod", ignore=_releases)
        environment = folder / "environments/prod/environment.yaml"
        text = environment.read_text().replace("name: staging", "name: prod").replace("  promotesFrom: dev\n", "")
        text = text.replace("s3://ml-registry", (folder / "registry").as_uri())
        head, _, rest = text.partition("  signers:\n")
        public = "".join(f"      {line}\n" for line in key.public.splitlines())
        kept = "".join(line for line in rest.splitlines(True) if line.startswith("  ") and not line.startswith("   "))
        environment.write_text(f"{head}{kept}  signers:\n    ml-platform: |\n{public}")
        model = folder / "specs/churn"
        (model / "versions/v1").mkdir(parents=True)
        (model / "model.yaml").write_text(MODEL)
        (model / "versions/v1/version.yaml").write_text(json.dumps(self._version()))
        self._release()

    def _version(self) -> dict[str, object]:
        artifact, signature, digest = self.config.artifact, self.config.signature, "sha256:" + "1" * 64
        return {
            "apiVersion": "mlgitops.dev/v1alpha1",
            "kind": "Version",
            "metadata": {"name": "v1", "model": "churn"},
            "spec": {
                "artifact": {"uri": artifact.uri, "digest": artifact.digest, "format": "xgboost"},
                "artifactOf": None,
                "signature": {"uri": signature.uri, "digest": signature.digest, "signer": "ml-platform"},
                "run": {
                    "identity": digest,
                    "trigger": "codeChange",
                    "startedAt": "2026-11-01T03:00:00Z",
                    "finishedAt": "2026-11-01T04:00:00Z",
                },
                "data": [{"name": "customers", "role": "training", "uri": "s3://features/customers/v7"}],
                "code": {"tree": "a" * 40},
                "image": f"registry.example.com/ml/xgboost:1@{digest}",
                "metrics": [{"name": "auc", "dataset": "holdout", "value": 0.9}],
                "createdAt": "2026-11-01T05:00:00Z",
                "createdBy": "@growth",
                "snapshot": {
                    "framework": "xgboost",
                    "serving": {"route": "/churn", "image": f"registry.example.com/ml/xgboost:1@{digest}"},
                },
            },
        }

    def _release(self) -> None:
        """The version is called as its run is: nothing else is in the registry."""
        from mlgitops.spec.digests import record_digest

        folder = self.folder / "specs/churn/versions"
        record = json.loads((folder / "v1/version.yaml").read_text())
        record["metadata"]["name"] = self.version
        del record["spec"]["artifactOf"]
        shutil.rmtree(folder / "v1")
        (folder / self.version).mkdir()
        path = folder / self.version / "version.yaml"
        path.write_text(json.dumps(record, indent=1))
        release = {
            "apiVersion": "mlgitops.dev/v1alpha1",
            "kind": "Release",
            "metadata": {"name": "churn", "environment": "prod"},
            "spec": {
                "version": self.version,
                "recordDigest": record_digest({"version.yaml": path.read_text()}),
                "requestedBy": "@growth",
            },
        }
        releases = self.folder / "environments/prod/releases"
        releases.mkdir()
        (releases / "churn.yaml").write_text(json.dumps(release))


def _releases(folder: str, names: list[str]) -> list[str]:
    return ["releases", "runs", "kustomization.yaml"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["score", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_released_version_answers(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("churn", "--env", "prod", "--input", "records.csv", "--output", "answers.parquet")
    assert call(capsys, *words) == (0, f"{place.version} scored 3 rows: answers.parquet\n", "")
    table = parquet.read_table("answers.parquet").to_pydict()
    assert table["customer"] == ["007", "008", "009"]
    assert table["probability"] == place.expected()
    assert table["version"] == [place.version] * 3
    assert [path.name for path in place.folder.iterdir() if "partial" in path.name] == []


def test_an_artifact_of_ones_own_answers_as_the_working_tree_says(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its threshold of 0.999 nobody leaves."""
    words = ("churn", "--artifact", "made/signed/artifact", "--input", "records.csv", "--output", "answers.csv")
    assert call(capsys, *words) == (0, "trial scored 3 rows: answers.csv\n", "")
    table = csv.read_csv("answers.csv").to_pydict()
    assert (table["label"], table["version"]) == (["stays"] * 3, ["trial"] * 3)


def test_an_altered_artifact_answers_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (model,) = (place.folder / "registry").rglob("model.ubj")
    data = bytearray(model.read_bytes())
    data[100] ^= 1
    model.write_bytes(bytes(data))
    code, out, err = call(capsys, "churn", "--env", "prod", "--input", "records.csv", "--output", "a.csv")
    assert (code, out) == (1, "")
    assert err.startswith("error[artifact/digest]: churn ")
    assert "model.ubj" in err
    assert not Path("a.csv").exists()


def test_data_that_does_not_fit(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.records.write_text("customer,age\n1,2\n")
    code, out, err = call(capsys, "churn", "--env", "prod", "--input", "records.csv", "--output", "a.csv")
    assert (code, out) == (1, "")
    assert err.startswith("error[data/columns]: the data must have the model's features, got none named income, plan")


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "nobody to answer": (("churn", "--input", "records.csv", "--output", "a.csv"), "either --env NAME"),
    "two to answer": (
        ("churn", "--env", "prod", "--artifact", "made", "--input", "records.csv", "--output", "a.csv"),
        "either --env NAME",
    ),
    "no model": (
        ("chrun", "--env", "prod", "--input", "records.csv", "--output", "a.csv"),
        "there is no model 'chrun'",
    ),
    "no environment": (("churn", "--env", "live", "--input", "records.csv", "--output", "a.csv"), "there is no envir"),
    "no input": (("churn", "--env", "prod", "--input", "none.csv", "--output", "a.csv"), "--input must be a file"),
    "another ending": (("churn", "--env", "prod", "--input", "records.csv", "--output", "a.txt"), "must end in .csv"),
    "a file that is there": (
        ("churn", "--env", "prod", "--input", "records.csv", "--output", "records.csv"),
        "--output must be a new file",
    ),
    "no folder for it": (("churn", "--env", "prod", "--input", "records.csv", "--output", "b/a.csv"), "in a folder"),
    "no artifact": (
        ("churn", "--artifact", "none", "--input", "records.csv", "--output", "a.csv"),
        "--artifact must be a folder",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(place: Place, capsys: pytest.CaptureFixture[str], name: str) -> None:
    words, message = REFUSED[name]
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert message in err


def test_nothing_released(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "environments/prod/releases/churn.yaml").unlink()
    code, out, err = call(capsys, "churn", "--env", "prod", "--input", "records.csv", "--output", "a.csv")
    assert (code, out) == (2, "")
    assert "nothing of churn is released in prod" in err


def test_without_the_libraries(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ("churn", "--artifact", "made/signed/artifact", "--input", "records.csv", "--output", "a.csv")
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert "scoring needs the Python package pyarrow" in err
    assert "mlgitops[runtime]" in err
