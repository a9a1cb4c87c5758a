"""Two runs at once, fifty times: one of them writes, the other is told, and what is written is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.faults import Faults
from tests.pipeline.miniature import miniature, model, rendered, write

TIMES = 50
TOLD = "mlgitops: another mlgitops run is writing here\n  hint: wait for it to end, then run again\n"


@pytest.fixture
def pair() -> Iterator[tuple[Faults, Faults]]:
    with Faults() as one, Faults() as other:
        yield one, other


def test_two_runs_at_once(memory: Path, pair: tuple[Faults, Faults]) -> None:
    one, other = pair
    before = memory / "two-runs/before"
    before.mkdir(parents=True)
    miniature(before)
    assert one.run(before, ["render"]).status == 0
    write(before, {"specs/alpha/model.yaml": model("alpha").replace("deadline: 2h", "deadline: 3h")})
    shutil.rmtree(before / ".cache")
    expected: dict[str, bytes] = {}
    told = 0
    for number in range(TIMES):
        place = before.with_name(f"now-{number}")
        shutil.copytree(before, place, copy_function=os.link)
        one.start(place, ["render"])
        second = other.run(place, ["render"])
        first = one.answer()
        said = f"{first}\n{second}"
        assert {first.status, second.status} <= {0, 3}, said
        assert 0 in (first.status, second.status), said
        for ran in (first, second):
            assert ran.status == 0 or ran.output == TOLD, said
        told += 3 in (first.status, second.status)
        expected = expected or rendered(place)
        assert rendered(place) == expected, said
        assert not (place / ".cache/mlgitops/staging").exists()
        shutil.rmtree(place)
    assert told > TIMES // 5, "the runs hardly met"
