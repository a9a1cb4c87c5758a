"""Effects, those that are the same in several places said once, the gravest first.

new-cluster  42 RayServices: a second RayCluster starts beside the one that serves, since the worker's image differs
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, Literal, NamedTuple

from mlgitops.plan.effect import Effect, EffectClass
from mlgitops.plan.risk import Risk
from mlgitops.report.story.change_groups import GRAVITY
from mlgitops.report.story.likeness import alike, neutral, own_names
from mlgitops.source import Location

Tone = Literal["error", "warning", "note", "plain"]

TONES: Final[dict[EffectClass, Tone]] = {
    "refused": "error",
    "removed": "error",
    "run-stopped": "error",
    "new-cluster": "warning",
    "run-started": "note",
    "routes": "warning",
    "in-place": "note",
    "scaled": "note",
    "configured": "plain",
    "ignored": "warning",
    "nothing": "plain",
}
"""How loudly a class is told."""

KINDS = ("RayService", "RayJob", "HTTPRoute", "Service", "CronJob", "Job")
"""Kinds that people look for first, where the same happens to several."""

LEVELS = {"high": 0, "medium": 1, "low": 2}


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es" if kind.endswith("s") else f"{kind}s"


class EffectGroup(NamedTuple):
    """One effect, and everything that it happens to."""

    effects: tuple[Effect, ...]
    reason: str
    """With the names of what it happens to put aside, where they differ."""
    instead: str
    fields: tuple[str, ...]
    """That decide it, in any of them."""

    @property
    def effect(self) -> EffectClass:
        """The class."""
        return self.effects[0].effect

    @property
    def title(self) -> str:
        """`RayService digits-v2`, or how many of the kind."""
        one = self.effects[0]
        if len(self.effects) == 1:
            return f"{one.object_kind} {one.name}"
        return f"{len(self.effects)} {_plural(one.object_kind)}"

    @property
    def targets(self) -> tuple[str, ...]:
        """Where, without repetition."""
        return tuple(dict.fromkeys(effect.target for effect in self.effects))

    @property
    def locations(self) -> tuple[Location, ...]:
        """The lines to blame, without repetition."""
        return tuple(dict.fromkeys(effect.location for effect in self.effects if effect.location is not None))


def effect_groups(effects: Sequence[Effect], risks: Sequence[Risk] = ()) -> list[EffectGroup]:
    """By gravity, then by the highest risk of those it happens to; otherwise in the order given."""
    levels = {(risk.environment, risk.model): LEVELS[risk.level] for risk in risks}
    groups = [_group(same) for same in alike(effects, _exactly, _but_for_names)]
    return sorted(groups, key=lambda group: (GRAVITY[group.effect], _risk(group, levels), _kind(group)))


def _exactly(effect: Effect) -> Hashable:
    return (effect.effect, effect.object_kind, effect.reason, effect.instead)


def _but_for_names(effect: Effect) -> Hashable:
    own = own_names(effect.target, effect.name)
    return (effect.effect, effect.object_kind, neutral(effect.reason, own), neutral(effect.instead, own))


def _kind(group: EffectGroup) -> int:
    kind = group.effects[0].object_kind
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _risk(group: EffectGroup, levels: dict[tuple[str, str], int]) -> int:
    of_targets = (tuple(target.split("/")[:2]) for target in group.targets)
    return min(levels.get((names[0], names[-1]), len(LEVELS)) for names in of_targets)


def _group(members: list[Effect]) -> EffectGroup:
    first = members[0]
    own = own_names(first.target, first.name)
    fields = tuple(dict.fromkeys(field for one in members for field in one.fields))
    if all((one.reason, one.instead) == (first.reason, first.instead) for one in members):
        return EffectGroup(tuple(members), first.reason, first.instead, fields)
    return EffectGroup(tuple(members), neutral(first.reason, own), neutral(first.instead, own), fields)
