"""A search for documents whose verdict a changed rule flips: one field edited, then two, then made small.

    found = seek("cost.deadline", "staging", starts, bounds, ask, budget)

It begins with documents that are valid, edits them at the rule's boundaries (`edits`), and asks the old rules and the
new ones about each. It is a search and no proof: that it finds nothing does not say that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from mlgitops.policy.boundaries import Boundaries
from mlgitops.policy.edits import Edit, edited, edits_of
from mlgitops.policy.totality import Shape
from mlgitops.source import Pointer

Json = Any
Verdict = Literal["allowed", "warned", "denied"]

STEPS: Final = 15
"""Numbers between two that are asked about at once, to make one small."""
FIRST: Final = 48
"""Edits of one field that are combined with each other."""


class Start(NamedTuple):
    """A valid document to begin with."""

    name: str
    """`the smallest model`, or a model's name."""
    document: Json
    admit: Callable[[Json], Json | None]
    """What an edited document comes to; None where nobody could have it."""


class Answer(NamedTuple):
    """What the old rule says of a document, and what the new one does."""

    old: Verdict
    new: Verdict


Ask = Callable[[Sequence[Json]], Sequence[Answer | None]]
"""None of a document on which the rules fail."""


class Flip(NamedTuple):
    """A document that the two answer differently about."""

    start: Start
    edits: tuple[Edit, ...]
    document: Json
    answer: Answer

    @property
    def direction(self) -> tuple[Verdict, Verdict]:
        """From which verdict to which."""
        return self.answer.old, self.answer.new


class Found(NamedTuple):
    """What a search came to."""

    flips: tuple[Flip, ...]
    """The smallest in each direction."""
    furthest: Mapping[tuple[Verdict, Verdict], Json]
    """The largest number that was asked about and flips as well, where the last edit is one of a number."""
    asked: int
    cut: bool
    """Whether more could have been asked."""


class _Trial(NamedTuple):
    start: Start
    edits: tuple[Edit, ...]
    document: Json


