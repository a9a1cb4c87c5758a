"""An engine asked through `AskedOnce`: the same fleet is decided once, and nothing else is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from mlgitops.policy.asked_once import AskedOnce
from mlgitops.policy.engine import Batch, Document, Engine, Scope


class Counting:
    """An engine that answers with the number of its answer."""

    name, version = "counting", "1"

    def __init__(self) -> None:
        self.answers = 0

    def ready(self) -> None:
        """Always."""

    def evaluate(self, scope: Scope, documents: Sequence[Document]) -> Batch:
        self.answers += 1
        return Batch("digest", (scope,), [self.answers] * len(documents))

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is open."""


def fleet(*models: str) -> list[Document]:
    return [{"environment": {"name": "dev"}, "models": [{"model": name} for name in models]}]


def test_the_same_fleet_is_decided_once() -> None:
    engine = AskedOnce(Counting())
    assert engine.evaluate("fleet", fleet("a", "b")).decisions == [1]
    assert engine.evaluate("fleet", fleet("a", "b")).decisions == [1]
    assert engine.evaluate("fleet", fleet("a", "c")).decisions == [2]
    assert engine.evaluate("fleet", fleet("a", "b")).decisions == [3], "the last one alone is kept"
    assert engine.evaluate("fleet", [*fleet("a", "b"), *fleet("a")]).decisions == [4, 4]


def test_what_was_asked_may_be_changed_afterwards() -> None:
    engine, asked = AskedOnce(Counting()), fleet("a")
    assert engine.evaluate("fleet", asked).decisions == [1]
    asked.append(fleet("b")[0])
    assert engine.evaluate("fleet", asked).decisions == [2, 2]


def test_who_enters_it_has_it() -> None:
    with AskedOnce(Counting()) as engine:
        assert [engine.evaluate("fleet", fleet("a")).decisions for _ in range(2)] == [[1], [1]]


def test_other_scopes_are_asked_each_time() -> None:
    engine = AskedOnce(Counting())
    for scope in ("model", "objects"):
        first, second = (engine.evaluate(scope, [{"a": 1}]) for _ in range(2))  # type: ignore[arg-type]
        assert first != second
    assert (engine.name, engine.version) == ("counting", "1")
