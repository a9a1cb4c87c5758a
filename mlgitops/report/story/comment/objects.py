"""Which objects and fields differ, to be opened, and which could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mlgitops.plan.changes import NotCompared
from mlgitops.report.contents import plural
from mlgitops.report.markdown import code
from mlgitops.report.story.change_groups import SIGNS, ChangeGroup, listed
from mlgitops.report.story.comment.parts import ALL, FEW, MANY, folded, section
from mlgitops.report.story.fit import Section

FIELDS = (12, 3, 0)
"""Fields of one object that are shown before the rest are counted, as room gets scarce."""


def objects_section(groups: Sequence[ChangeGroup]) -> Section | None:
    """Each change of an object once, with the targets that it happens in."""
    if not groups:
        return None
    objects = sum(len(group.targets) for group in groups)
    heading = f"Objects: {plural(len(groups), 'different change')} of {plural(objects, 'object')}"

    def in_full(fields: int) -> Iterator[str]:
        return folded(heading, (line for group in groups for line in _object(group, fields)))

    def brief() -> Iterator[str]:
        yield f"\n{heading}; `mlgitops plan` shows them.\n"

    return Section((*(partial(in_full, fields) for fields in FIELDS), brief), 8)


def _object(group: ChangeGroup, most: int) -> Iterator[str]:
    count = len(group.fields)
    same = f", the same {plural(count, 'field')} in each" if len(group.targets) > 1 and count else ""
    yield f"- `{SIGNS[group.change.kind]}` {code(group.title)}{same}: {code(listed(group.targets, MANY))}\n"
    shown = group.fields[:most]
    for field in shown:
        yield f"  - {code(field)}\n"
    if count > len(shown):
        yield f"  - {plural(count - len(shown), 'more field' if shown else 'field')}\n"


def not_compared_section(failed: Sequence[NotCompared]) -> Section | None:
    """The targets that have errors."""
    if not failed:
        return None
    names = [f"{one.target} ({one.side})" for one in failed]

    def some(most: int) -> Iterator[str]:
        yield f"They have errors: {code(listed(names, most))}\n"

    def count() -> Iterator[str]:
        yield f"{plural(len(names), 'target')} with errors.\n"

    return section("Cannot be compared", 6, partial(some, ALL), partial(some, FEW), count)
