"""A forked process that ends when its parent does, however the parent ends. Programs have `programs.leash` for that.

parent = os.getpid()
if os.fork() == 0:
    end_with(parent)
"""

from __future__ import annotations

import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Has this process, forked from `parent`, sent SIGTERM when `parent` ends; ends it at once where that has.

    Where the system cannot do that, what `parent` no longer reads or writes has to end it.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
