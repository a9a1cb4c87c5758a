"""The scoring Job over a signed version in a registry: its answers, twice, and everything that can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from mlgitops.contract import places
from mlgitops.contract.parts import DataIdentity, DataLocation, Predictor
from mlgitops.contract.score import ScoreConfig, ScoreRecord
from mlgitops.files.data_digest import data_digest
from mlgitops.problem import RunProblem, exit_code_of
from mlgitops.registry.opened import open_registry
from mlgitops.runtime.score.job import main, score
from mlgitops.spec.documents.model import Expectation
from tests.registry.examples import Key, new_key, run_of, signed_again
from tests.runtime.predict.artifacts import xgboost_binary

RECORDS = "customer,age,income,plan,note\n007,30,20.5,basic,x\n008,90,,plus,y\n009,119,80.0,none of them,z\n"
MATRIX = np.array([[30, 20.5, 0], [90, np.nan, 1], [119, 80, np.nan]], np.float32)


class World:
    """A registry with one version, records, and a place for answers."""

    def __init__(self, folder: Path, key: Key) -> None:
        self.folder = folder
        made = folder / "made"
        self.booster = xgboost_binary(made / "signed" / "artifact")
        (made / "signed" / "evaluation.json").write_text("{}")
        example = signed_again(made, key, run_of(1))
        registry = open_registry("directory", (folder / "registry").as_uri())
        version = registry.register(example.version, example.folder)
        self.version = version.version
        self.records = folder / "records.csv"
        self.records.write_text(RECORDS)
        self.config = ScoreConfig(
            contract=1,
            model="churn",
            environment="prod",
            artifact=example.artifact,
            signature=example.signature,
            registry=(folder / "registry").as_uri(),
            input=DataLocation(name="input", uri=self.records.as_uri()),
            inputIdentity=DataIdentity(name="input"),
            id="customer",
            output=(folder / "answers").as_uri(),
        )

    def changed(self, **fields: object) -> ScoreConfig:
        return self.config.model_copy(update=fields)

    def expected(self) -> list[float]:
        """The library's own answers."""
        import xgboost

        rows = xgboost.DMatrix(MATRIX, feature_types=["q", "q", "c"], enable_categorical=True)
        return self.booster.predict(rows).tolist()  # type: ignore[no-any-return]

    def answers(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "answers").iterdir())

    def refused(self, config: ScoreConfig) -> str:
        with pytest.raises(RunProblem) as caught:
            score(config, self.folder)
        return caught.value.code


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, new_key(tmp_path))


def test_answers_beside_ids_and_the_version_that_gave_them(world: World) -> None:
    record = score(world.config, world.folder)
    assert record is not None
    digest = data_digest(str(world.records))
    name = f"{world.version}-{digest[7:23]}"
    assert world.answers() == [f"{name}.json", f"{name}.parquet"]
    table = parquet.read_table(world.folder / "answers" / f"{name}.parquet")
    expected = world.expected()
    assert table.to_pydict() == {
        "customer": ["007", "008", "009"],
        "label": ["leaves" if value > 0.5 else "stays" for value in expected],
        "probability": expected,
        "version": [world.version] * 3,
    }
    kept = ScoreRecord.model_validate_json((world.folder / "answers" / f"{name}.json").read_text())
    assert kept == record
    assert (kept.rows, kept.input.digest, kept.file) == (3, digest, f"{name}.parquet")
    assert kept.digest == data_digest(str(world.folder / "answers" / kept.file))


def test_the_same_bytes_are_scored_once(world: World) -> None:
    assert score(world.config, world.folder) is not None
    before = {path: path.stat().st_mtime_ns for path in (world.folder / "answers").iterdir()}
    assert score(world.config, world.folder) is None
    assert {path: path.stat().st_mtime_ns for path in (world.folder / "answers").iterdir()} == before
    world.records.write_text(RECORDS.replace("007,30", "007,31"))
    assert score(world.config, world.folder) is not None
    assert len(world.answers()) == 4