def seek(starts: Sequence[Start], shape: Shape, bounds: Boundaries, ask: Ask, budget: int) -> Found:
    """The smallest documents found, in each direction; at most about `budget` are asked about."""
    singles, cut = _taken(_singles(starts, shape, bounds), budget // 2)
    flips = _flips(singles, ask(_documents(singles)))
    asked = len(singles)
    if not any(flip.answer.old == "denied" for flip in flips):  # nothing loosens yet
        pairs, more = _taken(_pairs(starts, shape, bounds), budget - asked)
        flips += _flips(pairs, ask(_documents(pairs)))
        asked, cut = asked + len(pairs), cut or more
    best: dict[tuple[Verdict, Verdict], Flip] = {}
    for flip in sorted(flips, key=_size(starts)):
        best.setdefault(flip.direction, flip)
    furthest = {direction: _furthest(flip, flips) for direction, flip in best.items()}
    small = []
    for flip in best.values():
        smaller, count = _smaller(flip, ask)
        small.append(smaller)
        asked += count
    return Found(tuple(small), furthest, asked, cut)


def _documents(trials: Iterable[_Trial]) -> list[Json]:
    return [trial.document for trial in trials]


def _taken(trials: Iterator[_Trial], most: int) -> tuple[list[_Trial], bool]:
    """So many trials, and whether there are more."""
    found: list[_Trial] = []
    for trial in trials:
        if len(found) >= most:
            return found, True
        found.append(trial)
    return found, False


def _flips(trials: Sequence[_Trial], answers: Sequence[Answer | None]) -> list[Flip]:
    return [
        Flip(*trial, answer)
        for trial, answer in zip(trials, answers, strict=True)
        if answer is not None and answer.old != answer.new
    ]


def _singles(starts: Sequence[Start], shape: Shape, bounds: Boundaries) -> Iterator[_Trial]:
    """Each start as it is, then with one field edited: the smallest start whole, the others in turn."""
    yield from (_Trial(start, (), start.document) for start in starts)
    for start in starts:
        for edit in edits_of(start.document, shape, bounds):
            if (trial := _trial(start, (edit,))) is not None:
                yield trial


def _pairs(starts: Sequence[Start], shape: Shape, bounds: Boundaries) -> Iterator[_Trial]:
    """Each start with two fields edited; the second may be one that the first created."""
    for start in starts:
        firsts = edits_of(start.document, shape, bounds)[:FIRST]
        seconds = [_after(start, edit, shape, bounds) for edit in firsts]
        seen: set[str] = set()
        for total in range(len(firsts) + FIRST):  # diagonals: the first edits with the first, before any with the last
            for at in range(max(0, total - FIRST + 1), min(total + 1, len(firsts))):
                if total - at < len(seconds[at]):
                    edits = (firsts[at], seconds[at][total - at])
                    key = str(sorted(map(str, edits)))
                    if key not in seen and (trial := _trial(start, edits)) is not None:
                        yield trial
                    seen.add(key)


def _after(start: Start, first: Edit, shape: Shape, bounds: Boundaries) -> list[Edit]:
    """Edits of other fields, once one is edited."""
    there = edited(start.document, (first,))
    others = (edit for edit in edits_of(there, shape, bounds) if not _within(first.pointer, edit.pointer))
    return list(others)[:FIRST]


def _within(pointer: Pointer, other: Pointer) -> bool:
    """Whether the second edit would undo the first."""
    return pointer[: len(other)] == other


def _trial(start: Start, edits: tuple[Edit, ...]) -> _Trial | None:
    document = start.admit(edited(start.document, edits))
    return None if document is None or document == start.document else _Trial(start, edits, document)


def _size(starts: Sequence[Start]) -> Callable[[Flip], tuple[Any, ...]]:
    order = {start.name: number for number, start in enumerate(starts)}

    def size(flip: Flip) -> tuple[Any, ...]:
        values = [edit.value for edit in flip.edits]
        numbers = sum(abs(value) for value in values if isinstance(value, int | float))
        return len(flip.edits), order[flip.start.name], numbers, len(str(values)), str(values)

    return size


def _furthest(best: Flip, flips: Iterable[Flip]) -> Json:
    """The largest number that flips in the same direction, all else being the same."""
    if not best.edits or not _is_number(best.edits[-1].value):
        return None
    alike: Iterator[Json] = (
        flip.edits[-1].value
        for flip in flips
        if flip.direction == best.direction
        and flip.start is best.start
        and flip.edits[:-1] == best.edits[:-1]
        and flip.edits[-1].pointer == best.edits[-1].pointer
        and _is_number(flip.edits[-1].value)
    )
    furthest: Json = max(alike)
    return furthest


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _smaller(flip: Flip, ask: Ask) -> tuple[Flip, int]:
    """The flip with each whole number brought as near to the start's as it still flips, and how many were asked."""
    asked = 0
    for at, edit in enumerate(flip.edits):
        low = _value_at(flip.start.document, edit.pointer)
        if type(edit.value) is not int or type(low) is not int:
            continue
        while True:
            high: Json = flip.edits[at].value
            between = _between(low, high)
            tried = [
                trial for value in between if (trial := _trial(flip.start, _with(flip.edits, at, value))) is not None
            ]
            asked += len(tried)
            nearer = [one for one in _flips(tried, ask(_documents(tried))) if one.direction == flip.direction]
            if not nearer:
                break
            flip = nearer[0]
    return flip, asked


def _with(edits: tuple[Edit, ...], at: int, value: int) -> tuple[Edit, ...]:
    return (*edits[:at], edits[at]._replace(value=value), *edits[at + 1 :])


def _between(low: int, high: int) -> list[int]:
    """Up to `STEPS` numbers strictly between two, from the first on."""
    distance = abs(high - low)
    step = 1 if high > low else -1
    return sorted(
        {low + step * (distance * n // (STEPS + 1)) for n in range(1, STEPS + 1)} - {low, high}, reverse=step < 0
    )


def _value_at(document: Json, pointer: Pointer) -> Json:
    for token in pointer:
        try:
            document = document[token]
        except (KeyError, IndexError, TypeError):
            return None
    return document
