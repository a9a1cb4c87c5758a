"""Where each value of a document stands: a tree beside the data, made only when a position is asked for."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.source import Pointer


class Mark(NamedTuple):
    """A position in a text, 1-based, in code points."""

    line: int
    column: int


class Place(NamedTuple):
    """Where one value begins, and where the values in it are."""

    key: Mark
    """Of a mapping's value: its key. Of a list's item and of the document: the value itself."""
    value: Mark
    children: dict[str | int, Place]


def find(root: Place, pointer: Pointer, *, key: bool) -> Mark:
    """The mark of the value at `pointer`, or of its key; for an absent one, of its nearest ancestor's key.

    A missing `spec.target` is so shown at the word `spec`, not at whatever comes first below it.
    """
    place = root
    for token in pointer:
        children = place.children
        # A pointer read from text has numbers where the document may have keys of digits.
        child = children.get(token) or children.get(str(token))
        if child is None:
            return place.key
        place = child
    return place.key if key else place.value
