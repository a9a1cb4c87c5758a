"""Strangers' words in a log, a card or a picture: nothing in them moves a cursor or hides."""

from __future__ import annotations


def printable(text: str) -> str:
    """A text with `?` for every character that is not to be seen.

    >>> printable("a\\x1b[2Jb")
    'a?[2Jb'
    """
    return "".join(character if character.isprintable() else "?" for character in text)
