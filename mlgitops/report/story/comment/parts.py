"""What the sections of a comment are made of: headings, what can be opened, cells, and how many names are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from mlgitops.report.markdown import code, prose
from mlgitops.report.story.fit import Section

ALL, MANY, FEW = 100, 12, 6
"""Names that a line lists before it counts the others: with room to spare, as a rule, and where there is little."""

Form = Callable[[], Iterable[str]]


def section(heading: str, importance: int, *forms: Form) -> Section:
    """A section under a heading; the forms from the most detailed to the briefest."""
    return Section(tuple(partial(_under, heading, form) for form in forms), importance)


def _under(heading: str, form: Form) -> Iterator[str]:
    yield f"\n#### {heading}\n\n"
    yield from form()


def folded(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Something to open; the empty lines make what is inside Markdown."""
    yield f"\n<details><summary>{heading}</summary>\n\n"
    yield from lines
    yield "\n</details>\n"


def cell(text: str) -> str:
    """A name as code in a table."""
    return code(_without_pipes(text))


def words(text: str) -> str:
    """Words in a table."""
    return prose(_without_pipes(text))


def _without_pipes(text: str) -> str:
    """Where even inside of code a pipe ends the cell, and parsers differ on how it is escaped. No name has one."""
    return text.replace("|", "¦")
