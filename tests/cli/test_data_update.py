"""`data update`: what changed is written once, comments kept; what did not is left; the same run each time."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

SPEC = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth, owner: "@growth"}
spec:
  task: binaryClassification
  target: left
  data:
    # where it comes from
    - name: customers # the name
      role: training
      uri: "s3://features/v7/v7.csv" # v7
      version: v7 # of the export
      digest: OLD # pinned
    - {name: more, role: training, uri: "s3://features/more.csv", digest: OLD}
  training: {framework: xgboost}
"""
RUN = """\
# yaml-language-server: $schema=../../../schemas/run.json
apiVersion: mlgitops.dev/v1alpha1
kind: Run
metadata: {name: churn, environment: dev}
spec:
  trigger: newData
  reason: "New data: customers v8."
  attempt: 1
  requestedAt: "2026-11-02T03:00:00Z"
  requestedBy: "@growth"
  data:
    - name: customers
      uri: "s3://features/v8/v8.csv"
      version: v8
      digest: NEW
    - name: more
      uri: "s3://features/more.csv"
      digest: OLD
"""


def sha(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


OLD, NEW = sha(b"old"), sha(b"new")


@pytest.fixture
def spec(repository: Path) -> Path:
    for folder in ("specs/churn", "environments/dev", "environments/prod"):
        (repository / folder).mkdir(parents=True)
    for name in ("dev", "prod"):
        (repository / "environments" / name / "environment.yaml").touch()
    path = repository / "specs" / "churn" / "model.yaml"
    path.write_text(SPEC.replace("OLD", OLD))
    for name in ("old", "new"):
        (repository / name).write_text(name)
        os.utime(repository / name, (1793588400.75, 1793588400.75))  # 2026-11-02T03:00:00Z
    return path


UPDATE = ("data", "update", "churn", "--data")


def test_new_data_with_its_version_and_run(call: Call, repository: Path, spec: Path) -> None:
    before = spec.read_text()
    assert call(*UPDATE, "customers=new", "--version", "v8", "--run", "dev") == Answer(
        0,
        f"churn/customers: uri s3://features/v8/v8.csv, version v8, digest {NEW}\n"
        "wrote environments/dev/runs/churn.yaml\n"
        "wrote specs/churn/model.yaml\n"
        "next: `mlgitops render`, then commit all of it\n",
        "",
    )
    assert spec.read_text() == before.replace('"s3://features/v7/v7.csv"', "s3://features/v8/v8.csv").replace(
        "version: v7", "version: v8"
    ).replace(f"digest: {OLD} #", f"digest: {NEW} #")
    run = repository / "environments" / "dev" / "runs" / "churn.yaml"
    assert run.read_text() == RUN.replace("OLD", OLD).replace("NEW", NEW)


def test_the_same_again_writes_the_same(call: Call, repository: Path, spec: Path) -> None:
    words = (*UPDATE, "customers=new", "--version", "v8", "--run", "dev", "--run", "prod")
    run = repository / "environments" / "prod" / "runs" / "churn.yaml"
    before = spec.read_bytes()
    assert call(*words).code == 0
    after, asked = spec.read_bytes(), run.read_bytes()
    assert call(*words) == Answer(0, "churn/customers: unchanged\n", "")
    spec.write_bytes(before)  # as on the base branch, in the next night's job
    assert call(*words).code == 0
    assert (spec.read_bytes(), run.read_bytes()) == (after, asked)


def test_data_that_is_what_it_was(call: Call, repository: Path, spec: Path) -> None:
    before = spec.stat().st_mtime_ns
    assert call(*UPDATE, "customers=old", "--version", "v8", "--run", "dev").out == "churn/customers: unchanged\n"
    assert spec.stat().st_mtime_ns == before
    assert not (repository / "environments" / "dev" / "runs").exists()


def test_a_version_is_not_moved_onto_other_bytes(call: Call, spec: Path) -> None:
    before = spec.read_text()
    for words, got in (([], "none"), (["--version", "v7"], "the same, v7")):
        says = (
            f"mlgitops: customers changed, and needs another --version than v7; got {got}\n  hint: name the new one\n"
        )
        assert call(*UPDATE, "customers=new", *words) == Answer(2, "", says)
    assert spec.read_text() == before
    assert call(*UPDATE, "more=new").out.startswith(f"churn/more: digest {NEW}\n")


def test_every_data_set_at_hand(call: Call, repository: Path, spec: Path) -> None:
    spec.write_text(spec.read_text().replace("s3://features/more.csv", f"file://{repository}/new"))
    assert call("data", "update").out.startswith(f"churn/more: digest {NEW}\nwrote specs/churn/model.yaml\n")
    assert call("data", "update") == Answer(0, "churn/more: unchanged\n", "")
    (repository / "new").unlink()
    says = "mlgitops: no data is at hand\n  hint: say where a copy of it is with --data NAME=FILE\n"
    assert call("data", "update") == Answer(2, "", says)


def test_a_run_that_pins_other_data_is_said(call: Call, repository: Path, spec: Path) -> None:
    (repository / "environments" / "prod" / "runs").mkdir()
    (repository / "environments" / "prod" / "runs" / "churn.yaml").touch()
    out = call(*UPDATE, "more=new", "--run", "dev").out
    assert "next: environments/prod/runs/churn.yaml asks for a run of other data: --run prod replaces it\n" in out
    assert "next: environments/dev" not in out


def test_lines_that_end_as_on_windows_stay_so(call: Call, spec: Path) -> None:
    spec.write_bytes(spec.read_bytes().replace(b"\n", b"\r\n"))
    assert call(*UPDATE, "more=new").code == 0
    assert spec.read_bytes() == SPEC.replace("OLD", OLD, 1).replace("OLD", NEW).replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--run", "nowhere"], "there is no environment 'nowhere'; known: dev, prod"),
        (["--run", "dev", "--at", "now"], "no valid run can be written: "),
        (["--run", "dev", "--requested-by", "me"], "no valid run can be written: "),
        (["--uri", "nowhere"], "that would not be valid: "),
    ],
)
def test_what_cannot_be(call: Call, repository: Path, spec: Path, words: list[str], says: str) -> None:
    before = spec.read_text()
    answer = call(*UPDATE, "more=new", *words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlgitops: {says}")
    assert spec.read_text() == before
    assert not (repository / "environments" / "dev" / "runs").exists()


def test_a_run_needs_somebody_who_answers(call: Call, spec: Path) -> None:
    spec.write_text(spec.read_text().replace(', owner: "@growth"', ""))
    answer = call(*UPDATE, "more=new", "--run", "dev")
    says = "mlgitops: churn has no owner\n  hint: say who answers for the run with --requested-by\n"
    assert answer == Answer(2, "", says)
    assert call(*UPDATE, "more=new", "--run", "dev", "--requested-by", "@growth/churn").code == 0


def test_one_uri_is_of_one_data_set(call: Call, spec: Path) -> None:
    words = ("customers=new", "--data", "more=new", "--version", "v8", "--uri", "s3://x/v8.csv")
    assert call(*UPDATE, *words).err.startswith(
        "mlgitops: --uri is about one data set, got 2 that changed: customers, more\n"
    )
