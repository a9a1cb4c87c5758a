"""A plan as people read it in a terminal.

dev/churn
  ! RayJob churn-1f2e3d4c → churn-9a8b7c6d
      metadata.name: "churn-1f2e3d4c" → "churn-9a8b7c6d"
1 of 9 targets compared changes: 1 replaced
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlgitops.plan.changes import Plan
from mlgitops.report.plan_groups import SIGNS, ChangeGroup, field_text, groups, listed, summary
from mlgitops.report.text import painter
from mlgitops.report.visible import redacted_shapes, visible

FIELDS = 12
"""Fields of one object that are shown before the rest are counted."""

_STYLES = {"added": "good", "removed": "error", "changed": "warning", "replaced": "error"}

Paint = Callable[[str, str], str]


def plan_text(plan: Plan, *, colour: bool = False) -> str:
    """The whole plan, verdicts first: they decide whether it may happen."""
    paint = painter(colour)
    lines = [f"compared with {plan.base[:12]}", "", *_verdicts(plan, paint)]
    heading = None
    for group in groups(plan):
        place = listed(group.targets)
        if place != heading:
            lines.append(paint(_shown(place), "place"))
            heading = place
        lines += _change(group, paint)
    for one in plan.failed:
        where = "in both" if one.side == "both" else f"in the {one.side}"
        lines.append(f"{_shown(one.target)} cannot be compared: it has errors {where}")
    return "\n".join([*lines, "", paint(summary(plan), "place")]) + "\n"


def _verdicts(plan: Plan, paint: Paint) -> Iterator[str]:
    for verdict in plan.verdicts:
        style = "error" if verdict.after == "denied" else "good"
        change = paint(f"{verdict.before} → {verdict.after}", style)
        message = _shown(verdict.message)
        yield f"{_shown(verdict.subject)}: {_shown(verdict.rule)}: {change}: {message}"
    if plan.verdicts:
        yield ""


def _change(group: ChangeGroup, paint: Paint) -> Iterator[str]:
    change = group.change
    yield f"  {paint(SIGNS[change.kind], _STYLES[change.kind])} {_shown(group.title)}"
    for field in change.fields[:FIELDS]:
        yield f"      {_shown(field_text(field))}"
    if len(change.fields) > FIELDS:
        yield f"      and {len(change.fields) - FIELDS} more fields"


def _shown(text: str) -> str:
    """Text of a stranger, fit for a terminal and without what looks like a secret."""
    return visible(redacted_shapes(text))
