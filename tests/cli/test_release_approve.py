"""`release approve` on a copy of the example repository: what it writes, says and refuses; and policy believes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

ROOT = Path(__file__).resolve().parents[2]
AT = ("--at", "2026-11-21T10:00:00Z")
RELEASE = "environments/prod/releases/digits.yaml"
APPROVE = ("release", "approve", "digits", "--env", "prod", "--role", "model-owner")
DIGEST = "sha256:"


@pytest.fixture
def promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call) -> Path:
    """A copy in which v2 was promoted beside v1, at medium risk."""
    for name in ("specs", "environments", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mlgitops.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert call("promote", "digits", "--from", "staging", "--to", "prod", *AT).code == 0
    return tmp_path


def test_an_approval_that_policy_believes(call: Call, promoted: Path) -> None:
    denied = call("policy", "check", "--model", "digits")
    assert "error[policy/governance.approvals]" in denied.out
    before = (promoted / RELEASE).read_text()
    assert call(*APPROVE, "--by", "@documents/lead", *AT) == Answer(
        0,
        f"wrote {RELEASE}\n"
        "@documents/lead approves digits v2 in prod as model-owner: medium risk, for governance.approvals\n"
        "  serving code: feature\n"
        "  trained anew\n",
        "",
    )
    text = (promoted / RELEASE).read_text()
    head, _, digest = text.rpartition(DIGEST)
    assert head == before + (
        "  approvals:\n"
        "    - role: model-owner\n"
        '      by: "@documents/lead"\n'
        '      at: "2026-11-21T10:00:00Z"\n'
        "      of:\n"
        "        version: v2\n"
        "        risk: medium\n"
        '        changes: ["serving code: feature", trained anew]\n'
        "        policy: "
    )
    assert len(digest) == 65
    assert "governance.approvals" not in call("policy", "check", "--model", "digits").out
    already = "nothing to do: @documents/lead approved digits v2 in prod as model-owner already\n"
    assert call(*APPROVE, "--by", "@documents/lead") == Answer(0, already, "")
    assert (promoted / RELEASE).read_text() == text


def test_a_lowering_is_no_approval_of_the_release(call: Call, promoted: Path) -> None:
    path = promoted / "environments/prod/environment.yaml"
    path.write_text(path.read_text().replace("    low: [model-owner]\n", "    low: [ml-platform]\n"))
    text = (promoted / RELEASE).read_text()
    (promoted / RELEASE).write_text(text.replace("riskLevel: medium", "riskLevel: low"))
    answer = call(*APPROVE, "--by", "@documents/lead", *AT, "--rule", "release.risk-lowered")
    assert answer.out.split("\n")[1] == (
        "@documents/lead approves digits v2 in prod as model-owner: low risk, for release.risk-lowered"
    )
    checked = call("policy", "check", "--model", "digits")
    assert "got no valid approval by ml-platform" in checked.out


def test_ones_own_work(call: Call, promoted: Path) -> None:
    before = (promoted / RELEASE).read_bytes()
    answer = call(*APPROVE, "--by", "@documents/recognition", *AT)
    assert (answer.code, "error[release/own-approval]" in answer.out) == (1, True)
    assert (promoted / RELEASE).read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (APPROVE, "the following arguments are required: --by\n"),
        ((*APPROVE, "--by", "growth"), "--by must be an owner: a handle or a mail address, such as @growth/churn; "),
        (
            (*APPROVE, "--by", "@a", "--at", "now"),
            "--at must be a time in UTC such as 2026-11-21T10:00:00Z, got 'now'\n",
        ),
        (
            (*APPROVE, "--by", "@a", "--rule", "x"),
            "--rule must be one of governance.approvals, release.risk-lowered, got",
        ),
        (
            (*APPROVE[:-1], "boss", "--by", "@a"),
            "--role must be one that prod asks for at medium risk: model-owner; got 'boss'\n",
        ),
    ],
)
def test_wrong_words(call: Call, promoted: Path, words: tuple[str, ...], says: str) -> None:
    before = (promoted / RELEASE).read_bytes()
    answer = call(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlgitops: {says}")
    assert (promoted / RELEASE).read_bytes() == before
