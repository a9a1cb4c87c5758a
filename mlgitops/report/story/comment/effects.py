"""What a change does on clusters, each effect once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mlgitops.report.markdown import code, prose
from mlgitops.report.story.change_groups import listed
from mlgitops.report.story.comment.parts import FEW, MANY, section
from mlgitops.report.story.effect_groups import EffectGroup
from mlgitops.report.story.fit import Section


def effects_section(groups: Sequence[EffectGroup]) -> Section | None:
    """Every effect with its reason, its places, and what to do instead."""
    if not groups:
        return None

    def counts() -> Iterator[str]:
        numbers = Counter[str]()
        for group in groups:
            numbers[group.effect] += len(group.effects)
        yield "".join(f"- **{name}** {count}\n" for name, count in numbers.items())

    def at(targets: int, *, places: bool, reasons: bool) -> Iterator[str]:
        return (line for group in groups for line in _effect(group, targets, places=places, reasons=reasons))

    return section(
        "What it does",
        1,
        lambda: at(MANY, places=True, reasons=True),
        lambda: at(FEW, places=True, reasons=True),
        lambda: at(FEW, places=False, reasons=True),
        lambda: at(FEW, places=False, reasons=False),
        counts,
    )


def _effect(group: EffectGroup, targets: int, *, places: bool, reasons: bool) -> Iterator[str]:
    yield f"- **{group.effect}** {code(group.title)} in {code(listed(group.targets, targets))}"
    if reasons:
        yield f"  \n  {prose(group.reason)}"
        if group.instead:
            yield f"  \n  instead: {prose(group.instead)}"
    if places and group.locations:
        yield f"  \n  at {code(listed(map(str, group.locations), FEW))}"
    yield "\n"
