"""When an interruption is raised: not while something is begun that nobody could end yet.

    with held():
        process = Popen(argv)  # Ctrl-C meanwhile raises KeyboardInterrupt where the block ends, and `process` is known

Python looks for signals between a call and the assignment of what it returned, so the number of a process that was just
started can be lost. A blocked signal would be no way out: programs inherit what is blocked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_state = {"held": False, "came": False}


def interrupt() -> None:
    """Raises KeyboardInterrupt; where it is held, at the end of that block. For handlers of signals."""
    if _state["held"]:
        _state["came"] = True
    else:
        raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """A block that `interrupt` does not leave before its end. In another thread than the main one nothing would."""
    import threading  # here, since whoever starts no program has no use for it

    if threading.current_thread() is not threading.main_thread() or _state["held"]:
        yield
        return
    _state.update(held=True, came=False)
    try:
        yield
    finally:
        _state["held"] = False
        if _state["came"]:
            raise KeyboardInterrupt
