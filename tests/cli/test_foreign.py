"""Manifests from elsewhere: `preflight` and `policy check --manifests`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

MANIFESTS = """\
# a chart's output
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
# nothing here
---
apiVersion: v1
kind: List
items:
  - apiVersion: ray.io/v1
    kind: RayJob
    metadata: {name: churn}
    spec:
      backoffLimit: -1
"""

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: x}
spec:
  containers:
    - {name: ray, image: registry.example.com/ray:2}
"""


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    class Stdin:
        buffer = io.BytesIO(text.encode())

    monkeypatch.setattr("sys.stdin", Stdin())


def test_findings_stand_in_the_manifest(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("all.yaml").write_text(MANIFESTS)
    answer = call("preflight", "all.yaml")
    assert (
        "all.yaml:16:21: error[kuberay/backoff-negative]: spec.backoffLimit must be at least 0, got -1\n"
        "  for: RayJob/churn\n"
        "  hint: write 0 or more\n"
        "  more: mlgitops explain kuberay/backoff-negative\n"
    ) in answer.out
    assert "2 objects checked, 1 failed, 0 skipped, 0 waived; " in answer.out
    assert answer.code == 1
    assert call("preflight", str(tmp_path / "all.yaml")) == answer


def test_stdin(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, MANIFESTS)
    assert "\nstdin:16:21: error[kuberay/backoff-negative]" in call("preflight", "-").out


def test_no_line_of_foreign_files_is_shown(call: Call, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(MANIFESTS)
    assert "backoffLimit: -1" not in call("preflight", str(tmp_path / "all.yaml")).out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1\n", "stdin:2:1: error[yaml/syntax]"),
        ("---\na: 1\n---\nb: 1\nb: 2\n", "stdin:5:1: error[yaml/duplicate-key]"),
        ("kind: Model\n---\n\x00\n", "stdin:3:1: error[yaml/character]"),
        ("- a\n", "stdin:1:1: error[yaml/not-a-mapping]: expected a mapping of keys to values, got a list\n"),
        ("text\n", "stdin:1:1: error[yaml/not-a-mapping]: expected a mapping of keys to values, got a single value\n"),
        (
            f"{POD}---\na: b\n",
            "stdin:8:1: error[yaml/not-an-object]: expected an object of Kubernetes, "
            "got one without apiVersion, kind and metadata.name\n",
        ),
    ],
)
def test_what_cannot_be_read_is_a_finding(call: Call, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    stdin(monkeypatch, text)
    answer = call("preflight", "-")
    assert says in answer.out
    assert answer.code == 1


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", "nothing: it is empty"),
        ("#", "1 byte without one"),
        ("# nothing\n---\n---\n", "18 bytes without one"),
        ("apiVersion: v1\nkind: List\nitems: []\n", "36 bytes without one"),
    ],
)
def test_nothing_to_check_is_no_clean_answer(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, got: str
) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "models")
    monkeypatch.chdir("models")
    for words in (("preflight", "-"), ("policy", "check", "--manifests", "-", "--engine", "embedded")):
        stdin(monkeypatch, text)
        assert call(*words) == Answer(
            2, "", f"mlgitops: expected objects in stdin, got {got}\n  hint: see that what writes them does its work\n"
        )


def test_rules_are_not_asked_about_what_is_no_object(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "models")
    monkeypatch.chdir("models")
    stdin(monkeypatch, f"a: b\n---\n{POD}")
    answer = call("policy", "check", "--manifests", "-", "--engine", "embedded")
    assert [line.partition(": expected")[0] for line in answer.out.split("\n") if "error[" in line] == [
        "stdin:1:1: error[yaml/not-an-object]",
        "stdin:8:26: error[policy/security.image-digest]: the image of container ray must have a digest, "
        "got registry.example.com/ray:2",
    ]
    assert "\n1 object checked, 1 failed, 0 skipped, 0 waived; 2 errors; policy by embedded " in answer.out
    assert answer.code == 1


def test_mistakes(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hint = "  hint: name a file of manifests, or - for stdin\n"
    assert call("preflight", "nowhere") == Answer(
        2, "", f"mlgitops: cannot read nowhere: No such file or directory\n{hint}"
    )
    assert call("preflight", ".") == Answer(2, "", f"mlgitops: cannot read .: Is a directory\n{hint}")
    answer = call("preflight", "x", "--kuberay", "0.1")
    assert (answer.code, answer.err) == (2, "mlgitops: --kuberay must be one of 1.6.2, 1.7.0, got '0.1'\n")


def test_rules_decide_any_objects(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "models")
    monkeypatch.chdir("models")
    stdin(monkeypatch, f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n---\n{POD}")
    answer = call("policy", "check", "--manifests", "-", "--engine", "embedded")
    assert answer.out.startswith(
        "stdin:10:26: error[policy/security.image-digest]: the image of container ray must have a digest, "
        "got registry.example.com/ray:2\n"
        "  for: Pod/x\n"
    )
    assert "\n2 objects checked, 1 failed, 0 skipped, 0 waived; 1 error; policy by embedded " in answer.out
    assert answer.code == 1


def test_broken_rules_decide_nothing(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    call("init", "models")
    monkeypatch.chdir("models")
    Path("policies/governance/owner/owner.rego").unlink()
    stdin(monkeypatch, POD)
    answer = call("policy", "check", "--manifests", "-", "--engine", "embedded")
    assert (answer.code, answer.err) == (1, "")
    place = "policies/README.md:8:1: error[policy/missing-rule]"
    assert answer.out.startswith(f"{place}: expected the rule governance.owner, got no policies/governance/owner")
    assert answer.out.endswith("\n3 files checked, 3 failed, 0 skipped, 0 waived; 3 errors\n")
