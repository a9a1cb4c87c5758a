"""`mlgitops runs list` and `compare` over real stores: what became of each run, whatever training pods wrote there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlgitops.contract.outcome import Problem
from tests.cli.conftest import Call
from tests.runs.test_differ import known

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The examples, with stores in folders; `churn`'s runs are written under breast-cancer's name."""
    for name in ("mlgitops.yaml", "specs", "environments"):
        source = ROOT / name
        shutil.copytree(source, tmp_path / name) if source.is_dir() else shutil.copy(source, tmp_path / name)
    path = tmp_path / "environments/dev/environment.yaml"
    text = path.read_text()
    for uri, folder in (("s3://ml-dev-staging", "staging"), ("s3://ml-registry", "registry")):
        assert uri in text
        text = text.replace(uri, f"file://{tmp_path}/{folder}")
    path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(root: Path, digit: str, **about: object) -> None:
    """A run of breast-cancer, and its evaluation where it has one."""
    run = known(digit, **about)  # type: ignore[arg-type]
    assert run.record is not None
    write(root, f"staging/breast-cancer/{digit * 64}/run.json", run.record.model_dump_json())
    if run.evaluation is not None:
        write(root, f"staging-evaluations/breast-cancer/{digit * 64}/evaluation.json", run.evaluation.model_dump_json())


