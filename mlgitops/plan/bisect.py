"""Where along a line of history an answer became what it is.

    latest_change(points, state)     asks each from the newest, until one answers otherwise: for what is cheap to ask
    first_bad(points, is_bad)        halves the line: for what is not, where the oldest is good and the newest bad

Points come newest first. None for an answer: that point cannot tell (the model was not there, or had errors), and is
passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

P = TypeVar("P")
Json = Any


class Turn(NamedTuple):
    """Two points next to each other, as far as points can tell, with the answers that differ."""

    bad: Any
    """The point at which it changed."""
    now: Json
    good: Any
    """The point before; None where it was never otherwise."""
    before: Json
    asked: int
    """How many points were asked."""


def latest_change(points: Sequence[P], state: Callable[[P], Json | None]) -> Turn | None:
    """The point since which the answer is what it is at the newest; None where no point can tell."""
    since: P | None = None
    now: Json = None
    for asked, point in enumerate(points, 1):
        answer = state(point)
        if answer is None:
            continue
        if since is not None and answer != now:
            return Turn(since, now, point, answer, asked)
        since, now = point, answer
    return None if since is None else Turn(since, now, None, None, len(points))


def first_bad(points: Sequence[P], is_bad: Callable[[P], bool | None]) -> Turn | None:
    """The bad point after a good one, found by halving; None where no point can tell.

    `good` is None where no point is good; `bad` and `now` are None and False where the newest that can tell is good.
    """
    known: dict[int, bool | None] = {}

    def ask(index: int) -> bool | None:
        if index not in known:
            known[index] = is_bad(points[index])
        return known[index]

    bad = next((index for index in range(len(points)) if ask(index) is not None), None)
    if bad is None:
        return None
    if not ask(bad):
        return Turn(None, False, points[bad], False, len(known))
    good = next((index for index in range(len(points) - 1, bad, -1) if ask(index) is not None), None)
    if good is None or ask(good):
        oldest = bad if good is None else good
        return Turn(points[oldest], True, None, None, len(known))
    while (middle := _between(bad, good, ask)) is not None:
        if ask(middle):
            bad = middle
        else:
            good = middle
    return Turn(points[bad], True, points[good], False, len(known))


def _between(bad: int, good: int, ask: Callable[[int], bool | None]) -> int | None:
    """The point nearest to the middle that can tell."""
    middle = (bad + good) // 2
    return next(
        (index for index in sorted(range(bad + 1, good), key=lambda i: abs(i - middle)) if ask(index) is not None), None
    )
