"""The engine that tests use instead of a real one says what the real ones say."""

from __future__ import annotations

import pytest

from mlgitops.request import Command
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops
from tests.pipeline.words import without_engine

COMMANDS: tuple[Command, ...] = ("check", "render")


@pytest.mark.parametrize("engine", ["opa", "embedded"])
def test_same_findings(copy: Copy, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    root = copy("plain")
    edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
    edit(
        root,
        "specs/beta/model.yaml",
        "framework: sklearn",
        f"framework: sklearn\n    image: registry.example.com/forbidden@sha256:{'a' * 64}",
    )
    edit(root, "specs/gamma/model.yaml", "team: lab", 'team: lab, owner: "@forbidden"')
    said = mlgitops(root, "policy", "check", engine=engine)
    without_engine(monkeypatch.setattr)
    words = mlgitops(root, "policy", "check", engine=engine)
    assert said.code == words.code == 1
    assert said.out.partition("; policy by ")[0] == words.out.partition("; policy by ")[0]
    codes = {line.partition("error[")[2].partition("]")[0] for line in said.out.split("\n") if "error[" in line}
    assert codes == {"policy/words.label", "policy/words.image", "policy/words.owner"}
    assert said.err == words.err == ""
