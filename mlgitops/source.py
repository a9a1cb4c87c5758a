"""Places in people's files: pointers into documents and locations in text.

>>> pointer_text(("spec", "data", 0, "uri"))
'/spec/data/0/uri'
>>> str(Location("specs/churn/model.yaml", 31, 15))
'specs/churn/model.yaml:31:15'
"""

from __future__ import annotations

from typing import NamedTuple

Pointer = tuple[str | int, ...]
"""A JSON pointer (RFC 6901) as its reference tokens: keys are `str`, list indices `int`."""


class Location(NamedTuple):
    """A position in a file of the repository."""

    path: str
    """Relative to the repository's root, with `/` as separator."""
    line: int = 1
    """1-based."""
    column: int = 1
    """1-based, in Unicode code points."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def pointer_text(pointer: Pointer) -> str:
    """The RFC 6901 text of a pointer; the whole document is `""`."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in pointer)


def parse_pointer(text: str) -> Pointer:
    """The pointer that an RFC 6901 text names; tokens of digits become list indices.

    Raises ValueError when the text is neither empty nor starts with `/`.
    """
    if not text:
        return ()
    if not text.startswith("/"):
        raise ValueError(f"a pointer starts with '/', got {text[:80]!r}")
    tokens = (token.replace("~1", "/").replace("~0", "~") for token in text[1:].split("/"))
    return tuple(int(token) if _is_index(token) else token for token in tokens)


def _is_index(token: str) -> bool:
    """Of a number with more digits, which no list has, `int` may raise."""
    return token.isdecimal() and token.isascii() and len(token) < 19


def dotted(pointer: Pointer) -> str:
    """A pointer as people say it: `spec.data[0].uri`.

    >>> dotted(("spec", "data", 0, "uri"))
    'spec.data[0].uri'
    """
    text = "".join(f"[{token}]" if isinstance(token, int) else f".{token}" for token in pointer)
    return text.removeprefix(".")
