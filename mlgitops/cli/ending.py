"""Being asked to end: everything that was started ends as well, and what was temporary is removed.

`kill`, a closed terminal and a job that CI cancels are taken like Ctrl-C: exit code 130.
"""

from __future__ import annotations

import signal
from contextlib import suppress

ASKED = ("SIGTERM", "SIGHUP")


def end_in_order() -> None:
    """From now on a signal to end raises KeyboardInterrupt, so that every `with` block is left."""
    for name in ASKED:
        with suppress(ValueError, AttributeError):  # not the main thread, or a system that has no such signal
            number = getattr(signal, name)
            if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` is meant
                signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    for name in ASKED:
        signal.signal(getattr(signal, name), _again)
    raise KeyboardInterrupt


def _again(*_: object) -> None:
    """A second signal does not interrupt the clearing up.

    It is taken and not ignored: a program started meanwhile would inherit that it ignores signals, and never end.
    """
