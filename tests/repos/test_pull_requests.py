"""Each scripted pull request has exactly the report that somebody read and found right.

After a change of what reports say: `python -m tests.repos`, then read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.repository import PullRequest, base, change, report
from tests.repos.scripts import PULL_REQUESTS

EXPECTED = Path(__file__).parent / "expected"
ENDINGS = ("txt", "md")


def expected(name: str, ending: str) -> str:
    return (EXPECTED / f"{name}.{ending}").read_text()


@pytest.mark.parametrize("one", PULL_REQUESTS.values(), ids=PULL_REQUESTS)
def test_report(one: PullRequest, tmp_path: Path) -> None:
    root = base(tmp_path / "repository", one.before)
    change(root, one)
    told = report(root)
    assert told.err == ""
    assert told.text == expected(one.name, "txt")
    assert told.comment == expected(one.name, "md")
    assert told.code == int(" error" in told.text.splitlines()[-1])


def test_every_expected_report_has_its_pull_request() -> None:
    names = {path.name for path in EXPECTED.iterdir()}
    assert names == {f"{name}.{ending}" for name in PULL_REQUESTS for ending in ENDINGS}
