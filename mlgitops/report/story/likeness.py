"""When two changes are the same change in two places: when they differ in the names of what they change alone.

    >>> own = own_names("dev/churn", "churn-9a8b7c6d")
    >>> neutral('entrypoint of churn-9a8b7c6d in churn', own)
    'entrypoint of ‹name› in ‹model›'

Only an object's own names are put aside, never another's, and never a digest or an image: one target of forty that
gets another image than the rest is not like them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MODEL, NAME, SUFFIX = "‹model›", "‹name›", "‹id›"
"""What stands where a value differs with the object's own name."""

_ID = re.compile(r"[0-9a-f]{8,}")
"""The end of a run's or a release's name, by which labels name it too."""


class OwnNames(NamedTuple):
    """What one object is called, as a pattern and what stands for each name."""

    pattern: re.Pattern[str] | None
    placeholders: dict[str, str]


def own_names(target: str, *names: str) -> OwnNames:
    """The names of an object of a target (`dev/churn`, `dev/churn/serve`), now and formerly."""
    placeholders: dict[str, str] = {}
    model = target.split("/")[1] if "/" in target else ""
    for name in names:
        suffix = name.rpartition("-")[2]
        if name and name != model:
            placeholders[name] = NAME
        if _ID.fullmatch(suffix) and suffix != name:
            placeholders[suffix] = SUFFIX
    if model and not model.startswith("_"):
        placeholders.setdefault(model, MODEL)
    if not placeholders:
        return OwnNames(None, placeholders)
    longest_first = sorted(placeholders, key=lambda name: (-len(name), name))
    words = "|".join(map(re.escape, longest_first))
    return OwnNames(re.compile(f"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])"), placeholders)


def neutral(text: str, own: OwnNames) -> str:
    """The text with an object's own names put aside."""
    return text if own.pattern is None else own.pattern.sub(lambda found: own.placeholders[found[0]], text)
