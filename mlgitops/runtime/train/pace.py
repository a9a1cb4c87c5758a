"""When a checkpoint is due, agreed between workers who each trained as many rounds.

One worker's clock decides. Asking it costs milliseconds, so the answer also says at which round to ask again: soon
where a checkpoint is near, and never where training will be over first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

FIRST_QUESTION = 10
"""Rounds before the first: then it is known how long one takes."""
MOST = 0.8
"""Of the time that is left, the rounds of which pass before the next question; they may get slower."""


class Answer(NamedTuple):
    """Whether a checkpoint is due now, and the number of rounds at which to ask again."""

    due: bool
    again: int


class Pace:
    """`agree` hands the first worker's answer to all; the identity for one worker alone."""

    def __init__(
        self,
        every: float,
        done: int,
        agree: Callable[[Answer], Answer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every, self._agree, self._clock = every, agree, clock
        self._begun, self._first = clock(), done
        self._kept = self._begun
        self._ask = done + FIRST_QUESTION

    def due(self, done: int) -> bool:
        """Whether a checkpoint is due after `done` rounds."""
        if done < self._ask:
            return False
        answer = self._agree(self._answer(done))
        self._ask = answer.again
        return answer.due

    def kept(self) -> None:
        """A checkpoint was written."""
        self._kept = self._clock()

    def _answer(self, done: int) -> Answer:
        now = self._clock()
        each = max((now - self._begun) / max(done - self._first, 1), 1e-9)
        left = self._every - (now - self._kept)
        if left <= 0:
            return Answer(due=True, again=done + max(1, int(MOST * self._every / each)))
        return Answer(due=False, again=done + max(1, int(MOST * left / each)))
