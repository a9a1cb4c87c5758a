"""Batches of work in forked processes, results in the order in which the batches were given.

A process that dies is an error that says so. None outlives its parent, which holds locks for it: where the
parent ends, however it does, so do they.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from mlgitops.errors import MlgitopsError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

R = TypeVar("R")

PATIENCE = 5.0
"""Seconds that a process has to end what it started, before it is killed."""

_PR_SET_PDEATHSIG = 1
_ASKS_TO_END = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def batches_in_processes(work: Callable[[Any], R], batches: Sequence[Any], jobs: int) -> Iterator[R]:
    """`work` on every batch. One batch, or `jobs` of 1, stays in this process.

    Raises what `work` raises, and MlgitopsError when a process dies.
    """
    if len(batches) <= 1 or jobs <= 1:
        yield from map(work, batches)
        return
    with _Pool(work, batches, min(jobs, len(batches))) as pool:
        yield from pool.results()


class _Worker:
    """A forked process and the connection to it."""

    def __init__(self, pid: int, connection: Connection) -> None:
        self.pid = pid
        self.connection = connection
        self.number = 0
        """Of the batch that it works on."""
        self.status: int | None = None

    def ended(self, *, wait: bool) -> bool:
        """Whether it has ended; `status` is then what `waitpid` said of it."""
        if self.status is None:
            try:
                pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            except ChildProcessError:  # the system takes the ends of children of whoever ignores SIGCHLD
                pid, status = self.pid, 0
            self.status = status if pid else None
        return self.status is not None

    def tell(self, number: signal.Signals) -> None:
        """Sends it a signal unless it has ended: its number may be another process's by now."""
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def death(self) -> MlgitopsError:
        """What to say of it when it ended unasked."""
        self.ended(wait=True)
        signalled = os.WTERMSIG(self.status) if self.status and os.WIFSIGNALED(self.status) else 0
        how = f"was killed by {signal.Signals(signalled).name}" if signalled else "ended by itself"
        hint = "free some memory, or run again with --jobs 1"
        return MlgitopsError(f"a process that mlgitops started {how}; nothing was written", hint)


class _Pool:
    """Processes that ask for one batch after the other."""

    def __init__(self, work: Callable[[Any], Any], batches: Sequence[Any], size: int) -> None:
        self._work = work
        self._batches = batches
        self._size = size
        self._workers: list[_Worker] = []

    def __enter__(self) -> _Pool:
        try:
            while len(self._workers) < self._size:
                self._workers.append(self._forked())
        except OSError as error:
            self._end(gently=False)
            message = f"cannot start a process: {error.strerror}"
            raise MlgitopsError(message, "run again with fewer --jobs") from error
        except BaseException:
            self._end(gently=False)
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._end(gently=kind is not None)

    def results(self) -> Iterator[Any]:
        """The results in order."""
        from multiprocessing.connection import wait

        numbers = iter(range(len(self._batches)))
        busy = [worker for worker in self._workers if _given(worker, numbers)]
        done: dict[int, Any] = {}
        for wanted in range(len(self._batches)):
            while wanted not in done:
                ready = wait([worker.connection for worker in busy])
                for worker in [worker for worker in busy if worker.connection in ready]:
                    done[worker.number] = self._result(worker)
                    if not _given(worker, numbers):
                        busy.remove(worker)
            yield done.pop(wanted)

    def _result(self, worker: _Worker) -> Any:
        try:
            result, error = worker.connection.recv()
        except (EOFError, OSError):
            raise worker.death() from None
        if error is not None:
            raise error
        return result

    def _forked(self) -> _Worker:
        from multiprocessing.connection import Pipe

        ours, theirs = Pipe()
        parent = os.getpid()
        # Held back until `_serve` can answer: what is raised in what Python itself does after a fork is passed over.
        mask, pid = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKS_TO_END), -1
        try:
            pid = os.fork()
        finally:
            if pid:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if pid:
            theirs.close()
            return _Worker(pid, ours)
        code = 1
        try:
            _end_with(parent)
            for connection in (ours, *(worker.connection for worker in self._workers)):
                connection.close()  # or nobody would see that the parent has gone
            code = self._serve(theirs, mask)
        finally:
            os._exit(code)

    def _serve(self, connection: Connection, mask: Iterable[int]) -> int:
        """What a forked process does, from when it takes signals as `mask` says; its exit code."""
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            while True:
                number = connection.recv()
                _send(connection, _outcome(self._work, self._batches[number]))
        except (EOFError, OSError, KeyboardInterrupt):  # nobody wants more
            return 0

    def _end(self, *, gently: bool) -> None:
        """Ends the processes; gently, so that they end what they started, when they may be at work."""
        for worker in self._workers:
            worker.connection.close()
            worker.tell(signal.SIGTERM if gently else signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE if gently else 0.0
        while time.monotonic() < deadline and not all(worker.ended(wait=False) for worker in self._workers):
            time.sleep(0.002)
            for worker in self._workers:
                worker.tell(signal.SIGTERM)  # again: one that comes right before a call that waits shows after it alone
        for worker in self._workers:
            worker.tell(signal.SIGKILL)
            worker.ended(wait=True)
        self._workers.clear()


def _given(worker: _Worker, numbers: Iterator[int]) -> bool:
    """Gives a process its next batch; False when there is none."""
    number = next(numbers, None)
    if number is None:
        return False
    worker.number = number
    try:
        worker.connection.send(number)
    except OSError:
        raise worker.death() from None
    return True


def _outcome(work: Callable[[Any], Any], batch: Any) -> tuple[Any, Exception | None]:
    """(result, None) or (None, what was raised)."""
    try:
        return work(batch), None
    except Exception as error:
        error.add_note(f"in a process of its own: {_where(error)}")
        return None, error


def _where(error: Exception) -> str:
    """Where an error came from, since tracebacks do not travel."""
    from traceback import extract_tb

    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)))


def _send(connection: Connection, outcome: tuple[Any, Exception | None]) -> None:
    try:
        connection.send(outcome)
    except OSError:
        raise
    except Exception as error:  # what cannot be sent is a defect of ours, and must not look like a death
        connection.send((None, TypeError(f"a result cannot leave its process: {str(error)[:500]}")))


def _end_with(parent: int) -> None:
    """Has this process, forked from `parent`, sent SIGTERM when `parent` ends; ends it at once where that has.

    Where the system cannot do that, what `parent` no longer reads or writes has to end it.
    """
    import ctypes

    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
