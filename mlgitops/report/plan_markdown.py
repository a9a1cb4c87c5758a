"""A plan as GitHub-flavoured Markdown that fits a comment: verdicts always, fields while there is room.

What does not fit is said more briefly: fields go first, then objects, then the names of those whose verdict changes.
That a verdict changes, by which rule and on how many, is never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlgitops.plan.changes import Plan
from mlgitops.report.contents import plural
from mlgitops.report.markdown import LIMIT, code, prose
from mlgitops.report.plan_groups import (
    SIGNS,
    ChangeGroup,
    VerdictGroup,
    field_text,
    groups,
    listed,
    summary,
    verdict_groups,
)

FIELDS = (12, 3, 0)
"""Fields of one object that are shown before the rest are counted, as room gets scarce."""


def plan_markdown(plan: Plan, limit: int = LIMIT) -> str:
    """The plan in at most `limit` characters, as detailed as that allows; no changed verdict is ever left out."""
    objects, verdicts = groups(plan), verdict_groups(plan)
    brief = [f"{plural(len(objects), 'object change')}: `mlgitops plan` shows them.\n"] if objects else []
    for say in (_each, _by_rule, _counts, _totals):
        room = limit - len(_text(plan, "", ""))
        told = _within(say(verdicts), room)
        if told is None:
            continue
        for fields in FIELDS if say is _each else ():
            shown = _within(_objects(objects, fields), room - len(told))
            if shown is not None and len(text := _text(plan, told, shown)) <= limit:
                return text
        text = _text(plan, told, "".join(brief))
        if len(text) <= limit:
            return text
    return _text(plan, "", "")[:limit]  # no room for a dozen counts: no comment is so short


def _within(lines: Iterable[str], limit: int) -> str | None:
    """The lines together; None, without going through all of them, where they are longer than `limit`."""
    found, length = [], 0
    for line in lines:
        length += len(line)
        if length > limit:
            return None
        found.append(line)
    return "".join(found)


def _text(plan: Plan, verdicts: str, objects: str) -> str:
    parts = [f"### mlgitops plan\n\n{prose(summary(plan))}; compared with {code(plan.base[:12])}\n"]
    if verdicts:
        parts.append(f"#### Verdicts\n\n{verdicts}")
    if plan.failed:
        names = listed((f"{one.target} ({one.side})" for one in plan.failed), 20)
        parts.append(f"#### Cannot be compared\n\nThey have errors: {code(names)}\n")
    if objects:
        parts.append(f"#### Objects\n\n{objects}")
    return "\n".join(parts)


def _each(found: Sequence[VerdictGroup]) -> Iterator[str]:
    """Every changed verdict, with what the rule says."""
    return (
        f"- {code(change.subject)} **{change.before} → {change.after}** {code(change.rule)}: {prose(change.message)}\n"
        for group in found
        for change in group.changes
    )


def _by_rule(found: Sequence[VerdictGroup]) -> Iterator[str]:
    """Every changed verdict by rule, with the subjects alone."""
    return (f"{_head(group)}: {code(', '.join(group.subjects))}\n" for group in found)


def _counts(found: Sequence[VerdictGroup]) -> Iterator[str]:
    """How many verdicts of each rule change, with some of the subjects."""
    return (f"{_head(group)}: {code(listed(group.subjects))}\n" for group in found)


def _totals(found: Sequence[VerdictGroup]) -> Iterator[str]:
    """How many verdicts change in what way."""
    ways: dict[tuple[str, str], int] = {}
    for group in found:
        way = (group.before, group.after)
        ways[way] = ways.get(way, 0) + len(group.changes)
    return (f"- **{before} → {after}** {number}\n" for (before, after), number in ways.items())


def _head(group: VerdictGroup) -> str:
    number = plural(len(group.changes), "subject")
    return f"- **{group.before} → {group.after}** {code(group.rule)} on {number}"


def _objects(every: Sequence[ChangeGroup], fields: int) -> Iterator[str]:
    return (line for group in every for line in _item(group, fields))


def _item(group: ChangeGroup, fields: int) -> Iterator[str]:
    change = group.change
    yield f"- `{SIGNS[change.kind]}` {code(group.title)} — {code(listed(group.targets))}\n"
    shown = change.fields[:fields]
    for field in shown:
        yield f"  - {code(field_text(field))}\n"
    if len(change.fields) > len(shown):
        yield f"  - {plural(len(change.fields) - len(shown), 'field')}{' more' if shown else ''}\n"
