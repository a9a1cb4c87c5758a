"""`new model --from`: the spec that a file gets, whole; what is refused; no row of the data anywhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mlgitops.spec.declared import read_document
from mlgitops.spec.documents.model import Model, ModelSpec
from tests.cli.conftest import Answer, Call

ROWS = "".join(
    f"{number},{number % 73},{'' if number % 9 == 0 else 18.25 + number % 100},{('basic', 'plus', 'no')[number % 3]},"
    f"2026-01-{1 + number % 28:02},text {number},1,{number % 2}\n"
    for number in range(1200)
)
HEADER = "customer_id,tenure,monthly charges,plan,signed,note,constant,churned\n"

SPEC = """\
# yaml-language-server: $schema=../../schemas/model.json
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata:
  name: churn
  team: growth
  owner: "@growth" # who answers for it
spec:
  task: binaryClassification
  target: churned
  id: customer_id # names the row: never a feature
  # no feature: signed (times need code)
  # no feature: note (text with many values)
  # no feature: constant (the same in all rows)
  features: [tenure, "monthly charges", plan]
  data:
    - name: training
      role: training
      uri: "s3://features/churn/v1/customers.csv"
      version: v1
      digest: DIGEST
      format: csv
      # classification: confidential # who may read it: public, internal, confidential or restricted
      expect: # as this file is, rounded outward: correct it to what can be true
        - {column: customer_id, type: int64, nullable: false, unique: true}
        - {column: tenure, type: int64, nullable: false, range: [0, 80]}
        - {column: "monthly charges", type: float32, range: [10, 120]}
        - {column: plan, type: string, nullable: false, values: [basic, "no", plus]}
        - {column: churned, type: int64, nullable: false, values: [0, 1]}
  training:
    framework: xgboost # the built-in trainer: no code
    hyperparameters: {numBoostRound: 200, maxDepth: 4, eta: 0.1}
    deadline: 2h
  # next: rows that training never sees, without which nobody knows how good a version is. To `data`:
  #   - {name: holdout, role: validation, uri: "s3://holdout/churn/v1/holdout.csv", version: v1}
  # and with limits of your own:
  # validation:
  #   dataset: holdout
  #   metrics: [{name: auc, min: 0.8, maxRegression: 0.01}]
  serving:
    route: /churn
    replicas: {min: 1, max: 2}
  monitoring:
    objectives: {availability: 99.5, latencyP99: 200ms}