def test_a_result_without_its_record_is_made_again(world: World) -> None:
    """What a killed Job leaves."""
    record = score(world.config, world.folder)
    assert record is not None
    (name,) = [path for path in world.answers() if path.endswith(".json")]
    (world.folder / "answers" / name).unlink()
    (world.folder / "answers" / record.file).write_bytes(b"half of it")
    again = score(world.config, world.folder)
    assert again is not None
    assert again.digest == record.digest


def test_csv_is_written_where_it_is_asked_for(world: World) -> None:
    record = score(world.changed(format="csv"), world.folder)
    assert record is not None
    table = csv.read_csv(
        world.folder / "answers" / record.file,
        convert_options=csv.ConvertOptions(column_types={"customer": pa.string()}),
    )
    assert table.column("customer").to_pylist() == ["007", "008", "009"]
    assert table.column("probability").to_pylist() == pytest.approx(world.expected())


def test_without_an_id_there_are_answers_alone(world: World) -> None:
    record = score(world.changed(id=None), world.folder)
    assert record is not None
    assert parquet.read_table(world.folder / "answers" / record.file).column_names == [
        "label",
        "probability",
        "version",
    ]


def test_the_version_s_threshold_counts(world: World) -> None:
    record = score(world.changed(predictor=Predictor(threshold=0.999)), world.folder)
    assert record is not None
    table = parquet.read_table(world.folder / "answers" / record.file)
    assert table.column("label").to_pylist() == ["stays"] * 3


def test_other_bytes_than_those_that_were_pinned(world: World) -> None:
    pinned = DataIdentity(name="input", digest="sha256:" + "0" * 64)
    assert world.refused(world.changed(inputIdentity=pinned)) == "data/digest"
    assert not (world.folder / "answers").exists()


def test_records_that_are_not_what_they_should_be(world: World) -> None:
    expect = [Expectation(column="income", nullable=False)]
    location = DataLocation(name="input", uri=world.records.as_uri(), expect=expect)
    assert world.refused(world.changed(input=location)) == "data/missing-values"
    world.records.write_text(RECORDS.replace(",income", ",earnings"))
    assert world.refused(world.config) == "data/columns"
    world.records.write_text(RECORDS.replace("customer,", "client,"))
    assert world.refused(world.config) == "data/columns"


def test_an_id_that_is_called_as_an_answer(world: World) -> None:
    world.records.write_text(RECORDS.replace("customer,", "label,"))
    assert world.refused(world.changed(id="label")) == "data/columns"


def test_a_flipped_byte_scores_nothing(world: World) -> None:
    (model,) = (world.folder / "registry").rglob("model.ubj")
    data = bytearray(model.read_bytes())
    data[100] ^= 1
    model.write_bytes(bytes(data))
    assert world.refused(world.config) == "artifact/digest"
    assert not (world.folder / "answers").exists()


def test_another_signer_scores_nothing(world: World, tmp_path: Path) -> None:
    other = new_key(tmp_path, "other.pem")
    signature = world.config.signature.model_copy(update={"publicKey": other.public})
    assert world.refused(world.changed(signature=signature)) == "signature/invalid"


def test_the_entry_point_says_what_it_did_and_what_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = world.folder / "app"
    code.mkdir()
    (code / places.SCORE_CONFIG).write_text(world.config.model_dump_json(exclude_defaults=True))
    monkeypatch.setenv(places.CODE_VARIABLE, str(code))
    assert exit_code_of(main) == 0
    assert capsys.readouterr().out.startswith(f"churn: {world.version} scored 3 rows: {world.version}-")
    assert exit_code_of(main) == 0
    assert capsys.readouterr().out == f"churn: {world.version} has scored these bytes before\n"
    world.records.unlink()
    assert exit_code_of(main) == 1
    assert capsys.readouterr().err.startswith("error[data/missing]: ")
    config = json.loads((code / places.SCORE_CONFIG).read_text()) | {"contract": 9}
    (code / places.SCORE_CONFIG).write_text(json.dumps(config))
    assert exit_code_of(main) == 1
    assert capsys.readouterr().err.startswith("error[contract/other-version]: ")
