"""What policy sees: total JSON documents of validated values, never a file again.

Every key that a rule may name is present, with `null` where nothing was declared. A number without a fraction is an
integer, however it was written or worked out: `5000.0` is no number for a `%d`. Three scopes:
`model` (a resolved model with its environment, release, version and run), `objects` (the final
objects of a target with their pods laid open) and `fleet` (all models of an environment).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlgitops.policy.pods import pods_of, without_pods
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.footprint import cost_per_run, footprint
from mlgitops.spec.resolve import ResolvedModel

Json = Any

_LAYERS = {"defaults", "overrides"}
"""The resolved model holds what they came to; a rule that read one could be undone by another."""


def environment_input(name: str, environment: EnvironmentSpec) -> dict[str, Json]:
    """An environment as rules see it: its spec without the layers, and its name."""
    return {"name": name, **_whole(environment.model_dump(exclude=_LAYERS))}


def model_input(model: ResolvedModel, environment: Mapping[str, Json]) -> dict[str, Json]:
    """Scope `model`; `environment` is `environment_input` of the model's environment."""
    return {
        "scope": "model",
        "target": {"model": model.name, "environment": model.environment_name, "part": None},
        "metadata": model.metadata.model_dump(),
        "spec": _whole(model.spec.model_dump()),
        "environment": environment,
        "release": _whole(model.release.spec.model_dump()) if model.release else None,
        "version": _version(model),
        "run": _whole(model.run.spec.model_dump()) if model.run else None,
        "trains": model.trains,
        "serves": model.serves,
    }


def _version(model: ResolvedModel) -> dict[str, Json] | None:
    if model.version is None:
        return None
    return {"name": model.version.metadata.name, **_whole(model.version.spec.model_dump())}


def objects_input(
    model: str | None,
    environment: Mapping[str, Json] | None,
    objects: Sequence[tuple[str, Mapping[str, Json]]],
) -> dict[str, Json]:
    """Scope `objects`: `objects` are (file, object); both names are null for manifests from elsewhere.

    Templates of pods stand in `pods` alone.
    """
    name = environment["name"] if environment else None
    return {
        "scope": "objects",
        "target": {"model": model, "environment": name, "part": None},
        "environment": environment,
        "objects": [{"file": file, "object": without_pods(data)} for file, data in objects],
        "pods": [pod for file, data in objects for pod in pods_of(file, data)],
    }


def fleet_row(model: ResolvedModel) -> dict[str, Json]:
    """What fleet rules see of one model."""
    serving, taken = model.spec.serving, footprint(model)
    destinations, team = model.environment.destinations, model.metadata.team
    return {
        "model": model.name,
        "team": team,
        "owner": model.metadata.owner,
        "namespaces": {
            "training": destinations.training.namespaces.get(team, destinations.training.namespace),
            "serving": destinations.serving.namespaces.get(team, destinations.serving.namespace),
        },
        "route": serving.route if serving else None,
        "trains": model.trains,
        "serves": model.serves,
        "version": model.version.metadata.name if model.version else None,
        "accelerators": taken.accelerators,
        "cpu": _whole(taken.training.cpu + taken.serving.cpu),
        "memoryGiB": _whole(taken.training.memory_gib + taken.serving.memory_gib),
        "costPerMonth": _whole(round(taken.cost_per_month, 2)),
        "costPerRun": _whole(round(cost_per_run(model), 2)),
    }


def _whole(value: Json) -> Json:
    """The value with integers for numbers without a fraction. The embedded engine reads those thrice as fast, too."""
    kind = type(value)
    if kind is dict:
        return {key: _whole(inner) for key, inner in value.items()}
    if kind is list:
        return [_whole(inner) for inner in value]
    return int(value) if kind is float and value.is_integer() else value


def fleet_input(environment: Mapping[str, Json], rows: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """Scope `fleet`: the rows in order of the models' names."""
    return {
        "scope": "fleet",
        "target": {"model": None, "environment": environment["name"], "part": None},
        "environment": environment,
        "models": sorted(rows, key=lambda row: str(row["model"])),
    }
