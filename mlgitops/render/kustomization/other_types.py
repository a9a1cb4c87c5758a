"""Values that a patch gave another type: a text where a map was, a map where a list was.

No field of the objects that mlgitops renders takes both, but for numbers and texts; so the API server would refuse the
object, and until then rules of policy would read what they cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.source import Pointer

WORDS = {dict: "a map", list: "a list", bool: "true or false"}
SCALAR = "a number or text"


class OtherType(NamedTuple):
    """One such value."""

    pointer: Pointer
    expected: str
    got: str


def other_types(before: Any, after: Any, pointer: Pointer = ()) -> Iterator[OtherType]:
    """What has another type than before, from the outside inwards; what was taken away or added does not count."""
    if before is after or before is None or after is None:
        return
    expected, got = WORDS.get(type(before), SCALAR), WORDS.get(type(after), SCALAR)
    if expected != got:
        yield OtherType(pointer, expected, got)
    elif isinstance(before, dict):
        for key, value in before.items():
            yield from other_types(value, after.get(key), (*pointer, key))
    elif isinstance(before, list):
        for index, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from other_types(one, other, (*pointer, index))
