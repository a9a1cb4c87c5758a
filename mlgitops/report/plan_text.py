"""A plan as people read it in a terminal.

dev/churn
  ! RayJob churn-1f2e3d4c → churn-9a8b7c6d
      metadata.name: "churn-1f2e3d4c" → "churn-9a8b7c6d"
1 of 9 targets changes: 1 replaced
"""

from __future__ import annotations

from mlgitops.plan.changes import Plan
from mlgitops.report.plan_groups import SIGNS, groups, listed, summary
from mlgitops.report.text import painter
from mlgitops.report.visible import redacted_shapes, visible

FIELDS = 12
"""Fields of one object that are shown before the rest are counted."""

_STYLES = {"added": "good", "removed": "error", "changed": "warning", "replaced": "error"}


def plan_text(plan: Plan, *, colour: bool = False) -> str:
    """The whole plan, verdicts first: they decide whether it may happen."""
    paint = painter(colour)
    lines = [f"compared with {plan.base[:12]}", ""]
    for verdict in plan.verdicts:
        style = "error" if verdict.after == "denied" else "good"
        change = paint(f"{verdict.before} → {verdict.after}", style)
        lines.append(f"{visible(verdict.subject)}: {verdict.rule}: {change}: {visible(verdict.message)}")
    if plan.verdicts:
        lines.append("")
    heading = None
    for group in groups(plan):
        place = listed(group.targets)
        if place != heading:
            lines.append(paint(visible(place), "place"))
            heading = place
        sign = paint(SIGNS[group.change.kind], _STYLES[group.change.kind])
        lines.append(f"  {sign} {visible(group.title)}")
        fields = group.change.fields
        lines += [f"      {visible(redacted_shapes(str(field)))}" for field in fields[:FIELDS]]
        if len(fields) > FIELDS:
            lines.append(f"      and {len(fields) - FIELDS} more fields")
    lines += [f"cannot be compared, it has errors: {visible(target)}" for target in plan.failed]
    return "\n".join([*lines, "", paint(summary(plan), "place")]) + "\n"
