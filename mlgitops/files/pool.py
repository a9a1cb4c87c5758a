"""Batches of work in forked processes, results in the order in which the batches were given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from mlgitops.errors import MlgitopsError

R = TypeVar("R")

_work: Callable[[Any], Any]
"""What forked processes do; set before they are forked, for a closure cannot be sent to them."""


def _call(batch: Any) -> Any:
    return _work(batch)


def batches_in_processes(work: Callable[[Any], R], batches: Sequence[Any], jobs: int) -> Iterator[R]:
    """`work` on every batch. One batch, or `jobs` of 1, stays in this process.

    Raises what `work` raises, and MlgitopsError when a process dies.
    """
    global _work  # noqa: PLW0603 - forked processes inherit it
    if len(batches) <= 1 or jobs <= 1:
        yield from map(work, batches)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    _work = work
    with ProcessPoolExecutor(min(jobs, len(batches)), mp_context=get_context("fork")) as pool:
        try:
            yield from pool.map(_call, batches)
        except BrokenProcessPool as error:
            raise MlgitopsError("a worker process died", "run again with --jobs 1 to see why") from error
