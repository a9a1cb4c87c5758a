"""Bars of GPUs and cost before and after a change: numbers from 0 to 100 that a page draws as SVG.

Steady is drawn solid, what the peak adds is drawn lighter behind it, and a limit is a mark across.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mlgitops.plan.capacity import CapacityChange, Gpus
from mlgitops.report.story.amounts import changed, money, number

WIDTH = 100.0
"""The width of a bar that is as long as the longest."""


class Bar(NamedTuple):
    """One side of a comparison."""

    label: str
    """`before`, `after`."""
    solid: float
    light: float
    """Where the lighter part ends; as `solid` where there is none."""
    value: str
    """`4, up to 12`."""
    over: bool


class Bars(NamedTuple):
    """Both sides of one number, on one scale, with what is allowed."""

    title: str
    """`A100 in prod`."""
    before: Bar
    after: Bar
    limit: float | None
    """Where the mark stands; None where nothing is said."""
    limit_text: str

    @property
    def spoken(self) -> str:
        """The bars in words, for who does not see them."""
        parts = [f"{self.title}: before {self.before.value}", f"after {self.after.value}"]
        return ", ".join([*parts, *([f"limit {self.limit_text}"] if self.limit_text else [])])


def gpu_bars(capacity: Sequence[CapacityChange]) -> list[Bars]:
    """Of every accelerator type in every environment that a change touches; all on one scale."""
    told = [(one, gpus) for one in capacity if changed(one) for gpus in one.gpus]
    longest = max((max(_numbers(gpus)) for _, gpus in told), default=0)
    return [_gpus(one.environment, gpus, longest or 1) for one, gpus in told]


def _numbers(gpus: Gpus) -> tuple[int, ...]:
    return gpus.steady_before, gpus.steady_after, gpus.peak_before, gpus.peak_after, gpus.limit or 0


def _gpus(environment: str, gpus: Gpus, longest: int) -> Bars:
    def bar(label: str, steady: int, peak: int) -> Bar:
        value = str(steady) if peak == steady else f"{steady}, up to {peak}"
        over = gpus.limit is not None and peak > gpus.limit
        return Bar(label, _length(steady, longest), _length(max(steady, peak), longest), value, over)

    return Bars(
        f"{gpus.accelerator} in {environment}",
        bar("before", gpus.steady_before, gpus.peak_before),
        bar("after", gpus.steady_after, gpus.peak_after),
        None if gpus.limit is None else _length(gpus.limit, longest),
        "" if gpus.limit is None else str(gpus.limit),
    )


def cost_bars(capacity: Sequence[CapacityChange]) -> list[Bars]:
    """What serving costs in a month, in every environment that a change touches; one scale for each currency."""
    found = []
    for one in capacity:
        if not changed(one):
            continue
        alike = [other for other in capacity if changed(other) and other.currency == one.currency]
        longest = max(max(*other.per_month, other.cost_limit or 0.0) for other in alike) or 1.0
        limit = one.cost_limit

        def bar(label: str, amount: float, longest: float = longest, one: CapacityChange = one) -> Bar:
            length, over = _length(amount, longest), one.cost_limit is not None and amount > one.cost_limit
            return Bar(label, length, length, money(amount, one.currency), over)

        found.append(
            Bars(
                f"{one.environment}, a month",
                bar("before", one.per_month.before),
                bar("after", one.per_month.after),
                None if limit is None else _length(limit, longest),
                "" if limit is None else f"{number(limit)} {one.currency}",
            )
        )
    return found


def _length(amount: float, longest: float) -> float:
    return round(min(WIDTH, WIDTH * amount / longest), 2)
