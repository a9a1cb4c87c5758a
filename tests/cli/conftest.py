"""Calling the command line as a person would, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from mlgitops.cli.main import main


class Answer(NamedTuple):
    """What a call left behind."""

    code: int
    out: str
    err: str


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """`call("explain", "spec/type")`: its exit code, stdout and stderr."""

    def run(*words: str) -> Answer:
        code = main(list(words))
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, in which the test then stands."""
    (tmp_path / "mlgitops.yaml").write_text("kind: Repository\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path
