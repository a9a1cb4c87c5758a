"""`mlgitops bisect` over histories of releases that are really committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import SERVE, Ran, edit, mlgitops, version, write
from tests.pipeline.test_plan import committed, git

VALUES = {"v2": 0.55, "v3": 0.45, "v4": 0.41}


@pytest.fixture
def root(copy: Any) -> Path:  # noqa: F811
    """alpha in dev: v1 (0.5), v2 (0.55), v3 (0.45), v4 (0.41), each a commit, with others between."""
    place: Path = copy("plain")
    committed(place, "one")
    for name, value in VALUES.items():
        text = (
            version("alpha").replace("metadata: {name: v1,", f"metadata: {{name: {name},").replace("0.5}", f"{value}}}")
        )
        write(
            place,
            {f"specs/alpha/versions/{name}/version.yaml": text, f"specs/alpha/versions/{name}/serve.py": SERVE},
        )
        committed(place, f"Record {name}")
        digest = _digest(place, name)
        path = place / "environments/dev/releases/alpha.yaml"
        lines = path.read_text().splitlines()
        lines = [f"  version: {name}" if "version:" in line and "api" not in line else line for line in lines]
        lines = [f"  recordDigest: {digest}" if "recordDigest" in line else line for line in lines]
        path.write_text("\n".join(lines) + "\n")
        committed(place, f"Release {name} ")
    return place


def _digest(place: Path, name: str) -> str:
    from mlgitops.spec.digests import record_digest

    folder = place / f"specs/alpha/versions/{name}"
    return record_digest({path.name: path.read_bytes() for path in folder.iterdir()})


def bisect(root: Path, *words: str) -> Ran:
    return mlgitops(root, "bisect", "alpha", "--env", "dev", *words, engine="opa")


def test_the_release_since_which_a_metric_is_below(root: Path) -> None:
    bad, good = git(root, "rev-parse", "HEAD~2"), git(root, "rev-parse", "HEAD~4")
    ran = bisect(root, "--metric", "r2", "--below", "0.47")
    assert ran.out == (
        f"alpha@dev: r2 is below 0.47 since {bad[:12]}\n"
        f"  now     {bad[:12]} 2026-11-20  v3: r2 0.45\n"
        "          Release v3\n"
        f"  before  {good[:12]} 2026-11-20  v2: r2 0.55\n"
        "          Release v2\n"
        "4 commits, 3 asked\n"
    )
    assert ran.code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--metric", "r2", "--below", "0.4"), "not so at the newest: r2 is below 0.4"),
        (("--metric", "r2", "--above", "0.4"), "never otherwise: r2 is above 0.4"),
    ],
)
def test_what_never_turned_exits_with_1(words: tuple[str, ...], said: str, root: Path) -> None:
    ran = bisect(root, *words)
    assert ran.code == 1
    assert ran.out.startswith(f"alpha@dev: {said}\n")


def test_the_commit_that_set_a_rendered_field(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    assert mlgitops(root, "render", engine="opa").code == 0
    bad = committed(root, "Longer")
    committed(root, "nothing")
    ran = bisect(root, "--field", "train/rayjob.yaml", "/spec/activeDeadlineSeconds", "--format", "json")
    document = json.loads(ran.out)
    assert (document["now"]["commit"], document["now"]["subject"]) == (bad, "Longer")
    assert (document["now"]["answer"], document["before"]["answer"]) == ("10800", "7200")
    assert ran.code == 0


def test_the_commit_since_which_a_rule_denies(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", 'labels: {forbidden: "no"}', "labels: {forbidden: model}")
    bad = committed(root, "Label it")
    edit(root, "specs/beta/model.yaml", "deadline: 2h", "deadline: 3h")
    committed(root, "another model")
    ran = bisect(root, "--rule", "words.label")
    assert ran.code == 0, ran
    assert ran.out.startswith(f"alpha@dev: words.label denies it since {bad[:12]}\n")
    assert "another model" not in ran.out


def test_a_program_learns_what_served(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "answers"
    program.write_text(
        '#!/bin/sh\necho "$MLGITOPS_VERSION $MLGITOPS_ARTIFACT $MLGITOPS_ARTIFACT_DIGEST" >> "$1"\n'
        'case "$MLGITOPS_VERSION" in v2) exit 125;; v1) exit 0;; *) exit 3;; esac\n'
    )
    program.chmod(0o755)
    bad = git(root, "rev-parse", "HEAD~2")
    ran = mlgitops_run(root, str(program), str(tmp_path / "log"))
    assert ran.out.startswith(f"alpha@dev: {program} fails since {bad[:12]}\n")
    assert ran.code == 0
    asked = (tmp_path / "log").read_text().splitlines()
    assert sorted(line.split()[0] for line in asked) == ["v1", "v2", "v3", "v4"]
    assert asked[0].split()[1:] == ["s3://registry/alpha/v1", "sha256:" + "a" * 64]


def mlgitops_run(root: Path, *words: str) -> Ran:
    """`--run` takes all that follows."""
    import io
    from contextlib import redirect_stderr, redirect_stdout

    from mlgitops.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["-C", str(root), "bisect", "alpha", "--env", "dev", "--run", *words])
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--metric", "r2"),
        ("--metric", "r2", "--below", "1", "--above", "0"),
        ("--rule", "words.label", "--below", "1"),
        ("--rule", "words.label", "--metric", "r2", "--below", "1"),
        ("--field", "../../prod/alpha/serve/rayservice.yaml", "/spec"),
        ("--field", "train/rayjob.yaml", "spec"),
        ("--metric", "nothing", "--below", "1"),
        ("--metric", "r2", "--below", "1", "--tip", "HEAD~1..HEAD"),
        ("--metric", "r2", "--below", "1", "--format", "sarif"),
    ],
)
def test_a_question_that_is_none_is_refused(words: tuple[str, ...], root: Path) -> None:
    ran = bisect(root, *words)
    assert (ran.code, ran.out) == (2, "")


def test_a_shallow_clone_is_told(root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{root}", "shallow")
    ran = bisect(tmp_path / "shallow", "--metric", "r2", "--below", "1")
    assert ran.code == 3
    assert "this clone is shallow" in ran.err
