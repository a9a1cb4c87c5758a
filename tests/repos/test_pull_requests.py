"""Each scripted pull request has exactly the report that somebody read and found right.

After a change of what reports say: `python -m tests.repos`, then read the difference.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops.plan.verdict import BY_BASE
from tests.repos.repository import AS_OF, PullRequest, base, change, mlgitops, report
from tests.repos.scripts import PULL_REQUESTS

EXPECTED = Path(__file__).parent / "expected"
ENDINGS = ("txt", "md")


def expected(name: str, ending: str) -> str:
    return (EXPECTED / f"{name}.{ending}").read_text()


DENIED_BY_BASE = {"policy-and-spec": {"policy/datasets.allowed-regions of diabetes@dev"}}
"""What the base's rules alone deny, of the pull requests of which they deny anything."""


@pytest.mark.parametrize("one", PULL_REQUESTS.values(), ids=PULL_REQUESTS)
def test_report(one: PullRequest, tmp_path: Path) -> None:
    root = base(tmp_path / "repository", one.before)
    change(root, one)
    told = report(root)
    assert told.err == ""
    assert told.text == expected(one.name, "txt")
    assert told.comment == expected(one.name, "md")
    assert told.code == int(" error" in told.text.splitlines()[-1])
    for command in ("plan", "verdict"):
        assert denied_by_base(root, command) == DENIED_BY_BASE.get(one.name, set()), command


def denied_by_base(root: Path, command: str) -> set[str]:
    ran = mlgitops(root, command, "--base", "main", "--as-of", AS_OF, "--engine", "opa", "--format", "json")
    found = json.loads(ran.out)
    return {
        f"{one['code']} of {one['subject']}"
        for one in found.get("report", found)["findings"]
        if one["severity"] == "error" and one["message"].endswith(f"({BY_BASE})")
    }


def test_every_expected_report_has_its_pull_request() -> None:
    names = {path.name for path in EXPECTED.iterdir()}
    assert names == {f"{name}.{ending}" for name in PULL_REQUESTS for ending in ENDINGS}
