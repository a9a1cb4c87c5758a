"""Parts that come or leave whole, told once: Argo CD makes an Application for each, and removes it with all it has.

What stands out is told by itself: the run that stops or starts, the service, the route.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlgitops.plan.effect import Effect, EffectClass
from mlgitops.plan.effects.change import Around, application_of

APPLICATION = "Application"
BY_THEMSELVES = ("RayJob", "RayService", "HTTPRoute")


def together(target: str, effects: Sequence[Effect], around: Around) -> list[Effect]:
    """The effects in one target, those of what leaves or comes with its part as one for each part."""
    found = list(effects)
    for part in sorted(around.leaving | around.arriving):
        place = f"{target}/{part}"
        gone = part in around.leaving
        kind: EffectClass = "removed" if gone else "configured"
        mine = [one for one in found if one.target == place and one.effect == kind]
        quiet = [one for one in mine if gone or one.object_kind not in BY_THEMSELVES]
        if not quiet:
            continue
        found = [one for one in found if one not in quiet]
        name = application_of(target, part)
        say = _leaves if gone else _comes
        found.append(Effect(kind, place, place, APPLICATION, name, say(name, quiet, around)))
    return found


def _leaves(name: str, effects: Sequence[Effect], around: Around) -> str:
    what, kinds = _listed(effects), {one.object_kind for one in effects}
    nobody = ", and nobody answers" if "RayService" in kinds else ""
    if around.protected:
        return (
            f"the Application {name} keeps {what} until a person deletes it: nothing that is protected goes by a commit"
            f"{'; then nobody answers' if nobody else ''}"
        )
    return f"the Application {name} goes with {what}{nobody}"


def _comes(name: str, effects: Sequence[Effect], _: Around) -> str:
    return f"the Application {name} comes with {_listed(effects)}"


def _listed(effects: Iterable[Effect]) -> str:
    """Objects by kind, those that matter most first: `RayService churn-v1, 2 ConfigMaps and 7 more`."""
    kinds: dict[str, list[str]] = {}
    for one in effects:
        kinds.setdefault(one.object_kind, []).append(one.name)
    order = sorted(
        kinds,
        key=lambda kind: (kind not in BY_THEMSELVES, BY_THEMSELVES.index(kind) if kind in BY_THEMSELVES else 0, kind),
    )
    first = [kind for kind in order if kind in BY_THEMSELVES]
    said = [f"{kind} {', '.join(kinds[kind])}" for kind in first]
    rest = sum(len(names) for kind, names in kinds.items() if kind not in first)
    if rest:
        said.append(f"{rest} {'more ' if said else ''}object{'' if rest == 1 else 's'}")
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
