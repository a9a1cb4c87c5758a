"""What goes into a program and comes out of it, within a time and within our memory.

stdout, stderr = exchange(process, b"a question", seconds=60, limit=LIMIT)
"""

from __future__ import annotations

import os
import select
import selectors
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from subprocess import Popen

LIMIT = 256 << 20
"""Bytes of both outputs together: many times what the largest repository needs."""

_PIECE = 65536


class Unfinished(Exception):
    """A program that has not ended by itself; `stderr` is what it wrote there so far."""

    def __init__(self, stderr: bytes) -> None:
        super().__init__()
        self.stderr = stderr


class TooLate(Unfinished):
    """It went on for longer than it may."""


class TooMuch(Unfinished):
    """It wrote more than it may."""


def exchange(process: Popen[bytes], given: bytes, *, seconds: float, limit: int) -> tuple[bytes, bytes]:
    """Gives a program its input, and returns what it wrote to stdout and stderr until it closed both. All are pipes.

    Raises TooLate after `seconds`, and TooMuch after `limit` bytes.
    """
    deadline, left = time.monotonic() + seconds, memoryview(given)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    wrote: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
    stderr, size = wrote[process.stderr.fileno()], 0
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            selector.register(pipe, selectors.EVENT_READ)
        if left:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            _close(process.stdin)
        while selector.get_map():
            remaining = deadline - time.monotonic()
            ready = selector.select(remaining) if remaining > 0 else []
            if not ready and time.monotonic() >= deadline:
                raise TooLate(b"".join(stderr))
            for key, _ in ready:
                if key.fd in wrote:
                    piece = os.read(key.fd, _PIECE)
                    wrote[key.fd].append(piece)
                    size += len(piece)
                    done = not piece
                else:
                    left = _written(key.fd, left)
                    done = not left
                if done:
                    selector.unregister(key.fileobj)
                    if key.fd not in wrote:
                        _close(process.stdin)
            if size > limit:
                raise TooMuch(b"".join(stderr))
    outputs = [b"".join(pieces) for pieces in wrote.values()]
    return outputs[0], outputs[1]


def _written(descriptor: int, left: memoryview) -> memoryview:
    """What is left of an input after as much as a pipe takes at once; nothing where nobody reads it."""
    try:
        return left[os.write(descriptor, left[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return left[:0]


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):
        pipe.close()
