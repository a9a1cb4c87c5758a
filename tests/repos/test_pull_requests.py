"""Each scripted pull request has exactly the report that somebody read and found right.

After a change of what reports say: `python -m tests.repos`, then read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repos.repository import PullRequest, base, change, report
from tests.repos.scripts import PULL_REQUESTS

EXPECTED = Path(__file__).parent / "expected"
FORMS = {"text": "txt", "markdown": "md"}


def expected(name: str, form: str) -> str:
    return (EXPECTED / f"{name}.{FORMS[form]}").read_text()


@pytest.mark.parametrize("one", PULL_REQUESTS.values(), ids=PULL_REQUESTS)
def test_report(one: PullRequest, tmp_path: Path) -> None:
    root = base(tmp_path / "repository", one.before)
    change(root, one)
    for form in FORMS:
        ran = report(root, form)
        assert ran.err == ""
        assert ran.out == expected(one.name, form)
        assert ran.code == int("denied" in expected(one.name, "text").splitlines()[-1])


def test_every_expected_report_has_its_pull_request() -> None:
    names = {path.name for path in EXPECTED.iterdir()}
    assert names == {f"{name}.{ending}" for name in PULL_REQUESTS for ending in FORMS.values()}
