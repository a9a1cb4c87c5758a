"""How a model is asked by many requests at once, from one event loop.

A built-in predictor answers few rows in less time than it takes to hand them to a thread; more rows than `INLINE_ROWS`,
and a custom predictor always, are answered in one thread of their own, so that the loop goes on and a predictor that is
not made for threads is asked by one alone.

`Batches` gathers the rows of requests that come together and asks once for all: worth it for a model whose batch of
32 costs little more than a row, as on a GPU.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from mlgitops.runtime.predict.answers import Answer
from mlgitops.runtime.predict.model import Model

INLINE_ROWS = 64
INLINE_BYTES = 32_768
"""Of a body; a larger one is read, checked and written in the predictor's thread too."""
Value = TypeVar("Value")


class Asking:
    """Asks a model; `rows` are what `Checker.rows` gives, as a matrix where the model takes one."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.inline_rows = INLINE_ROWS if model.scorer is not None else 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mlgitops-predict")

    async def ask(self, rows: Any) -> list[Answer]:
        """Answers of some rows. Raises what the predictor raises."""
        if len(rows) <= self.inline_rows:
            return self.model.answers_of_rows(rows)
        return await self.in_thread(lambda: self.model.answers_of_rows(rows))

    async def in_thread(self, work: Callable[[], Value]) -> Value:
        """Do something in the predictor's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class _Waiting(NamedTuple):
    rows: Any
    answers: asyncio.Future[list[Answer]]


class Batches(Asking):
    """Asks for several requests at once: up to `most` rows, gathered for at most `wait` seconds.

    A request is never split: one with more rows than `most` is a batch of its own.
    """

    def __init__(self, model: Model, most: int, wait: float) -> None:
        super().__init__(model)
        self.most, self.wait, self.inline_rows = most, wait, 0
        self._waiting: list[_Waiting] = []
        self._rows = 0
        self._timer: asyncio.TimerHandle | None = None
        self._batches: set[asyncio.Task[None]] = set()

    async def ask(self, rows: Any) -> list[Answer]:
        if self._waiting and self._rows + len(rows) > self.most:
            self._send()
        loop = asyncio.get_running_loop()
        answers: asyncio.Future[list[Answer]] = loop.create_future()
        self._waiting.append(_Waiting(rows, answers))
        self._rows += len(rows)
        if self._rows >= self.most:
            self._send()
        elif self._timer is None:
            self._timer = loop.call_later(self.wait, self._send)
        return await answers

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting, self._rows, self._timer = self._waiting, [], 0, None
        task = asyncio.get_running_loop().create_task(self._answer(waiting))
        self._batches.add(task)
        task.add_done_callback(self._batches.discard)

    async def _answer(self, waiting: list[_Waiting]) -> None:
        """Ask for all; where that fails, for each alone, so that one request's rows fail no other."""
        try:
            found = await self.in_thread(lambda: self.model.answers_of_rows(_joined([one.rows for one in waiting])))
        except Exception:
            for one in waiting:
                await self._answer_alone(one)
            return
        start = 0
        for one in waiting:
            if not one.answers.done():
                one.answers.set_result(found[start : start + len(one.rows)])
            start += len(one.rows)

    async def _answer_alone(self, one: _Waiting) -> None:
        try:
            found = await self.in_thread(lambda: self.model.answers_of_rows(one.rows))
        except Exception as error:
            if not one.answers.done():
                one.answers.set_exception(error)
            return
        if not one.answers.done():
            one.answers.set_result(found)


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    import numpy as np

    return np.concatenate(parts)
