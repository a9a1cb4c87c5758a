"""`data check`: each finding seen, at its line; what is not at hand is skipped and said; no value is shown."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

SPEC = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth}
spec:
  task: binaryClassification
  target: left
  data:
    - name: customers
      role: training
      uri: "s3://features/v7.csv"
      digest: DIGEST
      expect:
        - {column: id, type: int64, nullable: false, unique: true}
        - {column: age, type: int64, range: [0, 120]}
        - column: plan
          values: [basic, plus]
    - {name: holdout, role: validation, uri: "s3://holdout/v3.csv"}
  training: {framework: xgboost}
"""
GOOD = "id,age,plan,left\n1,30,basic,0\n2,,plus,1\n3,44,,0\n"


def digest(content: str) -> str:
    return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


@pytest.fixture
def spec(repository: Path) -> Path:
    (repository / "specs" / "churn").mkdir(parents=True)
    path = repository / "specs" / "churn" / "model.yaml"
    path.write_text(SPEC.replace("DIGEST", digest(GOOD)))
    (repository / "c.csv").write_text(GOOD)
    return path


CHECK = ("data", "check", "churn", "--data", "customers=c.csv")
HOLDOUT = "skipped churn/holdout: its bytes are not on this machine: say where a copy is with --data NAME=FILE\n"


def test_data_that_is_as_expected(call: Call, spec: Path) -> None:
    closing = "\n1 data set checked, 0 failed, 1 skipped, 0 waived\n"
    assert call(*CHECK) == Answer(0, HOLDOUT + closing, "")
    assert call("data", "check", "--data", "customers=c.csv") == Answer(0, HOLDOUT + closing, "")


def test_nothing_at_hand_is_said(call: Call, spec: Path) -> None:
    answer = call("data", "check")
    assert answer.code == 0
    assert answer.out == (
        "skipped churn/customers, churn/holdout: its bytes are not on this machine: say where a copy is with "
        "--data NAME=FILE\n\n0 data sets checked, 0 failed, 2 skipped, 0 waived\n"
    )


def findings(call: Call, repository: Path, content: str | bytes) -> list[tuple[str, int, str]]:
    """Code, line and message of each finding about a file, but for its digest."""
    (repository / "c.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = call(*CHECK, "--format", "json")
    assert answer.code == 1
    found = json.loads(answer.out)["findings"]
    assert {one["code"] for one in found} >= {"data/digest"}
    return [(one["code"], one["line"], one["message"]) for one in found if one["code"] != "data/digest"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "id,age,plan,left\n1,abc,basic,0\n2,3.5,plus,1\n",
            [("data/type", 14, "column 'age' must be int64, got other text in 2 of 2 rows (lines 2, 3 of the data)")],
        ),
        (
            "id,age,plan,left\n,1,basic,0\n2,3,plus,1\n",
            [
                (
                    "data/missing-values",
                    13,
                    "column 'id' must have a value in every row, got none in 1 of 2 rows (line 2 of the data)",
                )
            ],
        ),
        (
            "id,age,plan,left\n1,1,basic,0\n1,3,plus,1\n",
            [
                (
                    "data/duplicates",
                    13,
                    "column 'id' must have each value once, got a value again in 1 of 2 rows (line 3 of the data)",
                )
            ],
        ),
        (
            "id,age,plan,left\n" + "".join(f"{n},999,basic,0\n" for n in range(7)),
            [
                (
                    "data/range",
                    14,
                    "column 'age' must be from 0 to 120, got what is not in 7 of 7 rows"
                    " (lines 2, 3, 4, 5, 6, … of the data)",
                )
            ],
        ),
        (
            "id,age,plan,left\n1,1,gold,0\n",
            [
                (
                    "data/values",
                    16,
                    "column 'plan' must be one of the 2 values of `values`, got another in 1 of 1 rows"
                    " (line 2 of the data)",
                )
            ],
        ),
        (
            "id,age,left\n1,1,0\n",
            [("data/column-missing", 15, "the data must have a column 'plan', got none of that name")],
        ),
        ("id,age,plan,left\n", [("data/no-rows", 10, "the data must have a row below its header, got none")]),
        (
            "id,age,plan,left\n1,1\n",
            [
                (
                    "data/unreadable",
                    10,
                    "the data: expected 4 cells in every row, as the first line has, got 2 in line 2",
                )
            ],
        ),
        (b"\x1f\x8b\x08", [("data/unreadable", 10, "the data: expected CSV, got a compressed file")]),
        (b"PAR1", [("data/unreadable", 10, "the data: expected CSV, got Parquet")]),
    ],
)
def test_each_finding(
    call: Call, repository: Path, spec: Path, content: str | bytes, expected: list[tuple[str, int, str]]
) -> None:
    assert findings(call, repository, content) == expected


