r"""Which characters people's files may contain: what a reviewer sees is what a machine reads.

Control, bidirectional, zero-width and filler characters make text look different from what it is, so they are
refused everywhere, comments included. What is written as an escape (`"\u200b"`) is refused as well.

    >>> [found.start() for found in FORBIDDEN.finditer("ab\u200bc")]
    [2]
"""

from __future__ import annotations

import re
import unicodedata

_FORBIDDEN_RANGES = (
    ("\x00", "\x08"), ("\x0b", "\x1f"), ("\x7f", "\x9f"),  # Cc, but for tab and line feed
    ("\xad", "\xad"), ("\u034f", "\u034f"), ("\u0600", "\u0605"), ("\u061c", "\u061c"), ("\u06dd", "\u06dd"),
    ("\u070f", "\u070f"), ("\u0890", "\u0891"), ("\u08e2", "\u08e2"),
    ("\u115f", "\u1160"), ("\u17b4", "\u17b5"), ("\u180e", "\u180e"),
    ("\u200b", "\u200f"), ("\u2028", "\u202e"), ("\u2060", "\u206f"), ("\u3164", "\u3164"),
    ("\ud800", "\udfff"), ("\ufeff", "\ufeff"), ("\uffa0", "\uffa0"), ("\ufff0", "\uffff"),
    ("\U000110bd", "\U000110bd"), ("\U000110cd", "\U000110cd"), ("\U00013430", "\U0001343f"),
    ("\U0001bca0", "\U0001bca3"), ("\U0001d173", "\U0001d17a"), ("\U000e0000", "\U000e0fff"),
)  # fmt: skip
"""Categories Cc, Cf, Cs, Zl and Zp, and what is invisible though it counts as a letter or a mark.

Written out, so that the answer does not change with the Unicode version of the interpreter. U+FFFD is refused because
it stands for a character that was lost.
"""

FORBIDDEN = re.compile("[" + "".join(f"{first}-{last}" for first, last in _FORBIDDEN_RANGES) + "]")
"""Finds each character that no file may contain. Tab and line feed are allowed here; their places are checked apart."""


def described(character: str) -> str:
    """A character by its number and name, never itself: `U+200B ZERO WIDTH SPACE`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def is_normal(text: str) -> bool:
    """Whether the text is in Unicode's normal form C, in which equal looks are equal bytes."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)


def excerpt(text: str, limit: int = 80) -> str:
    """A fragment of a file that is safe to show: what is not printable escaped, cut to `limit` characters.

    >>> excerpt("a\\x1b[0m")
    "'a\\\\x1b[0m'"
    """
    shown = ascii(text[:limit]) if FORBIDDEN.search(text, 0, limit) else repr(text[:limit])
    return shown if len(text) <= limit else shown[:-1] + "…" + shown[-1]
