"""The commands of rollouts on a copy of the example repository: what they write, say and refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

ROOT = Path(__file__).resolve().parents[2]
AT = ("--at", "2026-11-21T10:00:00Z")
RELEASE = "environments/prod/releases/digits.yaml"
HERE = ("digits", "--env", "prod")


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> Path:
    """A copy in which v2 was promoted beside v1."""
    for name in ("specs", "environments", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mlgitops.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call("promote", "digits", "--from", "staging", "--to", "prod", *AT).code == 0
    return tmp_path


def test_every_step(call: Call, begun: Path) -> None:
    said = [
        (
            "digits in prod: canary of v2 beside v1: v2 answers 5 of 100, before none",
            "then: `mlgitops rollout next digits --env prod` for 25 of 100, or `mlgitops rollout abort`",
        ),
        (
            "digits in prod: canary of v2 beside v1: v2 answers 25 of 100, before 5 of 100",
            "then: `mlgitops rollout next digits --env prod` for 100 of 100, or `mlgitops rollout abort`",
        ),
        (
            "digits in prod: canary of v2 beside v1: v2 answers 100 of 100, before 25 of 100",
            "then: `mlgitops rollout next digits --env prod`, which removes v1",
        ),
    ]
    route = "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two: nothing but the route moves"
    for what, then in said:
        assert call("rollout", "next", *HERE) == Answer(0, f"wrote {RELEASE}\n{what}\n{route}\n{then}\n", "")
        assert call("validate").code == 0
    assert call("rollout", "next", *HERE) == Answer(
        0,
        f"wrote {RELEASE}\n"
        "digits in prod: canary of v2 beside v1 is over: v2 serves alone, and the other release is removed\n"
        "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two\n",
        "",
    )
    before = (begun / RELEASE).read_bytes()
    nothing = "nothing to do: no rollout of digits is under way in prod: v2 serves alone\n"
    assert call("rollout", "next", *HERE) == call("rollout", "abort", *HERE) == Answer(0, nothing, "")
    assert (begun / RELEASE).read_bytes() == before
    assert call("rollback", *HERE, *AT).code == 0


def test_show(call: Call, begun: Path) -> None:
    call("rollout", "next", *HERE)
    text = (
        "digits in prod: canary of v2 beside v1\n"
        "  done  v2 answers none\n"
        "  now   v2 answers 5 of 100\n"
        "  then  v2 answers 25 of 100\n"
        "  then  v2 answers 100 of 100\n"
        "  then  v2 serves alone, and the other release is removed\n"
    )
    assert call("rollout", "show", *HERE) == Answer(0, text, "")
    alone = [f"digits in {name}: v2 serves alone\n" for name in ("dev", "staging")]
    assert call("rollout", "show", "digits") == Answer(0, "\n".join([*alone, text]), "")
    document = json.loads(call("rollout", "show", *HERE, "--format", "json").out)
    (one,) = document["rollouts"]
    assert (document["version"], one["underWay"], one["next"]) == (1, True, {"weight": 25, "mirror": False})
    assert (one["rollout"]["strategy"], one["rollout"]["previous"]["version"]) == ("canary", "v1")


def test_abort_and_the_end_of_it(call: Call, begun: Path) -> None:
    call("rollout", "next", *HERE)
    assert call("rollout", "abort", *HERE) == Answer(
        0,
        f"wrote {RELEASE}\n"
        "digits in prod: canary of v2 beside v1: v2 answers none, before 5 of 100\n"
        "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two: nothing but the route moves\n"
        "then: `mlgitops rollout next digits --env prod`, which removes v2\n",
        "",
    )
    assert call("rollout", "show", *HERE).out == (
        "digits in prod: canary of v2 beside v1\n"
        "  now   v1 answers all: it is aborted\n"
        "  then  v1 serves alone, and the other release is removed\n"
    )
    answer = call("rollout", "next", *HERE, *AT, "--reason", "Reads 7 as 1.")
    assert (answer.code, "digits in prod: v2 → v1; medium risk\n" in answer.out) == (0, True)
    text = (begun / RELEASE).read_text()
    assert "  reason: Reads 7 as 1.\n" in text
    assert text.endswith("  rollout:\n    strategy: canary\n    weight: 100\n")
    assert call("rollout", "show", *HERE).out == "digits in prod: v1 serves alone, since its canary is over\n"


def test_nothing_else_is_released_meanwhile(call: Call, begun: Path) -> None:
    before = (begun / RELEASE).read_bytes()
    answer = call("rollback", *HERE)
    assert (answer.code, "error[release/rollout-under-way]" in answer.out) == (1, True)
    assert "hint: `mlgitops rollout next digits --env prod` until it is over, or `mlgitops rollout abort`" in answer.out
    assert (begun / RELEASE).read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rollout",), "`mlgitops rollout` needs one of: next, abort, show\n"),
        (("rollout", "next", "digits"), "the following arguments are required: --env\n"),
        (("rollout", "abort", "digit", "--env", "prod"), "there is no model 'digit'; known: "),
        (("rollout", "show", "digits", "--env", "prd"), "there is no environment 'prd'; known: dev, staging, prod\n"),
        (
            ("rollout", "show", "digits", "--format", "sarif"),
            "`mlgitops rollout show` writes text or json, got --format sarif\n",
        ),
    ],
)
def test_wrong_words(call: Call, begun: Path, words: tuple[str, ...], says: str) -> None:
    answer = call(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlgitops: {says}")
