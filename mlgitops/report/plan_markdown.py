"""A plan as GitHub-flavoured Markdown that fits a comment: verdicts always, fields while there is room."""

from __future__ import annotations

from mlgitops.plan.changes import Plan
from mlgitops.report.markdown import LIMIT, code, prose
from mlgitops.report.plan_groups import SIGNS, ChangeGroup, groups, listed, summary
from mlgitops.report.visible import redacted_shapes

FIELDS = 12
"""Fields of one object that are shown before the rest are counted."""


def plan_markdown(plan: Plan, limit: int = LIMIT) -> str:
    """The plan in at most `limit` characters, as detailed as that allows; no changed verdict is ever left out."""
    every = groups(plan)
    for fields in (FIELDS, 3, 0):
        text = _text(plan, every, fields)
        if len(text) <= limit:
            return text
    text = _text(plan, [], 0) + f"\n{len(every)} object changes do not fit here: `mlgitops plan` shows them.\n"
    return text if len(text) <= limit else text[: limit - 2] + "…\n"


def _text(plan: Plan, every: list[ChangeGroup], fields: int) -> str:
    parts = [f"### mlgitops plan\n\n{prose(summary(plan))}; compared with {code(plan.base[:12])}\n"]
    if plan.verdicts:
        rows = "".join(
            f"| {code(v.subject)} | {code(v.rule)} | {v.before} → **{v.after}** | {prose(v.message)} |\n"
            for v in plan.verdicts
        )
        parts.append(f"#### Verdicts\n\n| subject | rule | verdict | why |\n|---|---|---|---|\n{rows}")
    if plan.failed:
        parts.append(f"#### Cannot be compared\n\n{prose(listed(plan.failed, 50))}\n")
    if every:
        items = "".join(_item(group, fields) for group in every)
        parts.append(f"#### Objects\n\n{items}")
    return "\n".join(parts)


def _item(group: ChangeGroup, fields: int) -> str:
    change = group.change
    lines = [f"- `{SIGNS[change.kind]}` {code(group.title)} — {code(listed(group.targets))}\n"]
    shown = change.fields[:fields]
    lines += [f"  - {code(redacted_shapes(str(field)))}\n" for field in shown]
    if len(change.fields) > len(shown):
        lines.append(f"  - {len(change.fields) - len(shown)} fields{' more' if shown else ''}\n")
    return "".join(lines)