def write(root: Path, name: str, text: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.replace('"model":"churn"', '"model":"breast-cancer"').encode()
    path.write_bytes(data)


def test_nothing_trained_yet(call: Call, stores: Path) -> None:
    assert call("runs", "list", "breast-cancer") == (0, "breast-cancer has been trained nowhere yet\n", "")


def test_what_became_of_each_run(call: Call, stores: Path) -> None:
    keep(stores, "1", started="2026-11-20T10:00:00Z", finished="2026-11-20T11:05:00Z", metrics={"loss": 0.25})
    keep(stores, "2", holdout={"auc": 0.875}, seed=3)
    problem = Problem(code="train/diverged", message="the loss must be finite, got NaN")
    keep(stores, "3", started="2026-11-22T10:00:00Z", finished="2026-11-22T10:00:09Z", state="failed", problem=problem)
    assert call("runs", "list", "breast-cancer", "--env", "dev") == (
        0,
        "RUN         ENVIRONMENT  STATE                    TRIGGER     STARTED           TOOK   HOLDOUT    TRAINING\n"
        "3333333333  dev          failed (train/diverged)  codeChange  2026-11-22 10:00  9s     -          -\n"
        "2222222222  dev          evaluated                codeChange  2026-11-21 10:00  2m 5s  auc 0.875  -\n"
        "1111111111  dev          trained                  codeChange  2026-11-20 10:00  1h 5m  -          loss 0.25\n"
        "\n3 runs: 1 evaluated, 1 trained, 1 failed\n",
        "",
    )
    answer = call("runs", "list", "breast-cancer", "--format", "json")
    failed, evaluated, trained = json.loads(answer.out)["runs"]
    assert failed["problem"] == {"code": "train/diverged", "message": "the loss must be finite, got NaN"}
    assert evaluated["holdout"] == [{"metric": "auc", "rows": 100, "value": 0.875}]
    assert (trained["seconds"], trained["training"], trained["version"]) == (3900.0, {"loss": 0.25}, None)


def test_a_run_that_serves_says_where(call: Call, stores: Path) -> None:
    """The release in Git names a version whose record has the run."""
    record = (stores / "specs/breast-cancer/versions/v1/version.yaml").read_text()
    digits = record[record.index("identity: sha256:") :].split("\n")[0].removeprefix("identity: sha256:")
    run = known("1").record
    assert run is not None
    text = run.model_copy(update={"run": f"sha256:{digits}"}).model_dump_json()
    write(stores, f"staging/breast-cancer/{digits}/run.json", text)
    (found,) = json.loads(call("runs", "list", "breast-cancer", "--format", "json").out)["runs"]
    assert (found["state"], found["releasedIn"]) == ("released", ["prod"])


HOSTILE: dict[str, tuple[bytes | str, str]] = {
    "no JSON": (b"\xff\xfe", "contract/invalid"),
    "too deep": (b"[" * 100_000, "contract/invalid"),
    "too large": (b" " * (1 << 20) + b"{}", "store/too-large"),
    "another contract": ('{"contract": 9}', "contract/other-version"),
    "a field too many": ('{"contract": 1, "\\u001b[2J": 1}', "contract/invalid"),
    "a number that is none": ('{"contract": 1, "metrics": {"auc": NaN}}', "contract/invalid"),
    "nothing": (b"", "contract/invalid"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_that_nobody_can_read_hides_no_other(call: Call, stores: Path, name: str) -> None:
    text, why = HOSTILE[name]
    keep(stores, "1")
    write(stores, f"staging/breast-cancer/{'2' * 64}/run.json", text)
    code, out, err = call("runs", "list", "breast-cancer")
    assert (code, err) == (0, "")
    assert f"2222222222  dev          unreadable ({why})" in out
    assert "1111111111  dev          trained" in out
    assert "\x1b" not in out


def test_a_record_of_another_run_counts_for_nothing(call: Call, stores: Path) -> None:
    keep(stores, "1")
    shutil.copytree(stores / "staging/breast-cancer" / ("1" * 64), stores / "staging/breast-cancer" / ("2" * 64))
    assert "2222222222  dev          unreadable (another run's record)" in call("runs", "list", "breast-cancer").out


def test_a_record_behind_a_link_is_not_followed(call: Call, stores: Path) -> None:
    keep(stores, "1")
    folder = stores / "staging/breast-cancer" / ("2" * 64)
    folder.mkdir()
    (folder / "run.json").symlink_to("/etc/passwd")
    assert "2222222222  dev          unreadable (store/link)" in call("runs", "list", "breast-cancer").out


def test_words_of_a_run_do_not_reach_the_terminal_as_they_are(call: Call, stores: Path) -> None:
    problem = Problem(code="\x1b]0;x\x07", message="\u202e")
    keep(stores, "1", state="failed", problem=problem, hyperparameters={"a": "\x1b[31m\r\n"})
    keep(stores, "2")
    for words in (("list",), ("compare",), ("list", "--format", "json"), ("compare", "--format", "json")):
        code, out, _ = call("runs", *words[:1], "breast-cancer", *words[1:])
        assert code == 0
        assert all(line.isprintable() for line in out.split("\n")), words


def test_two_runs_side_by_side(call: Call, stores: Path) -> None:
    keep(stores, "1", started="2026-11-20T10:00:00Z", holdout={"auc": 0.75}, hyperparameters={"eta": 0.1})
    keep(stores, "2", holdout={"auc": 0.875}, hyperparameters={"eta": 0.3})
    keep(stores, "3", started="2026-11-19T10:00:00Z")
    assert call("runs", "compare", "breast-cancer", "11", "r22222") == (
        0,
        "RUN                  1111111111            2222222222\n"
        "state                evaluated             evaluated\n"
        "started              2026-11-20T10:00:00Z  2026-11-21T10:00:00Z\n"
        "hyperparameters.eta  0.1                   0.3\n"
        "auc (holdout)        0.75                  0.875 *\n"
        "\n* is the best of a metric\n",
        "",
    )
    document = json.loads(call("runs", "compare", "breast-cancer", "--format", "json").out)
    assert [run["run"][7:10] for run in document["runs"]] == ["222", "111", "333"]
    assert document["differences"] == [{"name": "hyperparameters.eta", "values": ["0.3", "0.1", None]}]
    assert document["metrics"][0]["best"] == ["sha256:" + "2" * 64]


REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "a model that is not there": (("list", "breast-canser"), "there is no model 'breast-canser'"),
    "an environment that is not there": (("list", "breast-cancer", "--env", "live"), "--env must be one of dev"),
    "an environment that trains nothing": (("list", "breast-cancer", "--env", "prod"), "an environment that trains"),
    "a format for findings": (("compare", "breast-cancer", "--format", "sarif"), "writes text or json, got --format"),
    "a run that is not there": (("compare", "breast-cancer", "9", "1"), "there is no run '9'"),
    "one run alone": (("compare", "breast-cancer", "1", "1"), "comparing needs 2 to 20 runs, got 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(call: Call, stores: Path, name: str) -> None:
    words, message = REFUSED[name]
    keep(stores, "1")
    keep(stores, "2")
    code, out, err = call("runs", *words)
    assert (code, out) == (2, "")
    assert message in err


def test_a_store_without_its_library(call: Call, stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    plain = builtins.__import__

    def without(name: str, *arguments: object, **named: object) -> object:
        if name.partition(".")[0] in ("fsspec", "s3fs"):
            raise ImportError(name)
        return plain(name, *arguments, **named)  # type: ignore[arg-type]

    path = stores / "environments/dev/environment.yaml"
    path.write_text(path.read_text().replace(f"file://{stores}/staging", "s3://ml-dev-staging"))
    monkeypatch.setattr(builtins, "__import__", without)
    code, out, err = call("runs", "list", "breast-cancer")
    assert (code, out) == (2, "")
    assert "s3:// needs the Python package s3fs" in err
    assert "pip install 'mlgitops[runtime]'" in err


def test_a_store_that_cannot_be_read(call: Call, stores: Path) -> None:
    (stores / "staging").write_text("a file")
    code, out, err = call("runs", "list", "breast-cancer")
    assert (code, out) == (3, "")
    assert "the stores of dev: " in err
