"""Rules that do not compile, in every command that asks them: findings at their lines, beside what else is wrong."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from mlgitops import pipeline
from mlgitops.cli.main import main
from mlgitops.findings import Finding
from mlgitops.policy.refused import RulesRefused
from mlgitops.source import Location
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, rendered
from tests.pipeline.test_plan import committed

LABEL = "policies/words/label/label.rego"
OWNER = "policies/words/owner/owner.rego"
HALF = ('input.metadata.labels.forbidden == "model"', "input.metadata.labels.forbidden ==")
BY_OPA = f"{LABEL}:13:1: error[policy/rego]: `}}` cannot stand here\n"
BY_EMBEDDED = f"{LABEL}:12:37: error[policy/rego]: a comparison has nothing on one of its sides\n"
SKIPPED = "skipped policy and rendering: the rules have errors\n"


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    edit(place, LABEL, *HALF)
    return place


@pytest.mark.parametrize(("engine", "says"), [("opa", BY_OPA), ("server", BY_OPA), ("embedded", BY_EMBEDDED)])
@pytest.mark.parametrize("words", [("policy", "check"), ("render", "--check"), ("plan", "--base", "HEAD")])
def test_commands_of_the_pipeline(root: Path, words: tuple[str, ...], engine: str, says: str) -> None:
    ran = mlgitops(root, *words, engine=engine)
    assert (ran.code, ran.err) == (1, "")
    assert says in ran.out
    assert SKIPPED in ran.out
    assert ran.out.endswith("\n5 targets checked, 0 failed, 3 skipped, 0 waived; 1 error\n")


def test_render_writes_nothing(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    before = rendered(root)
    assert mlgitops(root, "render", engine="opa").code == 1
    assert rendered(root) == before


def test_what_else_is_wrong_is_told_too(root: Path) -> None:
    edit(root, "specs/beta/model.yaml", "deadline: 2h", "deadline: never")
    ran = mlgitops(root, "policy", "check", engine="opa")
    assert BY_OPA in ran.out
    assert "specs/beta/model.yaml:14:" in ran.out


def test_several_errors_are_several_findings(root: Path) -> None:
    edit(root, OWNER, 'model.owner == "@forbidden"', "model.owner ==")
    ran = mlgitops(root, "policy", "check", "--format", "json", engine="opa")
    found = [(f["path"], f["line"], f["code"]) for f in json.loads(ran.out)["findings"]]
    assert found == [(LABEL, 13, "policy/rego"), (OWNER, 14, "policy/rego")]


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_a_plan_says_that_nothing_was_compared(root: Path, form: str) -> None:
    ran = mlgitops(root, "plan", "--base", "HEAD", "--format", form, engine="opa")
    assert (ran.code, ran.err) == (1, "")
    assert "policy/rego" in ran.out
    if form == "text":
        assert "* cannot be compared: it has errors in the working tree\n" in ran.out
    if form == "json":
        assert json.loads(ran.out)["notCompared"] == [{"target": "*", "side": "working tree"}]


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("engine", "says"), [("opa", BY_OPA), ("server", BY_OPA), ("embedded", BY_EMBEDDED)])
def test_a_change_that_mends_the_rules_of_the_base(
    root: Path, engine: str, says: str, jobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)  # so that two jobs are two processes
    committed(root)
    edit(root, LABEL, HALF[1], HALF[0])
    edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
    ran = mlgitops(root, "plan", "--base", "HEAD", "--jobs", jobs, engine=engine)
    assert (ran.code, ran.err) == (1, "")
    assert "Denied: words.label on alpha@dev, alpha@prod." in ran.out
    assert (
        f"skipped verdicts of the base: its rules do not compile: {says.replace('error[policy/rego]: ', '')}" in ran.out
    )
    assert "of 8 targets compared" in ran.out  # of the base, objects are known
    assert "Verdicts cannot be compared: the rules of the base do not compile: " in ran.out
    assert "has errors" not in ran.out
    edit(root, "specs/alpha/model.yaml", "forbidden: model", 'forbidden: "no"')
    ran = mlgitops(root, "plan", "--base", "HEAD", "--jobs", jobs, engine=engine)
    assert (ran.code, ran.err) == (0, "")
    assert "skipped verdicts of the base" in ran.out


@pytest.mark.parametrize(("engine", "says"), [("opa", BY_OPA), ("embedded", BY_EMBEDDED)])
def test_commands_about_rules(root: Path, engine: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    for words in (("test",), ("check", "--manifests", str(root / "pod.yaml"))):
        code = main(["-C", str(root), "policy", *words, "--engine", engine])
        out, err = capsys.readouterr()
        assert (code, err) == (1, "")
        assert out.startswith(says)
        assert out.endswith("\n6 files checked, 1 failed, 0 skipped, 0 waived; 1 error\n")


def test_it_leaves_a_process_of_its_own() -> None:
    places = (Location("b"), Location("a"))
    error = RulesRefused([Finding(place, "policy/rego", "error", "m", "h") for place in places])
    again = pickle.loads(pickle.dumps(error))
    assert (again.findings, str(again), again.hint) == (error.findings, str(error), error.hint)
    assert str(error) == "the rules cannot be used: a:1:1: m, and 1 more"
