"""Why one model is as it is in one environment: release, evidence, exceptions, layers, and what would change it.

reasons_of(model, place, places, resolved)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.deliver.behaviour import behaviour_of, differences, present_behaviour
from mlgitops.deliver.release import Place
from mlgitops.deliver.standing import Standing, standings
from mlgitops.source import Location, Pointer, dotted
from mlgitops.spec.declared import DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.model import Metric
from mlgitops.spec.documents.version import MetricValue
from mlgitops.spec.resolve import SCALE, ResolvedModel

Json = Any


class Score(NamedTuple):
    """A metric of the version that serves, against the limits that a new one would have to keep."""

    measured: MetricValue
    limit: Metric | None
    """As the spec says now; None where it asks for none."""
    place: Location | None
    """Of the limit."""

    @property
    def keeps(self) -> bool:
        """Whether the version keeps today's smallest and largest value."""
        limit, value = self.limit, self.measured.value
        if limit is None:
            return True
        return (limit.min is None or value >= limit.min) and (limit.max is None or value <= limit.max)


class Leaf(NamedTuple):
    """One value, and the place that has the last word on it."""

    path: str
    """`serving.replicas.min`."""
    value: Json
    layer: str
    location: Location


class Reasons(NamedTuple):
    """The answer."""

    model: DeclaredModel
    place: Place
    standing: Standing | None
    """None where nothing can serve."""
    version: DeclaredVersion | None
    resolved: ResolvedModel
    scores: tuple[Score, ...]
    leaves: tuple[Leaf, ...]
    """In order of their paths."""
    would_change: tuple[str, ...]
    """Sentences, each one thing that a person can do."""


def reasons_of(model: DeclaredModel, places: Iterable[Place], resolved: ResolvedModel) -> Reasons:
    """Why a model is as it is where it was resolved; `places` are all environments in the order of promotion."""
    places = tuple(places)
    place = next(one for one in places if one.name == resolved.environment_name)
    standing = next((row for row in standings(model, places) if row.environment == place.name), None)
    version = model.versions.get(place.version) if place.version else None
    trainers = [
        one for one in places if one.environment.spec.value.spec.trains and one.environment.selects(model.spec.value)
    ]
    return Reasons(
        model,
        place,
        standing,
        version,
        resolved,
        tuple(_scores(model, version)),
        tuple(_leaves(resolved)),
        tuple(_would_change(model, place, standing, version, resolved, trainers)),
    )


def _scores(model: DeclaredModel, version: DeclaredVersion | None) -> Iterable[Score]:
    if version is None:
        return
    validation, document = model.spec.value.spec.validation, model.spec.document
    limits = {limit.name: index for index, limit in enumerate(validation.metrics)} if validation else {}
    for measured in version.record.value.spec.metrics:
        index = limits.get(measured.name)
        if index is None or validation is None:
            yield Score(measured, None, None)
        else:
            place = document.locate(("spec", "validation", "metrics", index))
            yield Score(measured, validation.metrics[index], place)


def _leaves(resolved: ResolvedModel) -> Iterable[Leaf]:
    for pointer, value in sorted(_flat(resolved.merged, ()), key=lambda found: dotted(found[0])):
        layer, location = resolved.origin(pointer)
        yield Leaf(dotted(pointer), value, layer, location)


def _flat(value: Json, pointer: Pointer) -> Iterable[tuple[Pointer, Json]]:
    """Every leaf; a list without named items is one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*pointer, key))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "name" in item for item in value):
        for index, inner in enumerate(value):
            yield from _flat(inner, (*pointer, index))
    else:
        yield pointer, value


def _would_change(
    model: DeclaredModel,
    place: Place,
    standing: Standing | None,
    version: DeclaredVersion | None,
    resolved: ResolvedModel,
    trainers: Sequence[Place],
) -> Iterable[str]:
    name, environment = resolved.name, place.name
    if standing is not None and standing.relation in ("behind", "differs") and standing.source_version:
        yield f"`mlgitops promote {name} --to {environment}` brings {standing.source_version} from {standing.source}"
    if standing is not None and standing.version and standing.supersedes:
        yield f"`mlgitops rollback {name} --env {environment}` brings {standing.supersedes} back"
    if version is None and resolved.environment.serves and resolved.spec.serving is not None:
        yield "a release: without one everything but serving is rendered"
    if version is not None:
        yield f"an edit of {', '.join(f'serving.{part}' for part in SCALE)} counts at once: hardware is no behaviour"
        pending = _pending(model, version, trainers)
        if pending:
            listed = ", ".join(pending[:6])
            yield f"{listed} of the working tree, which {place.version} has otherwise, with a version of their own"
        else:
            yield "any other edit of serving, monitoring or serve*.py serves with a version of its own"
    if resolved.trains:
        yield "an edit of code, data, hyperparameters, seed or training image starts a run: `mlgitops plan` shows it"


def _pending(model: DeclaredModel, version: DeclaredVersion, trainers: Sequence[Place]) -> list[str]:
    """What of the working tree's behaviour is in no version that serves here."""
    record = version.record.value.spec
    trainer = trainers[0].environment if trainers else None
    present = present_behaviour(model, trainer, record.snapshot.framework, record.snapshot.serving.image)
    return [] if isinstance(present, list) else differences(present, behaviour_of(version))
