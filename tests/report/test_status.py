"""A row in every state, as a terminal of 80 columns, one of 120, programs and GitHub get it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mlgitops.live.picture import Picture
from mlgitops.live.states import STATES
from mlgitops.report.status import release_words, status_text
from mlgitops.report.status_programs import DESCRIPTION, status_document, status_github
from tests.live.pictures import every_state

EXPECTED = Path(__file__).parent / "status"


def expected(name: str) -> str:
    return (EXPECTED / name).read_text()


@pytest.mark.parametrize("width", [80, 120])
def test_table(width: int) -> None:
    assert status_text(every_state(), width) == expected(f"{width}.txt")


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert all(len(line) <= width for line in status_text(every_state(), width).splitlines())


def test_colours_change_no_character() -> None:
    coloured = status_text(every_state(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == status_text(every_state())
    assert "\x1b[1;32mlive\x1b[0m" in coloured
    assert "\x1b[1;31mrefused\x1b[0m" in coloured


def test_json() -> None:
    document = status_document(every_state())
    assert json.dumps(document, indent=2) + "\n" == expected("status.json")
    assert [row["state"] for row in document["rows"]] == list(STATES)


def test_github() -> None:
    text = status_github(every_state())
    assert text == expected("github.jsonl")
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(set(line) == {"state", "context", "description"} for line in lines)
    assert {line["state"] for line in lines} == {"success", "pending", "failure", "error"}
    assert all(len(line["description"]) <= DESCRIPTION for line in lines)


def test_what_strangers_say_is_shown_and_moves_no_cursor() -> None:
    row = every_state().rows[10]._replace(reason="\x1b[2Jgone \u202e token ghp_" + "a" * 30)
    picture = Picture("main", "b" * 40, (row,))
    for text in (status_text(picture), status_github(picture), json.dumps(status_document(picture))):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "ghp_" not in text


def test_nothing_at_all() -> None:
    assert status_text(Picture("main", "b" * 40, ())) == "0 places\n"


RELEASES = [
    (("v2",), ("v2",), "v2"),
    (("v2",), ("v1",), "v1 → v2"),
    (("v2",), ("v1", "v2"), "v1 → v2"),
    (("v2",), (), "→ v2"),
    ((), ("v1",), "v1 → nothing"),
    ((), (), "-"),
    (("v1", "v2"), ("v1", "v2"), "v1+v2"),
]


@pytest.mark.parametrize(("git", "cluster", "words"), RELEASES)
def test_release_words(git: tuple[str, ...], cluster: tuple[str, ...], words: str) -> None:
    row = every_state().rows[0]._replace(versions=git, cluster=cluster)
    assert release_words(row) == words
