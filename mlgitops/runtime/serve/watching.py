"""`Watching`: what a handler tells of its answers. `runtime.watch.watch.Watch` is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from mlgitops.contract.names import Code

Columns = Mapping[str, Sequence[object]]
Answers = Sequence[Mapping[str, object]]


class Watching(Protocol):
    """Counts and logs; never raises, never blocks."""

    def answered(self, code: Code, seconds: float) -> None:
        """A request ended so, after so many seconds of the predictor's own time."""

    def observe(
        self, matrix: Any, columns: Columns, answers: Answers, request_ids: Sequence[str | None] | None = None
    ) -> None:
        """The records of a request were answered."""

    def feedback(
        self, body: bytes, authorization: str | None, ask: Callable[[Columns], Answers] | None = None
    ) -> tuple[int, dict[str, object]]:
        """Status and content of the answer to feedback."""

    def close(self) -> None:
        """Nothing more comes."""
