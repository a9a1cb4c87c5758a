"""What the YAML parser says of text that it cannot read, in words for who wrote it.

    >>> said("found character '@' that cannot start any token", "while scanning for the next token")
    ("expected a value or a key, got '@', with which no text begins without quotes", 'put the text in quotes')

Its own words are for who knows its grammar (`found '?'` is a key). What is not known here is passed on as it is said.
"""

from __future__ import annotations

import re

from mlgitops.spec.yaml_characters import excerpt

_START = re.compile(r"found character (['\"])([@`%])\1 that cannot start any token")
_MISPLACED = re.compile(r"expected <block end>, but found '(\?|-|<scalar>|<block mapping start>)'")
_FOUND = {
    "?": "a key",
    "-": "an item of a list",
    "<scalar>": "text after the value",
    "<block mapping start>": "a key with another indentation",
}
_ALIGN = "begin the line in the column of the lines that it belongs to"
_HINTS = {
    "?": _ALIGN,
    "-": _ALIGN,
    "<scalar>": "put all of the value in quotes, or what follows on its own line",
    "<block mapping start>": _ALIGN,
}


def said(problem: str, context: str) -> tuple[str, str]:
    """The message and the hint for a complaint, and for what the parser was doing."""
    if start := _START.search(problem):
        message = f"expected a value or a key, got '{start[2]}', with which no text begins without quotes"
        return message, "put the text in quotes"
    if misplaced := _MISPLACED.search(problem):
        inside = "item of the list" if "collection" in context or "sequence" in context else "key of the mapping"
        return f"expected the next {inside}, or its end, got {_FOUND[misplaced[1]]}", _HINTS[misplaced[1]]
    where = f" ({context})" if context and context != problem else ""
    return f"expected YAML, got what cannot be read: {excerpt(problem, 200)[1:-1]}{where}", _hint(problem)


def _hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "quote the value if it contains ': ', or check the indentation"
    if "end of stream" in problem or "unexpected end" in problem:
        return "close the quote or bracket that is open"
    if "mapping keys are not allowed" in problem or "sequence entries are not allowed" in problem:
        return "begin it on a line of its own; text that is meant so stands in quotes"
    return "check indentation, quotes and brackets here"
