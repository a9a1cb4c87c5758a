"""What serves where: a model's release in each environment, and how it stands to the environment before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from mlgitops.deliver.release import Place, made_before
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel

Relation = Literal["first", "nothing", "same", "behind", "ahead", "differs"]
"""`first`: no environment is before it; `nothing`: neither has a release; `differs`: neither is known to be older."""


class Standing(NamedTuple):
    """One model in one environment."""

    model: str
    environment: str
    version: str | None
    """None where nothing is released."""
    since: str | None
    """When the release was asked for, where it says so."""
    supersedes: str | None
    promoted_from: str | None
    source: str | None
    """The environment that this one promotes from."""
    source_version: str | None
    """What serves there."""
    relation: Relation


def in_chain_order(environments: Mapping[str, DeclaredEnvironment]) -> list[str]:
    """Names of environments: each after the one that it promotes from, those of one distance by name."""

    def distance(name: str) -> int:
        seen: set[str] = set()
        while name in environments and name not in seen:
            seen.add(name)
            name = environments[name].spec.value.spec.promotesFrom or ""
        return len(seen)

    return sorted(environments, key=lambda name: (distance(name), name))


def standings(model: DeclaredModel, places: Iterable[Place]) -> list[Standing]:
    """A row for each place that serves and has the model, or has a release of it all the same, in the given order."""
    known = {place.name: place for place in places}
    rows = []
    for place in known.values():
        spec = place.environment.spec.value.spec
        if place.release is None and not (spec.serves and place.environment.selects(model.spec.value)):
            continue
        source = known.get(spec.promotesFrom or "")
        released = place.release.value.spec if place.release else None
        rows.append(
            Standing(
                model.spec.value.metadata.name,
                place.name,
                place.version,
                released.requestedAt if released else None,
                released.supersedes if released else None,
                released.promotedFrom if released else None,
                source.name if source else None,
                source.version if source else None,
                _relation(model, place, source),
            )
        )
    return rows


def _relation(model: DeclaredModel, place: Place, source: Place | None) -> Relation:
    if source is None:
        return "first"
    here, there = place.version, source.version
    if here == there:
        return "same" if here else "nothing"
    if here is None or (there is not None and made_before(model, here, there)):
        return "behind"
    if there is None or made_before(model, there, here):
        return "ahead"
    return "differs"
