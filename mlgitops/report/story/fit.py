"""As much as fits: sections that can be said in more or fewer words, and a limit on all of them together.

No section is ever left out: each has a briefest form. Room goes to the sections in order of importance, first a
share of what is left to each, then what nobody used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Level = Callable[[], Iterable[str]]

SHARE = 0.6
"""Of the room that is left, what one section may take while others still wait."""


class Section(NamedTuple):
    """Something that can be said at several lengths."""

    levels: tuple[Level, ...]
    """The most detailed first; the last is brief whatever it is about."""
    importance: int
    """Sections with a lower number get room first."""


def fitted(sections: Sequence[Section], limit: int) -> list[str]:
    """The text of each section, in their order; together at most `limit` characters if their briefest forms are."""
    texts = ["".join(section.levels[-1]()) for section in sections]
    chosen = [len(section.levels) - 1 for section in sections]
    order = sorted(range(len(sections)), key=lambda at: sections[at].importance)
    for share in (SHARE, 1.0):
        for at in order:
            room = limit - sum(map(len, texts))
            allowed = len(texts[at]) + int(room * share)
            for level, say in enumerate(sections[at].levels[: chosen[at]]):
                text = within(say(), allowed)
                if text is not None:
                    texts[at], chosen[at] = text, level
                    break
    return texts


def within(lines: Iterable[str], limit: int) -> str | None:
    """The lines together; None, without going through all of them, where they are longer than `limit`."""
    found, length = [], 0
    for line in lines:
        length += len(line)
        if length > limit:
            return None
        found.append(line)
    return "".join(found)
