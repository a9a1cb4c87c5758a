"""Checkpoints come as often as asked for, and the clock is asked seldom."""

from __future__ import annotations

from mlgitops.runtime.train.pace import Answer, Pace


def run_rounds(rounds: int, each: float, every: float) -> tuple[list[int], int]:
    """After which rounds checkpoints were due, and how often workers had to agree."""
    now, asked, due = 0.0, 0, []

    def agree(answer: Answer) -> Answer:
        nonlocal asked
        asked += 1
        return answer

    pace = Pace(every, 0, agree, lambda: now)
    for done in range(1, rounds + 1):
        now += each
        if pace.due(done):
            due.append(done)
            pace.kept()
    return due, asked


def test_a_short_training_asks_once() -> None:
    assert run_rounds(1000, each=0.001, every=60.0) == ([], 1)


def test_a_long_one_keeps_its_interval() -> None:
    due, asked = run_rounds(10_000, each=0.01, every=10.0)
    assert len(due) == 9
    gaps = [later - earlier for earlier, later in zip([0, *due], due, strict=False)]
    assert all(1000 <= gap <= 1010 for gap in gaps), gaps
    assert asked < 12 * len(due)


def test_rounds_slower_than_the_interval_have_a_checkpoint_each() -> None:
    assert run_rounds(14, each=5.0, every=1.0)[0] == [10, 11, 12, 13, 14]


def test_all_workers_do_what_the_first_says() -> None:
    pace = Pace(1.0, 0, lambda _answer: Answer(due=True, again=40), lambda: 0.0)
    assert [done for done in range(1, 50) if pace.due(done)] == [10, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49]
