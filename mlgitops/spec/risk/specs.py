"""What else changes in one environment: the spec that trains there, hardware, and the environment itself.

    factors = spec_factors(before, after)     # two resolved models; what a version pins is `versions`' business

An edit counts where it takes effect: of training where the environment trains, of hardware where a version serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mlgitops.source import Location
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.model import Metric, Serving
from mlgitops.spec.documents.version import Recipe
from mlgitops.spec.resolve import SCALE, ResolvedModel
from mlgitops.spec.risk.code import shape_digest
from mlgitops.spec.risk.data import data_factors
from mlgitops.spec.risk.factor import RiskFactor, RiskLevel, gravest_first
from mlgitops.spec.risk.versions import recipe_factors

Json = Any

ENVIRONMENT: Final[Mapping[str, RiskLevel]] = {
    "destinations": "high",
    "secrets": "high",
    "serviceAccounts": "high",
    "signers": "high",
    "signing": "high",
    "accelerators": "medium",
    "approvals": "medium",
    "feedback": "medium",
    "gateway": "medium",
    "images": "medium",
    "kuberay": "medium",
    "namespaces": "medium",
    "network": "medium",
    "protected": "medium",
    "ray": "medium",
    "registry": "medium",
    "storage": "medium",
    "strategies": "medium",
}
"""Fields of an environment by what a slip in them does: to another cluster, to keys and rights; to how all run here.

Those that are not named are low; `defaults` and `overrides` count by what they make of the spec."""

_LAYERS = ("defaults", "overrides", "models", "removals", "promotesFrom")


def recipe_of(resolved: ResolvedModel) -> Recipe:
    """With what a model is trained where it is resolved, as records keep it."""
    spec = resolved.spec
    return Recipe(
        task=spec.task,
        target=spec.target,
        features=spec.features,
        entrypoint=spec.training.entrypoint,
        estimator=spec.training.estimator,
        hyperparameters=spec.training.hyperparameters,
        seed=spec.training.seed,
        codeDigest=resolved.training_code.digest,
        codeShape=shape_digest(resolved.training_code.files),
    )


def spec_factors(before: ResolvedModel, after: ResolvedModel) -> tuple[RiskFactor, ...]:
    """What differs between two states of one model in one environment, besides the version that serves."""
    found = list(_environment(before, after))
    if before.trains and after.trains:
        found += _training(before, after)
    old, new = before.spec.serving, after.spec.serving
    if before.serves and after.serves and old is not None and new is not None:
        found += _hardware(old, new, after)
    return gravest_first(found)


def _training(before: ResolvedModel, after: ResolvedModel) -> Iterator[RiskFactor]:
    old, new = before.spec, after.spec
    yield from data_factors(old.data, new.data, lambda pointer: after.origin(("data", *pointer)).location)
    if old.training.framework != new.training.framework:
        reason = f"framework is {new.training.framework}, and was {old.training.framework}"
        yield RiskFactor("model type", "high", reason, after.origin(("training", "framework")).location)
    recipes = recipe_of(before), recipe_of(after)
    yield from recipe_factors(*recipes, lambda pointer: _recipe_place(after, str(pointer[0])))
    if old.training.image != new.training.image:
        place = after.origin(("training", "image")).location
        yield RiskFactor("training image", "low", "a library or the base image is another", place)
    hardware = ("workers", "accelerators", "resources")
    for name in hardware:
        if getattr(old.training, name) != getattr(new.training, name):
            reason = f"training.{name} differs: a run takes another time and room"
            yield RiskFactor("training resources", "low", reason, after.origin(("training", name)).location)
    yield from _thresholds(before, after)


def _recipe_place(resolved: ResolvedModel, name: str) -> Location:
    if name in ("codeDigest", "codeShape"):
        folder = resolved.model_document.path.rpartition("/")[0]
        return Location(f"{folder}/{next(iter(resolved.training_code.files), 'model.yaml')}")
    own = name in ("task", "target", "features")
    return resolved.origin((name,) if own else ("training", name)).location


def _thresholds(before: ResolvedModel, after: ResolvedModel) -> Iterator[RiskFactor]:
    """Limits that a trained version must keep: what loosens one lets worse versions through."""
    old, new = (_limits(one) for one in (before, after))
    place = after.origin(("validation",)).location
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        name, bound = key
        looser = now is None or (was is not None and (now < was if bound == "min" else now > was))
        level: RiskLevel = "medium" if looser else "low"
        reason = f"{bound} of {name} is {_number(now)}, and was {_number(was)}"
        yield RiskFactor(f"validation {'loosened' if looser else 'tightened'}", level, reason, place)


def _limits(resolved: ResolvedModel) -> dict[tuple[str, str], float]:
    validation = resolved.spec.validation
    if validation is None:
        return {}
    sets: list[tuple[str, list[Metric]]] = [("", validation.metrics)]
    sets += [(f" on {one.name}", one.metrics) for one in validation.slices]
    return {
        (f"{metric.name}{where}", bound): value
        for where, metrics in sets
        for metric in metrics
        for bound in ("min", "max", "maxRegression", "maxGap")
        if (value := getattr(metric, bound)) is not None
    }


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}"


def _hardware(old: Serving, new: Serving, after: ResolvedModel) -> Iterator[RiskFactor]:
    for name in SCALE:
        before, now = getattr(old, name), getattr(new, name)
        if before == now:
            continue
        place = after.origin(("serving", name)).location
        other_chip = name == "accelerators" and before is not None and now is not None and before.type != now.type
        if other_chip:
            reason = f"accelerators of type {now.type}, and before {before.type}: speed and rounding differ"
            yield RiskFactor("accelerator type", "medium", reason, place)
        else:
            yield RiskFactor("serving resources", "low", f"serving.{name} differs: no answer does", place)


def _environment(before: ResolvedModel, after: ResolvedModel) -> Iterator[RiskFactor]:
    for name in EnvironmentSpec.model_fields:
        if name in _LAYERS or getattr(before.environment, name) == getattr(after.environment, name):
            continue
        place = after.environment_document.locate(("spec", name))
        level = ENVIRONMENT.get(name, "low")
        yield RiskFactor("environment", level, f"{name} of {after.environment_name} differs", place)
