"""GPUs and money in words.

>>> money(1240.4, "EUR"), money(3.6, "EUR")
('1,240 EUR', '3.60 EUR')
>>> once(4, 1.96, "EUR"), once(0, 0.03, "EUR")
('4 GPU-hours, 1.96 EUR', '0.03 EUR')
>>> step(4, 12), step(4, 4)
('4 → 12', '4')
"""

from __future__ import annotations

from mlgitops.plan.capacity import CapacityChange, Cost
from mlgitops.plan.story import Story
from mlgitops.report.contents import plural

WHOLE = 100
"""From here on nobody looks at cents."""


def number(amount: float) -> str:
    """An amount with as many digits as people compare."""
    return f"{amount:,.0f}" if abs(amount) >= WHOLE or amount == int(amount) else f"{amount:,.2f}"


def money(amount: float, currency: str) -> str:
    """An amount of a currency."""
    return f"{number(amount)} {currency}"


def once(gpu_hours: float, cost: float, currency: str, joined: str = ", ") -> str:
    """What training takes: GPU-hours, where it has GPUs, and money."""
    return joined.join([f"{number(gpu_hours)} GPU-hours"] * (gpu_hours > 0) + [money(cost, currency)])


def step(before: int, after: int) -> str:
    """A count before and after, said once where it stays."""
    return str(after) if before == after else f"{before} → {after}"


def money_step(cost: Cost, currency: str) -> str:
    """An amount before and after, said once where it stays."""
    before, after = number(cost.before), number(cost.after)
    return f"{after} {currency}" if before == after else f"{before} → {after} {currency}"


def capacity_heading(story: Story) -> str:
    """What stands over the numbers; of targets with errors there are none, which must not read as savings."""
    failed = len(story.plan.failed)
    return "GPUs and cost" + (f", without {plural(failed, 'target')} with errors" if failed else "")


def exceeds(capacity: CapacityChange) -> bool:
    """Whether the monthly cost is above what the environment allows."""
    return capacity.cost_limit is not None and capacity.per_month.after > capacity.cost_limit


def changed(capacity: CapacityChange) -> bool:
    """Whether anything is other than it was, or does not fit."""
    return bool(
        capacity.runs
        or capacity.per_month.before != capacity.per_month.after
        or capacity.peak_per_hour.before != capacity.peak_per_hour.after
        or any(
            one.over or (one.steady_before, one.peak_before) != (one.steady_after, one.peak_after)
            for one in capacity.gpus
        )
    )
