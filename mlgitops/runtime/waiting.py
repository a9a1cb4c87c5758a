"""How a Job waits for what another one leaves: it looks, says once why it cannot, and gives a failure time to pass.

record = waited_for(look, late, sleep, limit)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from mlgitops.problem import WORLD, RunProblem

Found = TypeVar("Found")

POLL_SECONDS = 15.0
"""Between two looks."""
GRACE_SECONDS = 600.0
"""How long a run must have been a failed one: its driver is started again where a node went down under it."""


class Seen(NamedTuple, Generic[Found]):
    """What a look came to."""

    value: Found
    final: bool = True
    """False for a failure that may pass."""


def waited_for(
    look: Callable[[], Seen[Found] | None],
    late: Callable[[], RunProblem],
    sleep: Callable[[float], None],
    limit: float | None,
) -> Found:
    """Look until there is something, for at most `limit` seconds; None waits until the Job's deadline ends it.

    A store that does not answer is asked again: a run takes hours, and its Job starts a few times at most. Raises what
    `late` gives when time is over, and what `look` raises that waiting does not mend.
    """
    waited, failed_at = 0.0, None
    told = ""
    while True:
        over = limit is not None and waited >= limit
        seen = None
        try:
            seen = look()
        except RunProblem as problem:
            if problem.exit_code != WORLD or over:
                raise
            if str(problem) != told:
                told = str(problem)
                sys.stderr.write(f"{told}\nwaiting for it\n")
        if seen is None:
            failed_at = None
        else:
            failed_at = waited if failed_at is None else failed_at
            if seen.final or over or waited - failed_at >= GRACE_SECONDS:
                return seen.value
        if over:
            raise late()
        sleep(POLL_SECONDS)
        waited += POLL_SECONDS
