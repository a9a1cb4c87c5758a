"""`mlgitops reproduce`: the commit that renders a version's run, and the version trained again."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlgitops.files.data_digest import data_digest
from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import Ran, edit, mlgitops
from tests.pipeline.test_plan import committed, git

RECORD = "specs/alpha/versions/v1/version.yaml"
CODE = """\
    entrypoint: train:train_loop
    hyperparameters: {rate: 0.5}
"""
BUILT_IN = """\
    estimator: linear_model.Ridge
    hyperparameters: {alpha: 0.1}
"""


@pytest.fixture
def history(copy: Any, tmp_path: Path) -> Path:  # noqa: F811
    """alpha as it was before it had a version, then with the record of the run that this asked for, then edited."""
    place: Path = copy("plain")
    shutil.move(place / "specs/alpha/versions", tmp_path / "versions")
    releases = [place / f"environments/{name}/releases/alpha.yaml" for name in ("dev", "prod")]
    texts = [path.read_text() for path in releases]
    for path in releases:
        path.unlink()
    (tmp_path / "rows.csv").write_text("id,size,price\n" + "".join(f"{n},{n % 7},{n * 2 % 11}\n" for n in range(60)))
    edit(place, "specs/alpha/model.yaml", CODE, BUILT_IN)
    edit(
        place,
        "specs/alpha/model.yaml",
        'train.csv", digest: "sha256:' + "a" * 64,
        'train.csv", digest: "' + data_digest(str(tmp_path / "rows.csv")),
    )
    (place / "specs/alpha/train.py").unlink()
    assert mlgitops(place, "render", engine="opa").code == 0
    committed(place, "before")
    shutil.move(tmp_path / "versions", place / "specs/alpha/versions")
    for path, text in zip(releases, texts, strict=True):
        path.write_text(text)
    run = re.search(
        r"MLGITOPS_RUN\n\s+value: \"?(sha256:[0-9a-f]{64})",
        (place / "rendered/dev/alpha/train/rayjob.yaml").read_text(),
    )
    assert run is not None
    text = (place / RECORD).read_text()
    text = text.replace("c" * 40, git(place, "rev-parse", "HEAD:specs/alpha"))
    text = re.sub(r"identity: sha256:[0-9a-f]{64}", f"identity: {run[1]}", text)
    text = text.replace(
        'train.csv", digest: "sha256:' + "a" * 64, 'train.csv", digest: "' + data_digest(str(tmp_path / "rows.csv"))
    )
    (place / RECORD).write_text(text)
    committed(place, "recorded")
    edit(place, "specs/alpha/model.yaml", "alpha: 0.1", "alpha: 0.9")
    committed(place, "edited since")
    return place


def reproduce(root: Path, *words: str) -> Ran:
    import io
    from contextlib import redirect_stderr, redirect_stdout

    from mlgitops.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(root), "reproduce", "alpha", *words])
    return Ran(code, out.getvalue(), err.getvalue())


def test_the_commit_is_the_one_that_renders_the_run(history: Path) -> None:
    ran = reproduce(history, "v1")
    assert ran.err == ""
    assert ran.out.startswith(
        "alpha v1: this commit renders the run that trained it\n"
        f"commit           {git(history, 'rev-parse', 'HEAD~2')} 2026-11-20 in dev\n"
        "                 before\n"
    )
    assert "hyperparameters  alpha: 0.1\n" in ran.out
    assert ran.out.endswith("again here       mlgitops reproduce alpha v1 --run --data train=FILE\n")
    assert ran.code == 0


def test_a_run_that_no_commit_renders_is_told_with_what_differs(history: Path) -> None:
    text = (history / RECORD).read_text()
    text = re.sub(r"identity: sha256:[0-9a-f]{64}", f"identity: sha256:{'0' * 64}", text).replace(
        "attempt: 1", "attempt: 2"
    )
    (history / RECORD).write_text(text.replace("trigger: manual", "trigger: manual\n    attempt: 3"))
    ran = reproduce(history, "v1", "--format", "json")
    document = json.loads(ran.out)
    assert ran.code == 1
    assert (document["exact"], document["commit"]) == (False, git(history, "rev-parse", "HEAD~2"))
    assert document["differs"] == ["attempt: recorded 3, there 1"]
    again = reproduce(history, "v1", "--run")
    assert again.code == 1
    assert again.out.startswith("alpha v1: the code is here, and no commit renders the run that trained it\n")


def test_code_that_is_in_no_commit_is_told(history: Path) -> None:
    tree = git(history, "rev-parse", "HEAD~2:specs/alpha")
    edit(history, RECORD, tree, "d" * 40)
    ran = reproduce(history, "v1")
    assert ran.code == 1
    assert ran.out.startswith(
        "alpha v1: its code is in no commit of this line of history\ncommit           none: another branch may have it"
    )


def test_it_is_trained_again_and_compared(history: Path, tmp_path: Path) -> None:
    given = f"train={tmp_path / 'rows.csv'}"
    other = reproduce(history, "v1", "--run", "--data", given)
    assert other.code == 1, other
    lines = other.out.splitlines()
    assert lines[-1] == "another artifact: hardware or libraries may differ"
    here = next(line.split()[1] for line in lines if line.startswith("here"))
    text = (history / RECORD).read_text()
    (history / RECORD).write_text(re.sub(r'(registry/alpha/v1", digest: )"[^"]+"', rf'\1"{here}"', text))
    same = reproduce(history, "v1", "--run", "--data", given, "--format", "json")
    assert json.loads(same.out) == {"version": 1, "same": True, "recorded": here, "here": here}
    assert same.code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("v9",),
        ("v1", "--data", "train=x"),
        ("v1", "--tip", "nowhere"),
        ("v1", "--run", "--data", "train=/etc/hostname"),
    ],
)
def test_what_cannot_be_is_usage(words: tuple[str, ...], history: Path) -> None:
    ran = reproduce(history, *words)
    assert (ran.code, ran.out) == (2, "")
