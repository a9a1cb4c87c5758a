"""Who gets room: nobody is left out, the more important is told in more words."""

from __future__ import annotations

from functools import partial

import pytest

from mlgitops.report.story.bars import cost_bars, gpu_bars
from mlgitops.report.story.fit import Section, fitted
from tests.report.stories import CAPACITY


def section(importance: int, *lengths: int, letter: str = "x") -> Section:
    return Section(tuple(partial(lambda length: [letter * length], length) for length in lengths), importance)


@pytest.mark.parametrize(
    ("limit", "lengths"),
    [
        (1_000, [500, 400]),
        (700, [500, 40]),
        (560, [500, 40]),
        (300, [50, 40]),
        (92, [50, 40]),
        (60, [50, 4]),
        (9, [5, 4]),
    ],
)
def test_room_goes_by_importance(limit: int, lengths: list[int]) -> None:
    texts = fitted([section(0, 500, 50, 5), section(1, 400, 40, 4)], limit)
    assert [len(text) for text in texts] == lengths
    assert sum(lengths) <= limit


def test_sections_keep_their_order() -> None:
    texts = fitted([section(1, 3, letter="b"), section(0, 2, letter="a")], 10)
    assert texts == ["bbb", "aa"]


def test_a_line_too_long_stops_the_reading() -> None:
    def endless() -> object:
        while True:
            yield "x" * 10

    texts = fitted([Section((endless, lambda: ["brief"]), 0)], 100)  # type: ignore[arg-type]
    assert texts == ["brief"]


def test_bars_share_a_scale_and_mark_the_limit() -> None:
    bars = {one.title: one for one in gpu_bars(CAPACITY)}
    a100 = bars["A100 in prod"]
    assert (a100.after.solid, a100.after.light, a100.after.over, a100.limit) == (33.33, 100.0, True, 66.67)
    assert bars["T4 in dev"].limit is None
    assert a100.spoken == "A100 in prod: before 4, after 4, up to 12, limit 8"
    prod = {one.title: one for one in cost_bars(CAPACITY)}["prod, a month"]
    assert (prod.before.solid, prod.after.solid, prod.limit) == (87.6, 100.0, 95.0)
    assert prod.after.over
