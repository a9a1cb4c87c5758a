"""When two changes are the same change in two places: when they differ in the names of what they change alone.

    >>> own = own_names("dev/churn", "churn-9a8b7c6d")
    >>> neutral('entrypoint of churn-9a8b7c6d in churn', own)
    'entrypoint of ‹name› in ‹model›'

Only an object's own names are put aside, never another's, and never a digest or an image: one target of forty that
gets another image than the rest is not like them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

MODEL, ENVIRONMENT, NAME, OTHER, ID = "‹model›", "‹environment›", "‹name›", "‹other name›", "‹id›"
"""What stands where a value differs with the object's own name; the other name is that of its like: of a former run."""

T = TypeVar("T")

_ID = re.compile(r"(?<![A-Za-z0-9])[0-9a-f]{5,}(?![A-Za-z0-9])")
"""A part of a name that says what an object is made from: of a run, of a configuration."""

_WORDS = re.compile(r"([A-Za-z0-9][A-Za-z0-9.-]*)")

OwnNames = tuple[tuple[str, str], ...]
"""What one object is called, and what stands for each name, in the order in which they are put aside."""


def alike(
    items: Iterable[T], exactly: Callable[[T], Hashable], but_for_names: Callable[[T], Hashable]
) -> list[list[T]]:
    """Items that are the same, and those that are but for own names, together; in the order of the first of each.

    What is the same as it is stays so, though a word of it happens to be somebody's name: `/dev/shm` in `dev`.
    """
    same: dict[Hashable, list[T]] = {}
    for item in items:
        same.setdefault(exactly(item), []).append(item)
    together: dict[Hashable, list[T]] = {}
    for members in same.values():
        together.setdefault(but_for_names(members[0]), []).extend(members)
    return list(together.values())


def own_names(target: str, *names: str) -> OwnNames:
    """The names of an object of a target (`dev/churn`, `dev/churn/serve`), now and formerly."""
    placeholders: dict[str, str] = {}
    environment, model = (*target.split("/"), "")[:2] if "/" in target else ("", "")
    for name in names:
        suffix = name.rpartition("-")[2]
        if name and name != model:
            placeholders[name] = NAME
            if "*" in (pattern := _without_ids(name)):
                placeholders[pattern] = OTHER
        if suffix != name and _ID.fullmatch(suffix):
            placeholders[suffix] = ID
    if model and not model.startswith("_"):
        placeholders.setdefault(model, MODEL)
    if environment:
        placeholders.setdefault(environment, ENVIRONMENT)
    order = (NAME, OTHER, MODEL, ENVIRONMENT, ID)
    return tuple(sorted(placeholders.items(), key=lambda one: (order.index(one[1]), -len(one[0]), one[0])))


def neutral(text: str, own: OwnNames) -> str:
    """The text with an object's own names put aside, where they stand as words of their own."""
    for name, placeholder in own:
        if placeholder == OTHER and name.partition("*")[0] in text:
            text = "".join(OTHER if _without_ids(word) == name else word for word in _WORDS.split(text))
        elif name in text:
            text = _replaced(text, name, placeholder)
    return text


def _without_ids(name: str) -> str:
    """`churn-*-evaluate-*` of `churn-9a8b7c6d-evaluate-5e3f1`."""
    return _ID.sub("*", name)


def _replaced(text: str, name: str, placeholder: str) -> str:
    """By hand: a pattern of each object's names would have to be compiled, which takes a hundred times as long."""
    pieces, start, at = [], 0, text.find(name)
    while at >= 0:
        end = at + len(name)
        if not (_is_letter(text[at - 1 : at]) or _is_letter(text[end : end + 1])):
            pieces += [text[start:at], placeholder]
            start = end
        at = text.find(name, end)
    return "".join([*pieces, text[start:]])


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()
