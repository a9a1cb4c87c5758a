"""What ends a program when we are gone, however we went: a pipe of which we hold one end and the program the other.

    leash = Leash()
    process = Popen(argv, start_new_session=True, pass_fds=leash.passed)
    leash.tie(process.pid)

When our end closes, the system kills the program's process group. Linux alone does that (F_SETSIG). Its other means,
PR_SET_PDEATHSIG, has to be asked for between fork and exec, which needs a fork of all our memory for each program (1 to
5 ms instead of 0.2), and is for the program itself and not for what that one starts.
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress

SUPPORTED = hasattr(fcntl, "F_SETSIG")


class Leash:
    """A pipe for one program. Raises OSError where there is none to be had."""

    def __init__(self) -> None:
        self._theirs, self._ours = os.pipe() if SUPPORTED else (-1, -1)

    @property
    def passed(self) -> tuple[int, ...]:
        """The descriptors that the program inherits."""
        return (self._theirs,) if SUPPORTED else ()

    def tie(self, group: int) -> None:
        """From now on our end of the pipe holds a process group, whose leader has inherited the other one."""
        if self._theirs < 0:
            return
        with suppress(OSError):  # a system that says it can and cannot
            fcntl.fcntl(self._theirs, fcntl.F_SETOWN, -group)
            fcntl.fcntl(self._theirs, fcntl.F_SETSIG, int(signal.SIGKILL))
            fcntl.fcntl(self._theirs, fcntl.F_SETFL, fcntl.fcntl(self._theirs, fcntl.F_GETFL) | os.O_ASYNC)
        os.close(self._theirs)
        self._theirs = -1

    def close(self) -> None:
        """Closes our end, which kills what is left of the group: its number must still be the leader's."""
        for end in (self._theirs, self._ours):
            if end >= 0:
                os.close(end)
        self._theirs = self._ours = -1