def test_another_digest(call: Call, repository: Path, spec: Path) -> None:
    other = GOOD + "4,1,plus,0\n"
    (repository / "c.csv").write_text(other)
    answer = call(*CHECK)
    assert answer.code == 1
    assert answer.out.startswith(
        f"specs/churn/model.yaml:11:15: error[data/digest]: digest must be the file's, {digest(other)}; "
        f"got {digest(GOOD)}\n"
    )
    assert "mlgitops data update churn --data customers=FILE\n" in answer.out


def test_no_value_of_the_data_is_shown(call: Call, repository: Path, spec: Path) -> None:
    (repository / "c.csv").write_text("id,age,plan,left\nsecretid,987654,secretplan,0\nsecretid,x,y,1\n")
    for style in ("text", "json", "sarif", "github", "markdown"):
        answer = call(*CHECK, "--format", style)
        assert "data/values" in answer.out
        assert not any(word in answer.out + answer.err for word in ("secretid", "987654", "secretplan"))


def test_what_is_checked_in_part_says_so(call: Call, repository: Path, spec: Path) -> None:
    (repository / "folder").mkdir()
    (repository / "folder" / "part").write_text("x")
    out = call(*CHECK[:3], "--data", "customers=folder", "--data", "holdout=c.csv").out
    assert "skipped churn/customers: a folder: its columns are not looked at, only its digest\n" in out
    assert "skipped churn/holdout: no digest to compare: `mlgitops data pin` writes it\n" in out
    assert "skipped churn/holdout: no `expect`: only the digest was compared\n" in out
    spec.write_text(spec.read_text().replace("v7.csv", "v7.parquet"))
    assert "skipped churn/customers: Parquet: reading it comes with the extra mlgitops[runtime]; " in call(*CHECK).out


def test_data_at_its_own_uri(call: Call, repository: Path, spec: Path) -> None:
    spec.write_text(spec.read_text().replace("s3://features/v7.csv", f"file://{repository}/c.csv"))
    assert call("data", "check").out.endswith("\n1 data set checked, 0 failed, 1 skipped, 0 waived\n")
    (repository / "c.csv").unlink()
    assert "skipped churn/customers: its file is not on this machine: " in call("data", "check").out


@pytest.mark.parametrize("uri", ["file://[x", "s3://a\u2100b/c"])
def test_data_at_a_host_that_is_none(call: Call, spec: Path, uri: str) -> None:
    spec.write_text(spec.read_text().replace("s3://features/v7.csv", uri))
    assert call("data", "check").out.endswith("\n0 data sets checked, 0 failed, 2 skipped, 0 waived\n")


def test_a_spec_that_is_wrong(call: Call, spec: Path) -> None:
    spec.write_text(spec.read_text().replace("role: training", "role: trainig"))
    answer = call("data", "check")
    assert answer.code == 1
    assert "specs/churn/model.yaml:9:13: error[spec/choice]" in answer.out
    assert "skipped churn: its spec is not valid, so its data was not looked at\n" in answer.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "there is no model 'nobody'; known: churn"),
        (["--data", "c.csv"], "--data takes NAME=FILE, got 'c.csv'"),
        (["--data", "other=c.csv"], "there is no data set 'other'; known: customers, holdout"),
        (["--data", "customers=none"], "none is no file and no folder"),
        (["--data", "customers=c.csv", "--data", "customers=c.csv"], "--data names 'customers' twice"),
    ],
)
def test_mistakes(call: Call, spec: Path, words: list[str], says: str) -> None:
    answer = call("data", "check", *words)
    assert (answer.code, answer.out, answer.err.split("\n")[0]) == (2, "", f"mlgitops: {says}")


def test_a_name_that_several_models_have(call: Call, repository: Path, spec: Path) -> None:
    (repository / "specs" / "other").mkdir()
    (repository / "specs" / "other" / "model.yaml").write_text(spec.read_text().replace("churn", "other"))
    answer = call("data", "check", "--data", "customers=c.csv")
    says = "mlgitops: several models have a data set 'customers': churn, other\n  hint: name the model\n"
    assert answer == Answer(2, "", says)
