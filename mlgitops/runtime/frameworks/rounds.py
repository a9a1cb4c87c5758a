"""Boosting round by round, so that a training can be left at a checkpoint and taken up to the same bytes.

Boosters that draw rows or columns keep a random state that no model file holds. So their training is cut into segments
of as many rounds as the total says: each begins anew from the model so far, with a seed of its own, whether the run was
ever interrupted or not. Checkpoints of such a training lie between segments; without draws they may lie anywhere.
"""

from __future__ import annotations

from typing import Protocol

DEFAULT_ROUNDS = 100
"""Of both boosters; XGBoost's own default, 10, is hardly a model."""
ROUNDS = "num_boost_round"

SHORTEST_SEGMENT = 25
SEGMENTS = 8
"""Each recomputes what the model so far says of every row: more of them cost more than they save."""


class Rounds(Protocol):
    """A booster in training."""

    total: int
    """Rounds in all."""
    segment: int
    """Rounds between which training begins anew; 0 where it need not."""

    def begin(self, model: bytes | None, done: int) -> None:
        """Go on from a model of `done` rounds."""

    def step(self) -> bool:
        """Train one round more; whether nothing more can be learnt."""

    def scores(self) -> dict[str, float]:
        """Metrics on the training data; every worker must ask at the same round."""

    def model(self) -> bytes:
        """The model file so far."""


class Watch(Protocol):
    """Looks on: tells how far training is, and keeps checkpoints."""

    def after(self, done: int, rounds: Rounds, *, last: bool) -> None:
        """A round was trained."""


def segment_of(total: int, *, draws: bool) -> int:
    """How many rounds a segment has, by the total alone, so that the result depends on nothing else."""
    return max(SHORTEST_SEGMENT, -(-total // SEGMENTS)) if draws else 0


def train(rounds: Rounds, watch: Watch | None = None, model: bytes | None = None, done: int = 0) -> None:
    """Train what is left of all rounds, from a checkpoint's model where there is one."""
    rounds.begin(model, done)
    first = done
    while done < rounds.total:
        if rounds.segment and done % rounds.segment == 0 and done != first:
            rounds.begin(rounds.model(), done)
        finished = rounds.step()
        done = rounds.total if finished else done + 1
        if watch is not None:
            watch.after(done, rounds, last=done == rounds.total)


def may_pause(rounds: Rounds, done: int) -> bool:
    """Whether a checkpoint after `done` rounds can be taken up to the same bytes."""
    return rounds.segment == 0 or done % rounds.segment == 0 or done == rounds.total
