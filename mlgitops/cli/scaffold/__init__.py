"""Files to start from, and how they are filled in: `%NAME%` and its like become words that were checked before.

The templates lie in the folders beside this module and are whole files of their kind, so that they can be read,
linted and reviewed as what they become.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mlgitops.errors import UsageError

TEMPLATES = Path(__file__).resolve().parent

WORD = re.compile(r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?")
"""A name that is good for everything that is scaffolded: models, environments (at most 20), categories and rules."""


def checked(word: str, what: str, most: int = 30) -> str:
    """A name that may stand in files and paths. Raises UsageError for any other."""
    if WORD.fullmatch(word) and len(word) <= most:
        return word
    raise UsageError(
        f"{what} must be lower-case letters, digits and hyphens, start with a letter, and have at most {most}"
        f" characters; got {word[:80]!r}"
    )


def filled(template: str, words: Mapping[str, str]) -> str:
    """A template's text with its words in place. Raises ValueError when a word is missing."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"%{word}%", value)
    left = re.search(r"%[A-Z]+%", text)
    if left:
        raise ValueError(f"{template} needs {left[0]}")
    return text


def folder(name: str) -> list[str]:
    """The templates in a folder, by path below it, in order."""
    start = TEMPLATES / name
    return sorted(path.relative_to(start).as_posix() for path in start.rglob("*") if path.is_file())
