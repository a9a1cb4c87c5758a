"""Being asked to end: everything that was started ends as well, and what was temporary is removed.

`kill`, a closed terminal and a job that CI cancels are taken like Ctrl-C: exit code 130.
"""

from __future__ import annotations

import signal
import sys
import time
from contextlib import suppress

from mlgitops.programs.interruption import interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sys import UnraisableHookArgs

ASKED = ("SIGTERM", "SIGHUP")

CLEARING = 3.0
"""Seconds for clearing up, which no signal interrupts meanwhile; one that comes later finds it stuck."""

SOON = 0.001
"""Seconds until an interruption that was lost comes again."""

_raised: list[float] = []
"""When the last interruption was raised, if one was."""


def end_in_order() -> None:
    """From now on a signal to end raises KeyboardInterrupt, so that every `with` block is left.

    And programs are waited for, also where whoever started us ignores the ends of children.
    """
    with suppress(ValueError, AttributeError):
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for name in ASKED:
        with suppress(ValueError, AttributeError):  # not the main thread, or a system that has no such signal
            number = getattr(signal, name)
            if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` is meant
                signal.signal(number, _interrupt)
    with suppress(ValueError):
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _interrupt_anyhow)
    _come_again()


def just_interrupted() -> bool:
    """Whether an exception may be what became of an interruption.

    pydantic makes a SchemaError of whatever is raised while it builds a type, and extensions may do the like anywhere.
    """
    return bool(_raised) and time.monotonic() - _raised[-1] <= CLEARING


def _interrupt(*_: object) -> None:
    """Raises KeyboardInterrupt, but not while it clears up after one.

    A second signal is taken and not ignored: a program started meanwhile would inherit that it ignores signals, and
    never end.
    """
    if not just_interrupted():
        _interrupt_anyhow()


def _interrupt_anyhow(*_: object) -> None:
    """Ctrl-C, by somebody who sees what happens."""
    _raised[:] = [time.monotonic()]
    interrupt()


def _come_again() -> None:
    """Python drops what is raised in a `__del__` or a callback of a weak reference: an interruption comes again."""
    told = sys.unraisablehook
    if getattr(told, "__module__", "") == __name__:
        return

    def noticed(dropped: UnraisableHookArgs) -> None:
        if dropped.exc_type is not KeyboardInterrupt or sys.is_finalizing() or not hasattr(signal, "setitimer"):
            told(dropped)
            return
        _raised.clear()
        signal.setitimer(signal.ITIMER_REAL, SOON)

    with suppress(ValueError, AttributeError):
        if signal.getsignal(signal.SIGALRM) is signal.SIG_DFL:
            signal.signal(signal.SIGALRM, _interrupt)
            sys.unraisablehook = noticed
