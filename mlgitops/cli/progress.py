"""What is going on, on stderr, for work of over a second in a terminal; nothing anywhere else.

    with Progress() as progress:
        progress("render", 40, 3000)      # draws `render 40/3000`, at most ten times a second

It is handed to the pipeline as a plain function of a stage, what is done and what there is to do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

PATIENCE = 1.0
"""Seconds before anything is shown: most runs are over by then."""

INTERVAL = 0.1
"""Seconds between two drawings."""

CLEAR = "\r\x1b[K"


class Progress:
    """A line that overwrites itself and is gone when the block ends."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._next = clock() + PATIENCE
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say that `done` of `total` parts of a stage are through; a total of 0 is not known."""
        now = self._clock()
        if now < self._next or not self._watched():
            return
        self._next = now + INTERVAL
        count = f" {done}/{total}" if total else ""
        self._write(f"{CLEAR}{stage}{count}")
        self._drawn = True

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._write(CLEAR)

    def _watched(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # nobody can watch any more; the work goes on
            self._next = float("inf")
