"""`plan` in every form at once: one computation, each file whole, nothing written where an answer is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops import pipeline
from mlgitops.cli.plan_forms import FORMATS
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import Ran, edit, mlgitops
from tests.pipeline.test_plan import DEADLINE, committed

pytestmark = pytest.mark.usefixtures("_words")


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    edit(place, "specs/alpha/model.yaml", *DEADLINE)
    return place


def plan(root: Path, *words: str) -> Ran:
    return mlgitops(root, "plan", "--base", "HEAD", *words)


BEGINNINGS = {
    "text": "compared with ",
    "markdown": "<!-- mlgitops:plan -->\n### mlgitops plan: ",
    "html": "<!doctype html>\n",
    "json": '{\n  "version": 1,\n',
    "sarif": '{\n  "$schema": "https://docs.oasis-open.org/sarif/',
    "github": "",
}


def test_every_form_from_one_computation(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    real = pipeline.plan
    monkeypatch.setattr(pipeline, "plan", lambda *words: computed.append(1) or real(*words))
    files = {name: tmp_path / f"plan.{name}" for name in FORMATS}
    ran = plan(root, *(f"--write={name}={path}" for name, path in files.items()))
    assert (ran.code, ran.err, computed) == (0, "", [1])
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    assert set(BEGINNINGS) == set(FORMATS)
    for name, text in texts.items():
        assert text.startswith(BEGINNINGS[name])
        assert text.endswith("\n")
        assert plan(root, "--format", name, "--output", str(tmp_path / "again")).out == ""
        assert (tmp_path / "again").read_text(encoding="utf-8") == text


def test_forms_agree(root: Path, tmp_path: Path) -> None:
    """What the text says in sentences is what the JSON holds, the comment begins with and the page shows."""
    ran = plan(root, *(f"--write={name}={tmp_path / name}" for name in ("json", "markdown", "html")))
    sentences = [one["text"] for one in json.loads((tmp_path / "json").read_text())["headline"]]
    assert sentences
    flat = " ".join(ran.out.split())
    comment, page = (tmp_path / "markdown").read_text(), (tmp_path / "html").read_text()
    for sentence in sentences:
        assert sentence in flat
        assert f"- {sentence}\n" in comment
        assert f">{sentence}</li>" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--write", "pdf=a.pdf"), "--write must be one of text, markdown, html, json, sarif, github, got 'pdf'"),
        (("--write", "html"), "--write takes a format and a file as html=plan.html, got 'html'"),
        (("--write", "html="), "--write takes a format and a file as html=plan.html, got 'html='"),
        (("--format", "htm"), "--format must be one of text, markdown, html, json, sarif, github, got 'htm'"),
    ],
)
def test_what_is_no_form_is_refused(root: Path, words: tuple[str, ...], says: str) -> None:
    ran = plan(root, *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_a_file_that_cannot_be_written_is_no_success(root: Path, tmp_path: Path) -> None:
    ran = plan(root, "--output", str(tmp_path / "nowhere" / "plan.txt"))
    assert (ran.code, ran.out) == (3, "")
    assert "cannot write plan.txt" in ran.err


def test_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    (tmp_path / "plan.html").symlink_to(tmp_path / "kept")
    ran = plan(root, "--write", f"html={tmp_path / 'plan.html'}")
    assert ran.code == 3
    assert (tmp_path / "kept").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file() and "plan" in path.name) == ["plan.html"]


def test_a_denial_is_in_the_exit_code_whatever_the_form(root: Path, tmp_path: Path) -> None:
    edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
    for name in FORMATS:
        assert plan(root, "--format", name).code == 1
    assert plan(root, "--output", str(tmp_path / "plan.txt")).code == 1
