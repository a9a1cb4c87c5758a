"""Requests that come together are answered together, each with its own answers."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from mlgitops.runtime.serve.asking import INLINE_ROWS, Asking, Batches


class Counting:
    """A model whose answer to a row is the row, and which notes what it is asked and where."""

    scorer: Any = object()

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.threads: set[str] = set()

    def answers_of_rows(self, rows: Any) -> list[dict[str, object]]:
        self.sizes.append(len(rows))
        self.threads.add(threading.current_thread().name)
        if any(row[0] < 0 for row in rows):
            raise ValueError("a row below 0")
        return [{"value": float(row[0])} for row in rows]


def matrix(*values: float) -> Any:
    return np.array([[value] for value in values], np.float32)


def values(answers: list[dict[str, object]]) -> list[object]:
    return [answer["value"] for answer in answers]


def together(asking: Asking, *requests: Any) -> list[Any]:
    async def run() -> list[Any]:
        return list(await asyncio.gather(*(asking.ask(rows) for rows in requests), return_exceptions=True))

    return asyncio.run(run())


def test_requests_that_come_together_are_one_batch() -> None:
    model: Any = Counting()
    found = together(Batches(model, 8, 0.01), matrix(1), matrix(2, 3), matrix(4))
    assert [values(answers) for answers in found] == [[1], [2, 3], [4]]
    assert model.sizes == [4]


def test_a_batch_is_no_larger_than_asked_for_and_no_request_is_split() -> None:
    model: Any = Counting()
    found = together(Batches(model, 4, 0.01), matrix(1, 2, 3), matrix(4, 5), matrix(*range(10)), matrix(6))
    assert [values(answers) for answers in found] == [[1, 2, 3], [4, 5], list(range(10)), [6]]
    assert model.sizes == [3, 2, 10, 1]


def test_one_request_that_fails_fails_no_other() -> None:
    model: Any = Counting()
    first, second, third = together(Batches(model, 8, 0.01), matrix(1), matrix(-1), matrix(3))
    assert (values(first), values(third)) == ([1], [3])
    with pytest.raises(ValueError, match="a row below 0"):
        raise second


def test_a_caller_that_goes_away_takes_no_other_along() -> None:
    model: Any = Counting()
    batches = Batches(model, 8, 0.01)

    async def run() -> list[dict[str, object]]:
        leaving = asyncio.ensure_future(batches.ask(matrix(1)))
        staying = asyncio.ensure_future(batches.ask(matrix(2)))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert values(asyncio.run(run())) == [2]


def test_few_rows_are_answered_on_the_loop_and_many_in_a_thread() -> None:
    model: Any = Counting()
    together(Asking(model), matrix(1))
    assert model.threads == {"MainThread"}
    together(Asking(model), matrix(*range(INLINE_ROWS + 1)))
    assert model.threads == {"MainThread", "mlgitops-predict_0"}


def test_a_custom_predictor_is_asked_by_one_thread_alone() -> None:
    model: Any = Counting()
    model.scorer = None
    together(Asking(model), matrix(1), matrix(2), matrix(3))
    assert model.threads == {"mlgitops-predict_0"}
