"""A PATH of a test's own, and what is said of programs that are not what they should be.

programs.link("kustomize")             # the real one
programs.script("opa", "exit 1")       # one that fails
failed(call(repository, "render"), 3, "opa did not start")
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlgitops.programs import process
from tests.safety.miniature import Answer

ROOT = Path(__file__).parents[2]


def failed(answer: Answer, code: int, *said: str) -> None:
    """Asserts that a command failed with a code, said why, and what to do; nothing of it on stdout."""
    assert answer.code == code, answer
    assert answer.out == ""
    assert answer.err.startswith("mlgitops: "), answer.err
    assert "\n  hint: " in answer.err or " must be " in answer.err, answer.err
    assert len(answer.err) <= 4096
    for words in said:
        assert words in answer.err, answer.err


class Programs:
    """A PATH that has only what a test puts there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.setattr(process, "BUILT_TOOLS", folder / "none")
        monkeypatch.setenv("PATH", str(folder))

    def link(self, *names: str) -> None:
        """Puts the real ones there."""
        for name in names:
            (self.folder / name).symlink_to(real(name))

    def script(self, name: str, text: str) -> None:
        """Puts a program there that says and does what a test wants. Programs get PATHs of their own: name them whole."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)


def real(name: str) -> Path:
    """Where a program is that was there before the test."""
    known = [ROOT / "tools/bin", *map(Path, os.defpath.split(":")), Path("/usr/local/bin")]
    return next(place / name for place in known if (place / name).is_file())
