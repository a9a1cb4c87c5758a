"""The known word that a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_GUESS = 64
"""Words longer than this are not compared with known ones."""


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The most similar of the known words, whatever its case; None when none is similar."""
    import difflib  # here, since only mistakes pay for it

    if len(word) > _LONGEST_GUESS:
        return None
    by_case = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return by_case[near[0]] if near else None