"""


@pytest.fixture
def file(repository: Path) -> Path:
    path = repository / "customers.csv"
    path.write_text(HEADER + ROWS)
    return path


def written(repository: Path, name: str = "m") -> ModelSpec:
    path = f"specs/{name}/model.yaml"
    read = read_document((repository / path).read_bytes(), path, Model, name)
    assert not isinstance(read, list), read
    return read.value.spec


def test_the_whole_spec(call: Call, repository: Path, file: Path) -> None:
    uri = "s3://features/churn/v1/customers.csv"
    words = ("new", "model", "churn", "--team", "growth", "--from", str(file), "--target", "churned", "--uri", uri)
    assert call(*words) == Answer(
        0,
        "wrote specs/churn/model.yaml\n"
        "next: hold rows out for validation, as the comment in the spec says: without them no version is measured\n"
        "next: correct ranges, owner and limits there, then `mlgitops validate`\n",
        "",
    )
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    text = (repository / "specs" / "churn" / "model.yaml").read_text()
    assert text == SPEC.replace("DIGEST", f"sha256:{digest}")
    assert call("data", "check", "churn", "--data", f"training={file}").code == 0


def test_it_validates_and_renders_where_init_started(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("init", str(tmp_path / "models")).code == 0
    monkeypatch.chdir(tmp_path / "models")
    Path("../customers.csv").write_text(HEADER + ROWS)
    answer = call("new", "model", "churn", "--from", "../customers.csv", "--target", "churned")
    assert answer.code == 0
    assert "`mlgitops data pin churn training --from FILE --uri URI`\n" in answer.out
    assert call("validate").code == 0
    assert call("data", "check", "churn").out == "1 data set checked, 0 failed, 0 skipped, 0 waived\n"
    answer = call("render", "--model", "churn", "--engine", "embedded", "--jobs", "1")
    assert (answer.code, answer.err) == (0, "")


def test_a_file_with_columns_of_any_name_is_written_so_that_it_is_read_back(call: Call, repository: Path) -> None:
    names = ["no", "a: b", "#c", 'q"uo\\te', "größe", "[x]", "y", "é\U0001f600", "Null_", "t"]
    text = ";".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names) + "\n"
    text += "".join(";".join([str(number)] * (len(names) - 1) + [str(number % 2)]) + "\n" for number in range(20))
    (repository / "odd.csv").write_text(text)
    assert call("new", "model", "m", "--from", "odd.csv", "--target", "t").code == 0
    assert [one.column for one in written(repository).data[0].expect] == names


@pytest.mark.parametrize(
    ("values", "task", "framework"),
    [
        (["1.5", "2.5", "3.25"], "regression", "sklearn"),
        (["0", "1", "2"], "multiclassClassification", "sklearn"),
        (["0", "2", "7"], "regression", "sklearn"),
        (["cat", "dog"], "binaryClassification", "sklearn"),
        (["cat", "dog", "cow"], "multiclassClassification", "sklearn"),
        (["true", "false"], "binaryClassification", "sklearn"),
        (["0.0", "1.0"], "binaryClassification", "sklearn"),
    ],
)
def test_the_task_follows_from_the_target(
    call: Call, repository: Path, values: list[str], task: str, framework: str
) -> None:
    (repository / "a.csv").write_text(
        "x,t\n" + "".join(f"{number}.5,{values[number % len(values)]}\n" for number in range(30))
    )
    assert call("new", "model", "m", "--from", "a.csv", "--target", "t").code == 0
    spec = written(repository)
    assert (spec.task, spec.training.framework) == (task, framework)
    assert call("data", "check", "m").code == 0


def test_labels_that_may_be_amounts_are_said(call: Call, repository: Path) -> None:
    (repository / "a.csv").write_text("x,t\n" + "".join(f"{n},{n % 4}\n" for n in range(40)))
    said = "next: look: the target's whole numbers are taken for classes: --task regression if they are amounts\n"
    assert said in call("new", "model", "m", "--from", "a.csv", "--target", "t").out
    assert said not in call("new", "model", "n", "--from", "a.csv", "--target", "t", "--task", "regression").out
    assert written(repository, "n").task == "regression"


def test_doubts(call: Call, repository: Path) -> None:
    rows = "".join(f"{'unknown' if n == 3 else n},{n % 2 if n > 5 else ''}\n" for n in range(50))
    (repository / "a.csv").write_text("x,t\n" + rows + rows)
    out = call("new", "model", "m", "--from", "a.csv", "--target", "t").out
    assert "next: look: 12 of 100 rows lack the target: they teach nothing" in out
    assert "next: look: 2 of 100 values of 'x' are no numbers as all others are, so that it counts as text\n" in out


@pytest.mark.parametrize("task", ["clustering", "anomalyDetection"])
def test_tasks_without_a_target(call: Call, repository: Path, task: str) -> None:
    (repository / "a.csv").write_text("x,y\n1,2\n2,3\n4,9\n")
    assert call("new", "model", "m", "--from", "a.csv", "--task", task).code == 0
    assert written(repository).target is None
    assert call("data", "check", "m").code == 0


def test_values_that_one_row_has_are_not_written(call: Call, repository: Path) -> None:
    (repository / "a.csv").write_text(
        "x,who,t\n" + "".join(f"{n},{'ann' if n == 5 else 'bo'},{n % 2}\n" for n in range(9))
    )
    answer = call("new", "model", "m", "--from", "a.csv", "--target", "t")
    text = (repository / "specs" / "m" / "model.yaml").read_text()
    assert "ann" not in answer.out + answer.err + text
    assert "{column: who, type: string, nullable: false}" in text


def test_a_wide_file_has_no_list_of_expectations_that_nobody_reads(call: Call, repository: Path) -> None:
    names = [f"c{number}" for number in range(400)]
    rows = "".join(",".join([str(row + 1)] * 400) + f",{row % 2}\n" for row in range(4))
    (repository / "a.csv").write_text(",".join(names) + ",t\n" + rows)
    assert call("new", "model", "m", "--from", "a.csv", "--target", "t").code == 0
    assert [one.column for one in written(repository).data[0].expect] == ["t"]
    assert (
        "# 401 columns: what matters of the others is for you to add"
        in (repository / "specs" / "m" / "model.yaml").read_text()
    )


def test_a_file_that_is_read_in_part(call: Call, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlgitops.cli.new_model.MAX_CELLS", 20)
    (repository / "a.csv").write_text("x,t\n" + "".join(f"{n},{n % 2}\n" for n in range(50)))
    answer = call("new", "model", "m", "--from", "a.csv", "--target", "t")
    said = "next: look: only the first 10 rows were read: types are theirs, and no ranges are expected\n"
    assert said in answer.out
    assert [one.range or one.values for one in written(repository).data[0].expect] == [None, None]


@pytest.mark.parametrize(
    ("content", "words", "says"),
    [
        (
            "x,t\n1,0\n",
            [],
            "which column is to be predicted is not for a program to guess\n  hint: --target, one of: x, t\n",
        ),
        ("x,t\n1,0\n", ["--target", "T"], "the file has no column 'T'\n  hint: its columns: x, t\n"),
        ("x,t\n", ["--target", "t"], "the file has no row below its header\n  hint: export the data again\n"),
        (
            "x,t\n1,0\n2,0\n",
            ["--target", "t"],
            "the target 't' must differ between rows, got one value in all of them\n"
            "  hint: there is nothing to learn\n",
        ),
        (
            "x,t\n1,2026-01-01\n2,2026-01-02\n",
            ["--target", "t"],
            "the target 't' must hold numbers or classes, got times\n  hint: name another column with --target\n",
        ),
        (
            "x,t\n" + "".join(f"1,word{n}\n" for n in range(101)),
            ["--target", "t"],
            "the target 't' must hold numbers or classes, got text with more than 100 values\n"
            "  hint: name another column with --target, or code the text as classes first\n",
        ),
        (
            "x,t\n1,cat\n2,dog\n",
            ["--target", "t", "--task", "regression"],
            "the target 't' does not fit regression: got string with 2 values\n  hint: it fits binaryClassification\n",
        ),
        (
            "x,t\n1,0\n2,1\n",
            ["--target", "t", "--task", "guess"],
            "--task must be one of binaryClassification, multiclassClassification, regression, clustering, "
            "anomalyDetection; got 'guess'\n",
        ),
        (
            "id,t\n1,0\n2,1\n",
            ["--target", "t"],
            "no column is left to learn from\n  hint: a model needs a column besides target, id, texts and times\n",
        ),
        (
            "x,t\n1,0\n2,1\n",
            ["--target", "t", "--uri", "nowhere"],
            "no valid spec can be written for this: data[0].uri must be a URI with its scheme, got 'nowhere'\n"
            "  hint: write it like s3://features/customers/v7\n",
        ),
        (
            "\u202ex,t\n1,0\n2,1\n",
            ["--target", "t"],
            "no valid spec can be written for this: expected visible characters, got U+202E RIGHT-TO-LEFT OVERRIDE\n"
            "  hint: remove it\n",
        ),
        (
            "x,t\n1,0\n2,1\n",
            ["--target", "t", "--delimiter", "dash"],
            "--delimiter must be one of comma, semicolon, tab, pipe; got 'dash'\n",
        ),
        (
            "x,t\n1,0\n2\n",
            ["--target", "t"],
            "a.csv: expected 2 cells in every row, as the first line has, got 1 in line 3\n"
            "  hint: quote cells that hold the delimiter, or export the data again\n",
        ),
        (
            "PAR1\x15\x04",
            ["--target", "t"],
            "a.csv: expected CSV, got Parquet\n"
            "  hint: export it as CSV; reading Parquet comes with the extra mlgitops[runtime]\n",
        ),
    ],
)
def test_what_is_refused(call: Call, repository: Path, content: str, words: list[str], says: str) -> None:
    (repository / "a.csv").write_text(content)
    assert call("new", "model", "m", "--from", "a.csv", *words) == Answer(2, "", f"mlgitops: {says}")
    assert not (repository / "specs").exists()


def test_other_mistakes(call: Call, repository: Path, file: Path) -> None:
    assert call("new", "model", "m", "--target", "x").err.startswith(
        "mlgitops: --target is about data, got no --from\n"
    )
    answer = call("new", "model", "m", "--from", "none.csv", "--target", "x")
    assert answer == Answer(2, "", "mlgitops: none.csv is no file\n  hint: name a CSV file\n")
    words = ("new", "model", "churn", "--from", str(file), "--target", "churned")
    assert call(*words).code == 0
    assert "is there already" in call(*words).err
