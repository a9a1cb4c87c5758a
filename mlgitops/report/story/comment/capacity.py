"""What a change takes: GPUs and money, steady and at the peak, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgitops.plan.capacity import CapacityChange
from mlgitops.report.contents import plural
from mlgitops.report.markdown import prose
from mlgitops.report.story.amounts import exceeds, money, money_step, once, step
from mlgitops.report.story.comment.parts import cell, section, words
from mlgitops.report.story.fit import Section


def capacity_section(told: Sequence[CapacityChange], heading: str) -> Section | None:
    """GPUs and cost of every environment where they change."""
    if not told:
        return None

    def rows() -> Iterator[str]:
        yield "| | | steady | peak | limit |\n|---|---|---|---|---|\n"
        for one in told:
            yield from _rows(one)
        for one in told:
            for run in one.runs:
                takes = once(run.gpu_hours, run.cost, one.currency)
                yield f"\n{prose(run.model)} trains in {prose(one.environment)}: up to {prose(takes)}\n"

    def brief() -> Iterator[str]:
        yield f"{plural(len(told), 'environment')} needs more or less than before.\n"

    return section(heading, 3, rows, brief)


def _rows(one: CapacityChange) -> Iterator[str]:
    for gpus in one.gpus:
        limit = "" if gpus.limit is None else f"**{gpus.limit}, exceeded**" if gpus.over else str(gpus.limit)
        steady, peak = step(gpus.steady_before, gpus.steady_after), step(gpus.peak_before, gpus.peak_after)
        yield f"| {cell(one.environment)} | {cell(gpus.accelerator)} | {steady} | {peak} | {limit} |\n"
    cost, peak = money_step(one.per_month, one.currency), money_step(one.peak_per_hour, one.currency)
    limit = "" if one.cost_limit is None else words(money(one.cost_limit, one.currency))
    limit = f"**{limit}, exceeded**" if exceeds(one) else limit
    environment = cell(one.environment)
    yield f"| {environment} | cost a month | {words(cost)} | | {limit} |\n"
    yield f"| {environment} | cost an hour | | {words(peak)} | |\n"
