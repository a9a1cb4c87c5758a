"""Every form of a story, whole: what it says was read by a person before it became what is expected."""

from __future__ import annotations

import re

import pytest

from mlgitops.report.story.text import story_text
from tests.report.stories import REPORT, rich
from tests.report.story.expected_forms import FOLDER, FORMS, form


@pytest.mark.parametrize("name", FORMS)
def test_is_as_expected(name: str) -> None:
    assert form(name) == (FOLDER / name).read_text(encoding="utf-8")


def test_every_file_is_compared() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(FORMS)


@pytest.mark.parametrize("width", [80, 120])
def test_text_keeps_within_its_width(width: int) -> None:
    """But for what is one word: a path, a place."""
    for line in story_text(rich(), REPORT, width=width).split("\n"):
        assert len(line) <= width or " " not in line.strip(), line


def test_colours_add_nothing_else() -> None:
    coloured = story_text(rich(), REPORT, colour=True)
    plain = story_text(rich(), REPORT)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
