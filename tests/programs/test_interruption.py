"""An interruption is raised at once, or at the end of the block that holds it; never twice, never lost."""

from __future__ import annotations

import threading

import pytest

from mlgitops.programs.interruption import held, interrupt


def test_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_at_the_end_of_the_block() -> None:
    done = []

    def block() -> None:
        with held():
            interrupt()
            interrupt()
            done.append("all of it")
        done.append("and no more")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["all of it"]
    with held():
        done.append("not again")
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_a_block_within_a_block_ends_with_the_outer_one() -> None:
    done = []

    def block() -> None:
        with held():
            with held():
                interrupt()
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["the rest"]


@pytest.mark.parametrize(("interrupted", "kind"), [(False, OSError), (True, KeyboardInterrupt)])
def test_a_block_that_fails(interrupted: bool, kind: type[BaseException]) -> None:
    def block() -> None:
        with held():
            if interrupted:
                interrupt()
            raise OSError("no such program")

    with pytest.raises(kind):
        block()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_another_threads_block_holds_nothing() -> None:
    inside, leave = threading.Event(), threading.Event()

    def block() -> None:
        with held():
            inside.set()
            leave.wait(20)

    thread = threading.Thread(target=block)
    thread.start()
    assert inside.wait(20)
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    leave.set()
    thread.join()
