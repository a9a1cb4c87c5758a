"""A fleet of which a model cannot be read: what is decided of the others alone is said to be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, write

pytestmark = pytest.mark.usefixtures("_words")

IN_PART = "a model there has errors: what all take together was decided of the others alone"


def checked(root: Path) -> Any:
    return json.loads(mlgitops(root, "policy", "check", "--format", "json", "--jobs", "1").out)


def in_part(report: Any) -> list[str]:
    return [one["subject"] for one in report["skipped"] if one["reason"] == IN_PART]


def break_beta(root: Path) -> None:
    edit(root, "specs/beta/model.yaml", "task: regression", "task: divination")


def test_it_is_not_decided_whole(copy: Copy) -> None:
    root = copy("plain")
    assert in_part(checked(root)) == []
    break_beta(root)
    report = checked(root)
    assert in_part(report) == ["fleet rules of dev", "fleet rules of prod"]
    assert in_part(checked(root)) == in_part(report)


def test_where_no_rule_sees_fleets_nothing_is_left_out(copy: Copy) -> None:
    root = copy("plain")
    for path in sorted((root / "policies/words/owner").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (root / "policies/words/owner").rmdir()
    index = "| [words.owner](words/owner/README.md) | error | fleet | No fleet has a forbidden owner |\n"
    edit(root, "policies/README.md", index, "")
    break_beta(root)
    assert in_part(checked(root)) == []


def test_what_the_others_do_alone_is_still_denied(copy: Copy) -> None:
    root = copy("plain")
    edit(root, "specs/gamma/model.yaml", "team: lab,", 'team: lab, owner: "@forbidden",')
    break_beta(root)
    denied = [one["subject"] for one in checked(root)["findings"] if one["code"] == "policy/words.owner"]
    assert denied == ["gamma@dev"]


def waive(root: Path, rule: str, model: str) -> None:
    waiver = f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Waiver
        metadata: {{name: {model}}}
        spec:
          {{rule: {rule}, model: {model}, environment: dev, owner: "@growth", reason: Agreed on,
           ticket: "https://tickets.example.com/1", issued: "2026-11-01", expires: "2027-01-20"}}
        """
    write(root, {f"policies/waivers/{model}.yaml": waiver})


@pytest.mark.parametrize(("rule", "model"), [("words.owner", "alpha"), ("words.label", "beta")])
def test_no_waiver_is_unused_of_what_was_not_decided(copy: Copy, rule: str, model: str) -> None:
    root = copy("plain")
    waive(root, rule, model)
    codes = [one["code"] for one in checked(root)["findings"]]
    assert codes == ["policy/waiver-unused"]
    break_beta(root)
    assert "policy/waiver-unused" not in {one["code"] for one in checked(root)["findings"]}


def test_a_plan_says_so_too(copy: Copy) -> None:
    root = copy("plain")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "-A"), (*author, "commit", "-qm", "a")):
        subprocess.run(["git", *words], cwd=root, check=True)
    break_beta(root)
    ran = mlgitops(root, "plan", "--base", "HEAD", "--jobs", "1")
    assert f"skipped fleet rules of dev, fleet rules of prod: {IN_PART}\n" in ran.out
