"""docs/delivery.md tells every state as `states.STATES` has it."""

from __future__ import annotations

import re
from pathlib import Path

from mlgitops.live.states import STATES
from mlgitops.programs.argocd import LEAST
from mlgitops.report.status import WIDE
from mlgitops.stages.look import READ_LIVE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "delivery.md").read_text()


def test_states() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| (.+?) \| .*\|$", PAGE, re.MULTILINE)
    assert rows[1:] == [(one.word, one.meaning) for one in STATES.values()]


def test_numbers() -> None:
    assert f"({'.'.join(map(str, LEAST))} or newer)" in PAGE
    assert f"{WIDE} columns" in PAGE
    assert f"Above {READ_LIVE} live releases" in PAGE
