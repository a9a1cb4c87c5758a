"""The doctor: each line compared, with programs that answer well, badly, or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mlgitops.cli import doctor
from mlgitops.cli.doctor import Check, version_in
from mlgitops.programs import process
from tests.cli.conftest import Call

PYTHON = f"ok    python {sys.version_info[0]}.{sys.version_info[1]}.{sys.version_info[2]}\n"
LIBRARIES = "ok    python packages: pydantic, ruamel.yaml, ryaml, jinja2, regopy\n"


@pytest.fixture
def programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where programs are found; the tests put theirs there."""
    folder = tmp_path_factory.mktemp("programs")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(process, "BUILT_TOOLS", folder / "none")
    return folder


def install(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o755)


def test_all_is_well(call: Call, repository: Path, programs: Path) -> None:
    install(programs, "git", "echo git version 2.43.0.windows.1")
    install(programs, "opa", "echo Version: 1.21.3; echo Go Version: go1.26.1")
    install(programs, "kustomize", "echo v5.8.1")
    install(programs, "argocd", "echo argocd: v3.5.7+1a2b3c4")
    for folder, name in (("specs/churn", "model.yaml"), ("environments/dev", "environment.yaml")):
        (repository / folder).mkdir(parents=True)
        (repository / folder / name).write_text("")
    answer = call("doctor")
    assert answer.out == (
        f"{PYTHON}{LIBRARIES}"
        "ok    git 2.43.0\n"
        "ok    opa 1.21.3\n"
        "ok    kustomize 5.8.1\n"
        "ok    argocd 3.5.7\n"
        "ok    repository with 1 model and 1 environment\n"
        "\n"
        "7 checked, 0 failed, 0 with a warning\n"
    )
    assert (answer.code, answer.err) == (0, "")


def test_nothing_is_there(call: Call, tmp_path: Path, programs: Path) -> None:
    answer = call("doctor", "-C", str(tmp_path))
    assert answer.out == (
        f"{PYTHON}{LIBRARIES}"
        "fail  git is not installed: plan and data pin cannot read revisions\n"
        "        put git 2.24 or newer on the PATH\n"
        "warn  opa is not installed: policies are decided by the embedded engine\n"
        "        put opa 1.21.3 or newer on the PATH (in a checkout of mlgitops: `make tools`)\n"
        "warn  kustomize is not installed: environments with a kustomization.yaml cannot be rendered\n"
        "        put kustomize 5 or newer on the PATH (in a checkout of mlgitops: `make tools`)\n"
        "warn  argocd is not installed: status, sync, wait and diff --live cannot ask\n"
        "        put argocd 3.4 or newer on the PATH (in a checkout of mlgitops: `make lab-tools`)\n"
        "warn  no repository: no mlgitops.yaml here or above\n"
        "        go to one, or start one: `mlgitops init DIR`\n"
        "\n"
        "7 checked, 1 failed, 4 with a warning\n"
    )
    assert (answer.code, answer.err) == (3, "")


def test_programs_that_do_not_do(call: Call, repository: Path, programs: Path) -> None:
    install(programs, "git", "echo git version 2.9.5")
    install(programs, "opa", "exit 7")
    install(programs, "kustomize", "echo '(devel) \x1b[2J'")
    lines = call("doctor").out.splitlines()
    assert lines[2:4] == ["fail  git 2.9.5 is too old", "        put git 2.24 or newer on the PATH"]
    assert lines[4].startswith("fail  opa failed with exit code 7")
    assert lines[6] == "fail  kustomize does not tell its version"
    assert call("doctor").code == 3


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_is_there", lambda name: name not in ("regopy", "ruamel.yaml"))
    assert doctor._libraries() == Check(
        "fail",
        "python packages are missing: ruamel.yaml, regopy",
        "pip install mlgitops (in a checkout of it: `make setup`)",
    )
    monkeypatch.undo()
    assert not doctor._is_there("no_such_package.inner")


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PYTHON", (9, 1))
    assert doctor._python().verdict == "fail"
    assert doctor._python().remedy == "use Python 9.1 or newer"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("git version 2.43.0", (2, 43, 0)),
        ("v5.8.1", (5, 8, 1)),
        ("Version: 1.21.3\nBuild Commit: 1.2", (1, 21, 3)),
        ("{Version:kustomize/v5.0.0 GitCommit:x}", (5, 0, 0)),
        ("(devel)", None),
        ("", None),
    ],
)
def test_versions_are_found(text: str, version: tuple[int, ...] | None) -> None:
    assert version_in(text) == version
