"""What the documentation tells people to type works: targets, commands, options, paths."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest

from mlgitops.cli.arguments import parse, parser_of
from mlgitops.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))), "CONTRIBUTING.md"]


def typed(page: str) -> list[str]:
    """Every command line of a page: those in backquotes, and those of indented or fenced blocks without comments."""
    text = (ROOT / page).read_text()
    lines = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^(?: {4}|(?=make |\.venv))(\S[^#\n]*)", text, re.MULTILINE)
    return [line.strip() for line in lines]


def commands(page: str) -> list[str]:
    return [line for line in typed(page) if re.match(r"(\.venv/bin/)?mlgitops [a-z]", line)]


def targets(page: str) -> set[str]:
    return {
        word
        for line in typed(page)
        if line.startswith("make ")
        for word in line.split()[1:]
        if word.replace("-", "").isalpha()
    }


def test_the_pages_are_read_as_a_person_reads_them() -> None:
    assert {"demo", "test"} <= targets("README.md")
    assert ".venv/bin/mlgitops render --check" in commands("README.md")
    assert "mlgitops new rule CATEGORY/NAME" in commands("CONTRIBUTING.md")


@pytest.mark.parametrize("page", PAGES)
def test_make_has_the_targets(page: str) -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets(page) <= made


def test_make_help_names_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    told = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(re.findall(r"^# (.*)", text, re.MULTILINE))))
    assert set(phony.group(1).split()) - told == {"help", "testdata"}


@pytest.mark.parametrize(("page", "line"), [(page, line) for page in PAGES for line in commands(page)])
def test_mlgitops_understands(page: str, line: str) -> None:
    words = shlex.split(line.replace("release --new", "release new --new"))[1:]
    name = next(name for count in (2, 1) if (name := " ".join(words[:count])) in COMMANDS)
    module = importlib.import_module(f"mlgitops.cli.{name.replace(' ', '_')}")
    rest = words[len(name.split()) :]
    if rest:  # a name alone, in a sentence, speaks of the command and is no command line
        assert parse(parser_of(name, module.declare), rest)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
