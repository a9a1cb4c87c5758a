"""A plan's changes, those that are the same in several places said once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from mlgitops.plan.changes import ObjectChange, Plan, TargetChange, Verdict, VerdictChange
from mlgitops.plan.fields import FieldChange
from mlgitops.report.contents import plural
from mlgitops.report.visible import redacted_shapes

Json = Any

SIGNS = {"added": "+", "removed": "-", "changed": "~", "replaced": "!"}


class ChangeGroup(NamedTuple):
    """One change and all the targets that it happens in."""

    change: ObjectChange
    targets: tuple[str, ...]

    @property
    def title(self) -> str:
        """`RayJob churn-1f2e → churn-9a8b`, or how many objects of the kind."""
        one = self.change
        if len(self.targets) > 1:
            return f"{one.object_kind} ({one.file}) in {len(self.targets)} targets"
        if one.kind == "replaced" and one.before_name != one.name:
            return f"{one.object_kind} {one.before_name} → {one.name}"
        return f"{one.object_kind} {one.name}"


def groups(plan: Plan) -> list[ChangeGroup]:
    """Changes in the order of their targets; identical fields of files of one name come together."""
    together: dict[tuple[object, ...], list[tuple[str, ObjectChange]]] = {}
    for target in plan.targets:
        for change in target.objects:
            together.setdefault(_likeness(target, change), []).append((target.target, change))
    return [ChangeGroup(found[0][1], tuple(target for target, _ in found)) for found in together.values()]


def _likeness(target: TargetChange, change: ObjectChange) -> tuple[object, ...]:
    if change.kind != "changed":
        return (target.target, change.file)
    return (change.kind, change.object_kind, change.file, tuple(str(field) for field in change.fields))


class VerdictGroup(NamedTuple):
    """One rule whose verdict changes in the same way on several subjects."""

    rule: str
    before: Verdict
    after: Verdict
    changes: tuple[VerdictChange, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whom it is about."""
        return tuple(change.subject for change in self.changes)


def verdict_groups(plan: Plan) -> list[VerdictGroup]:
    """Changed verdicts by rule, those that deny first."""
    together: dict[tuple[str, Verdict, Verdict], list[VerdictChange]] = {}
    for change in plan.verdicts:
        together.setdefault((change.rule, change.before, change.after), []).append(change)
    found = [VerdictGroup(*key, tuple(changes)) for key, changes in together.items()]
    return sorted(found, key=lambda group: (group.after != "denied", group.rule, group.before, group.after))


def summary(plan: Plan) -> str:
    """The line that closes a plan."""
    objects = [change for target in plan.targets for change in target.objects]
    counts = {kind: sum(change.kind == kind for change in objects) for kind in SIGNS}
    said = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "no object changes"
    change = "changes" if len(plan.targets) == 1 else "change"
    parts = [f"{len(plan.targets)} of {plural(len(plan.targets) + plan.unchanged, 'target')} compared {change}: {said}"]
    if plan.verdicts:
        parts.append(f"{plural(len(plan.verdicts), 'verdict')} {'changes' if len(plan.verdicts) == 1 else 'change'}")
    if plan.failed:
        parts.append(f"{len(plan.failed)} cannot be compared")
    if plan.untouched:
        parts.append(f"{plural(plan.untouched, 'model')} untouched")
    return "; ".join(parts)


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Names on one line, the rest counted."""
    every = list(names)
    return ", ".join(every[:limit]) + (f" and {len(every) - limit} more" if len(every) > limit else "")


def field_text(field: FieldChange) -> str:
    """A field's change on one line; secrets go before it is cut, or half of one would be left."""
    return redacted_shapes(str(field._replace(before=redacted(field.before), after=redacted(field.after))))


def redacted(value: Json) -> Json:
    """The value with what looks like a secret taken out of its texts."""
    if isinstance(value, str):
        return redacted_shapes(value)
    if isinstance(value, dict):
        return {redacted_shapes(key): redacted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
