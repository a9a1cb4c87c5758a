"""`mlgitops status`: is my model live, which version, and if not, why?

    mlgitops status --env prod
    mlgitops status --model churn --watch
    mlgitops status --format github     # bodies for GitHub's commit statuses, one a line

Exit code 1 when something failed and asks for somebody; what is on its way is no failure.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgitops.cli import live

if TYPE_CHECKING:
    from mlgitops.live.picture import Picture

PAUSE = 2.0
"""Seconds between two looks of `--watch`."""


def declare(parser: argparse.ArgumentParser) -> None:
    """What is asked about, and whether to go on looking."""
    live.declare(parser, "text", "json", "github")
    parser.add_argument("--watch", action="store_true", help="go on looking until Ctrl-C")


def run(arguments: argparse.Namespace) -> int:
    """Show what is live."""
    from mlgitops.stages.asked import asked_of
    from mlgitops.stages.look import look

    if arguments.watch:
        return _watch(arguments)
    question, argocd = live.question_of(arguments), live.argocd_of()
    picture = look(asked_of(question), question, argocd)
    sys.stdout.write(live.shown(picture, arguments))
    return 1 if live.needs_somebody(picture) else 0


def _watch(arguments: argparse.Namespace) -> int:
    """Look again and again. In a terminal the table is drawn over itself; elsewhere it comes anew when it changes."""
    import time

    from mlgitops.stages.asked import asked_of
    from mlgitops.stages.look import look

    question, argocd = live.question_of(arguments), live.argocd_of()
    screen = _Screen() if sys.stdout.isatty() and arguments.format == "text" else None
    former = ""
    while True:
        picture: Picture = look(asked_of(question), question, argocd)
        text = live.shown(picture, arguments)
        if screen is not None:
            screen.draw(text)
        elif text != former:
            sys.stdout.write(text)
            sys.stdout.flush()
        former = text
        time.sleep(PAUSE)


class _Screen:
    """A text drawn over the one before: nothing that stood in the terminal before is lost."""

    def __init__(self) -> None:
        self._lines = 0

    def draw(self, text: str) -> None:
        """Go back to where the former text began, and draw as much of this one as fits."""
        import shutil

        height = max(4, shutil.get_terminal_size().lines - 1)
        lines = text.splitlines()
        if len(lines) > height:
            lines = [*lines[: height - 1], f"… {len(lines) - height + 1} more lines"]
        back = f"\x1b[{self._lines}F" if self._lines else ""
        sys.stdout.write(back + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
        sys.stdout.flush()
        self._lines = len(lines)
