"""Edits of a few values in a person's document; every other character stays as it was, comments and all.

text = with_values(document, {("spec", "data", 0, "digest"): "sha256:…"}, after="uri")
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from mlgitops.errors import MlgitopsError
from mlgitops.source import Location, Pointer, dotted
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_scalars import resolve

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._:/+-]*[A-Za-z0-9]")
"""Text that needs no quotes, unless it is a word of YAML such as `true`."""

_SCALAR = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,\[\]{}#][^,\[\]{}\n]*?(?=\s*(?:[,\]}\n]|\s#|\Z))")
"""One value on one line, from its first character."""


def with_values(document: Document, values: Mapping[Pointer, str], *, after: str) -> str:
    """The document's text with texts put at pointers: in place of what is there, or behind their neighbour `after`.

    Raises MlgitopsError for a document written in a way that this cannot edit; nothing is then lost.
    """
    text = document.text
    # From the end, so that places of what comes before stay true.
    for pointer in sorted(values, key=lambda pointer: _at(document, pointer, after), reverse=True):
        present = pointer[-1] in _mapping(document, pointer)
        if present:
            text = _replaced(document, text, pointer, values[pointer])
        else:
            text = _inserted(document, text, (*pointer[:-1], after), str(pointer[-1]), values[pointer])
    _must_say(text, document, values)
    return text


def _mapping(document: Document, pointer: Pointer) -> Mapping[str, object]:
    data: object = document.data
    for token in pointer[:-1]:
        data = data[token]  # type: ignore[index]  # the caller took the pointer from the data
    assert isinstance(data, dict)
    return data


def _at(document: Document, pointer: Pointer, after: str) -> tuple[int, int, str]:
    present = pointer[-1] in _mapping(document, pointer)
    place = document.locate(pointer if present else (*pointer[:-1], after))
    return place.line, place.column, str(pointer[-1])


def _offset(text: str, place: Location) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1


def _end(text: str, start: int) -> int:
    found = _SCALAR.match(text, start)
    return found.end() if found else start


def _replaced(document: Document, text: str, pointer: Pointer, value: str) -> str:
    start = _offset(text, document.locate(pointer))
    return text[:start] + _written(value) + text[_end(text, start) :]


def _inserted(document: Document, text: str, neighbour: Pointer, key: str, value: str) -> str:
    end = _end(text, _offset(text, document.locate(neighbour)))
    mapping = _offset(text, document.locate(neighbour[:-1]))
    if text[mapping : mapping + 1] == "{":
        return f"{text[:end]}, {key}: {_written(value)}{text[end:]}"
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    indent = " " * (document.locate(neighbour, key=True).column - 1)
    return f"{text[:line_end]}\n{indent}{key}: {_written(value)}{text[line_end:]}"


def _written(value: str) -> str:
    return (
        value if _PLAIN.fullmatch(value) and isinstance(resolve(value), str) else json.dumps(value, ensure_ascii=False)
    )


def _must_say(text: str, before: Document, values: Mapping[Pointer, str]) -> None:
    """Read the result back: it must be the old document with the new values, and nothing else."""
    expected = json.loads(json.dumps(before.data))
    for pointer, value in values.items():
        inner = expected
        for token in pointer[:-1]:
            inner = inner[token]
        inner[pointer[-1]] = value
    after = read(text, before.path)
    if not isinstance(after, Document) or after.data != expected:
        names = ", ".join(dotted(pointer) for pointer in values)
        raise MlgitopsError(
            f"{before.path} is written in a way that cannot be edited safely: {names[:500]}",
            "write the values one a line, or edit them by hand",
        )
