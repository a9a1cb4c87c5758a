"""Turns along a line: whatever the answers are, the two points are next to each other and differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgitops.plan.bisect import Turn, first_bad, latest_change

ANSWERS = st.lists(st.sampled_from([True, False, None]), max_size=40)


def told(answers: list[bool | None]) -> list[int]:
    return [index for index, answer in enumerate(answers) if answer is not None]


@given(ANSWERS)
def test_the_latest_change_is_the_first_that_differs_from_the_newest(answers: list[bool | None]) -> None:
    turn = latest_change(range(len(answers)), answers.__getitem__)
    known = told(answers)
    if turn is None:
        assert known == []
        return
    newest = answers[known[0]]
    other = next((index for index in known if answers[index] != newest), None)
    before = [index for index in known if other is None or index < other]
    assert (turn.bad, turn.now, turn.good) == (before[-1], newest, other)


@given(ANSWERS)
def test_halving_finds_a_bad_point_whose_elder_is_good(answers: list[bool | None]) -> None:
    asked: list[int] = []

    def ask(index: int) -> bool | None:
        asked.append(index)
        return answers[index]

    turn = first_bad(range(len(answers)), ask)
    known = told(answers)
    assert len(asked) == len(set(asked))
    if turn is None:
        assert known == []
    elif not answers[known[0]]:
        assert turn == Turn(None, False, known[0], False, len(asked))
    elif answers[known[-1]]:
        assert (turn.bad, turn.good) == (known[-1], None)
    else:
        assert answers[turn.bad] is True
        assert answers[turn.good] is False
        assert known.index(turn.good) == known.index(turn.bad) + 1


def test_halving_asks_few() -> None:
    turn = first_bad(range(1000), lambda index: index < 617)
    assert turn == Turn(616, True, 617, False, turn.asked if turn else 0)
    assert turn is not None
    assert turn.asked <= 13
