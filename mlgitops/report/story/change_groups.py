"""Changes of objects, those that are the same in several places said once, the gravest first.

RayService (serve/rayservice.yaml) in 42 targets: the same 3 fields
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from mlgitops.plan.changes import ObjectChange, Plan
from mlgitops.plan.effect import EFFECT_CLASSES, Effect
from mlgitops.plan.fields import FieldChange
from mlgitops.report.contents import plural
from mlgitops.report.story.likeness import alike, neutral, own_names
from mlgitops.report.visible import redacted_shapes

Json = Any

SIGNS = {"added": "+", "removed": "-", "changed": "~", "replaced": "!"}

GRAVITY: dict[str, int] = {name: place for place, name in enumerate(EFFECT_CLASSES)}
"""Of a class of effect; the gravest has 0."""


class ChangeGroup(NamedTuple):
    """One change and all the targets that it happens in."""

    change: ObjectChange
    """The first of them."""
    targets: tuple[str, ...]
    fields: tuple[str, ...]
    """As people read them; where targets differ in their own names alone, those are put aside."""

    @property
    def title(self) -> str:
        """`RayJob churn-1f2e → churn-9a8b`, or in how many targets."""
        one = self.change
        if len(self.targets) > 1:
            return f"{one.object_kind} ({one.file}) in {len(self.targets)} targets"
        if one.kind == "replaced" and one.before_name != one.name:
            return f"{one.object_kind} {one.before_name} → {one.name}"
        return f"{one.object_kind} {one.name}"


def change_groups(plan: Plan, effects: Iterable[Effect] = ()) -> list[ChangeGroup]:
    """Changes by the gravest effect of their targets, then of themselves; the same changes come together."""
    gravity = {effect.file: GRAVITY[effect.effect] for effect in sorted(effects, key=_gravity_of, reverse=True)}
    members = [(target.target, change) for target in plan.targets for change in target.objects]
    found = [_group(same) for same in alike(members, _exactly, _but_for_names)]
    worst: dict[tuple[str, ...], int] = {}
    own = {id(group): _gravity(group, gravity) for group in found}
    for group in found:
        worst[group.targets] = min(worst.get(group.targets, len(GRAVITY)), own[id(group)])
    first = {targets: place for place, targets in reversed(list(enumerate(group.targets for group in found)))}
    return sorted(found, key=lambda group: (worst[group.targets], first[group.targets], own[id(group)]))


def _gravity_of(effect: Effect) -> int:
    return GRAVITY[effect.effect]


def _gravity(group: ChangeGroup, of_files: dict[str, int]) -> int:
    return min(of_files.get(f"{target}/{group.change.file}", len(GRAVITY)) for target in group.targets)


Member = tuple[str, ObjectChange]


def _exactly(member: Member) -> Hashable:
    _, change = member
    return (change.kind, change.object_kind, change.file, tuple(map(_whole, change.fields)))


def _but_for_names(member: Member) -> Hashable:
    """What all targets with the same change have in common."""
    target, change = member
    own = own_names(target, change.name, change.before_name)
    fields = tuple(neutral(_whole(field), own) for field in change.fields)
    return (change.kind, change.object_kind, neutral(change.file, own), fields)


def _whole(field: FieldChange) -> str:
    """A field with its values uncut: what differs only where nobody would see it still differs."""
    return f"{field.path}\0{field.before!r}\0{field.after!r}"


def _group(members: list[Member]) -> ChangeGroup:
    first, change = members[0]
    shown = tuple(field_text(field) for field in change.fields)
    if len(members) > 1:
        own = own_names(first, change.name, change.before_name)
        same = all(tuple(map(_whole, other.fields)) == tuple(map(_whole, change.fields)) for _, other in members)
        shown = shown if same else tuple(neutral(text, own) for text in shown)
    return ChangeGroup(change, tuple(target for target, _ in members), shown)


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
