"""Writes the expected reports anew: `python -m tests.repos [NAME…]`. Read the difference before it is committed."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.repos.repository import base, change, report
from tests.repos.scripts import PULL_REQUESTS
from tests.repos.test_pull_requests import EXPECTED


def write(names: list[str]) -> None:
    """The reports of these pull requests; of all without any."""
    for name in names or PULL_REQUESTS:
        one = PULL_REQUESTS[name]
        with tempfile.TemporaryDirectory() as place:
            root = base(Path(place) / "repository", one.before)
            change(root, one)
            told = report(root)
            sys.stderr.write(f"{name}: exit code {told.code}{told.err and ': ' + told.err}\n")
            (EXPECTED / f"{name}.txt").write_text(told.text)
            (EXPECTED / f"{name}.md").write_text(told.comment)


if __name__ == "__main__":
    write(sys.argv[1:])
