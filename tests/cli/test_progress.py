"""Progress: on a terminal, after a second, ten times a second at most, and gone at the end."""

from __future__ import annotations

import io

from mlgitops.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(stream: io.StringIO, *calls: tuple[float, str, int, int]) -> str:
    clock = Clock()
    with Progress(stream, clock) as progress:
        for at, stage, done, total in calls:
            clock.now = 100.0 + at
            progress(stage, done, total)
    return stream.getvalue()


def test_a_long_run_shows_stage_and_counts() -> None:
    calls = [(0.5, "read", 1, 9), (1.0, "render", 40, 3000), (1.05, "render", 41, 3000), (1.2, "policy", 0, 0)]
    assert run(Terminal(), *calls) == "\r\x1b[Krender 40/3000\r\x1b[Kpolicy\r\x1b[K"


def test_a_short_run_shows_nothing() -> None:
    assert run(Terminal(), (0.1, "render", 1, 2), (0.99, "render", 2, 2)) == ""


def test_nothing_where_nobody_watches() -> None:
    assert run(io.StringIO(), (5.0, "render", 1, 2)) == ""


def test_a_terminal_that_goes_away_ends_no_run() -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    assert run(Gone(), (5.0, "render", 1, 2), (6.0, "render", 2, 2)) == ""
