"""`train`: a spec and files become an artifact, its metrics and scores, and what cannot be is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

SPEC = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth, owner: "@growth/models"}
spec:
  task: binaryClassification
  target: churned
  id: id
  data:
    - {name: customers, role: training, uri: "s3://features/v7.csv", version: v7}
    - {name: holdout, role: validation, uri: "s3://holdout/v3.csv", version: v3}
  training:
    framework: xgboost
    hyperparameters: {numBoostRound: 20, maxDepth: 3}
  validation:
    dataset: holdout
    metrics: [{name: auc, min: 0.5}]
"""


def rows(count: int, first: int = 0) -> str:
    """Whoever stays under 20 months leaves."""
    lines = [
        f"{place},{place * 7 % 40},{('basic', 'plus')[place % 2]},{int(place * 7 % 40 < 20)}"
        for place in range(first, first + count)
    ]
    return "id,tenure,plan,churned\n" + "\n".join(lines) + "\n"


@pytest.fixture
def spec(repository: Path, call: Call) -> Path:
    assert call("new", "environment", "dev").code == 0
    (repository / "specs" / "churn").mkdir(parents=True)
    path = repository / "specs" / "churn" / "model.yaml"
    path.write_text(SPEC)
    (repository / "c.csv").write_text(rows(200))
    (repository / "h.csv").write_text(rows(40, 1000))
    return path


def train(call: Call, *more: str) -> Answer:
    return call("train", "churn", "--data", "customers=c.csv", *more)


def test_a_spec_and_a_file_become_an_artifact(spec: Path, repository: Path, call: Call) -> None:
    answer = train(call, "--data", "holdout=h.csv")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "trained on 200 rows"
    assert lines[1].startswith("artifact: .cache/trials/churn/artifact sha256:")
    assert lines[2].startswith("training logLoss: 0.0")
    assert "validation auc: 1" in lines
    assert "validation accuracy: 1" in lines
    record = json.loads((repository / ".cache/trials/churn/run.json").read_text())
    assert (record["trial"], record["state"]) == (True, "succeeded")
    assert lines[1].endswith(record["artifactDigest"])


def test_progress_is_plain_lines_where_there_is_no_terminal(spec: Path, call: Call) -> None:
    lines = train(call).err.splitlines()
    assert lines[0].startswith("step 1 of 20: logLoss ")
    assert lines[-1].startswith("step 20 of 20: logLoss ")
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_a_sample_is_said_to_be_one(spec: Path, repository: Path, call: Call) -> None:
    answer = train(call, "--sample", "50", "--out", "tried")
    assert answer.out.splitlines()[0] == "trained on 50 rows, a sample"
    assert (repository / "tried/artifact/model.ubj").is_file()
    again = train(call, "--out", "tried")
    assert again.code == 2
    assert "--out must be a new or empty folder" in again.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "customers"), "--data takes NAME=FILE"),
        (("--data", "people=c.csv"), "--data must name one of the data sets customers, holdout; got 'people'"),
        (("--data", "customers=gone.csv"), "--data customers must be a file or a folder, got nothing"),
        (("--sample", "0"), "--sample must be a whole number of rows above 0, got '0'"),
        (("--env", "nowhere"), "nowhere"),
    ],
)
def test_words_that_cannot_be_are_usage(spec: Path, call: Call, words: tuple[str, ...], said: str) -> None:
    answer = call("train", "churn", *words)
    assert answer.code == 2
    assert said in answer.err


def test_a_spec_that_is_wrong_is_reported_at_its_line(spec: Path, call: Call) -> None:
    spec.write_text(SPEC.replace("maxDepth: 3", "maxDepht: 3"))
    answer = train(call)
    assert answer.code == 1
    assert "specs/churn/model.yaml:13" in answer.out + answer.err


def test_data_that_cannot_be_learnt_from_ends_it(spec: Path, repository: Path, call: Call) -> None:
    (repository / "c.csv").write_text("id,tenure,plan,churned\n1,2,basic,0\n2,3,basic,0\n")
    answer = train(call)
    assert answer.code == 1
    assert answer.err.startswith(
        "error[data/target-constant]: customers: target 'churned' must have more than one value"
    )
    assert "hint: " in answer.err
    assert answer.out == ""
