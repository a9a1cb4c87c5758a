"""Resolution: one model in one environment, from layers that each say a part.

Low to high: built-in defaults (of the types), `environment.defaults`, the model with the run's data,
or where a version serves the version's snapshot, `environment.overrides[model]`. See design §3.

A `ResolvedModel` is what can be rendered; nothing else can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer
from mlgitops.spec.code import Code
from mlgitops.spec.documents.environment import Environment, EnvironmentSpec
from mlgitops.spec.documents.model import Metadata, Model, ModelSpec, Serving
from mlgitops.spec.documents.release import Release, Rollout
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from mlgitops.spec.invalid import findings_of
from mlgitops.spec.layers import Layer, Origin, merge, origin
from mlgitops.spec.reader import Document

OPTIONAL_SECTIONS = ("triggers", "validation", "serving", "monitoring", "batchScoring")
"""Defaults and overrides fill these in and never create them: a model without `serving` serves nowhere."""

SCALE = ("replicas", "accelerators", "resources")
"""What of `serving` follows the working tree even where a version serves: hardware, not behaviour."""


T = TypeVar("T")


class Written(NamedTuple, Generic[T]):
    """A valid document and the text it was written as."""

    value: T
    document: Document


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """One model in one environment with everything decided."""

    name: str
    environment_name: str
    metadata: Metadata
    spec: ModelSpec
    environment: EnvironmentSpec
    release: Release | None
    version: Version | None
    """The version that the release names; its behaviour is what `spec.serving` and `spec.monitoring` hold."""
    run: Run | None
    training_code: Code
    serving_code: Code
    """Of the version that serves; without a release the same as `candidate_code`."""
    candidate_code: Code
    """The working tree's serving code: what the next version will serve with."""
    candidate_serving: Serving | None
    """The working tree's serving section, as the next version's record will have it and the evaluate Job scores it."""
    layers: tuple[Layer, ...] = field(repr=False)
    candidate_layers: tuple[Layer, ...] = field(repr=False)
    """Those that `candidate_serving` comes from: without a release, and without what the environment overrides."""
    merged: Mapping[str, Any] = field(repr=False)
    model_document: Document = field(repr=False)
    environment_document: Document = field(repr=False)

    @property
    def subject(self) -> str:
        """`model@environment`, the target's name in reports."""
        return f"{self.name}@{self.environment_name}"

    @property
    def trains(self) -> bool:
        """Whether training is rendered."""
        return self.environment.trains

    @property
    def serves(self) -> bool:
        """Whether serving is rendered: the environment serves, the model has serving, a release names its version."""
        return self.environment.serves and self.spec.serving is not None and self.version is not None

    @property
    def rollout(self) -> Rollout | None:
        """How its release came, or comes, in the place of the one before; None where it did at once."""
        return self.release.spec.rollout if self.serves and self.release is not None else None

    @property
    def shifting(self) -> Rollout | None:
        """The rollout that is under way: two releases serve, with the same replicas and hardware."""
        return self.rollout if self.rollout is not None and self.rollout.previous is not None else None

    def origin(self, pointer: Pointer, *, key: bool = False) -> Origin:
        """Who set the value at a pointer into the resolved spec (`("serving", "replicas", "min")`)."""
        found = origin(self.layers, self.merged, pointer, key=key)
        if found is not None:
            return found
        return Origin("built-in default", self.nearest(pointer))

    def candidate_origin(self, pointer: Pointer, *, key: bool = False) -> Origin:
        """Who set the value at a pointer into the working tree's spec, whatever version serves."""
        merged = merged_of(self.candidate_layers)
        found = origin(self.candidate_layers, merged, pointer, key=key)
        if found is not None:
            return found
        place = _nearest(self.candidate_layers, merged, pointer, self.model_document)
        return Origin("built-in default", place)

    def nearest(self, pointer: Pointer) -> Location:
        """The closest place that a person wrote to a pointer into the resolved spec."""
        return _nearest(self.layers, self.merged, pointer, self.model_document)


def _only_sections_of(model: Mapping[str, Any], layer: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in layer.items() if k not in OPTIONAL_SECTIONS or v is None or model.get(k) is not None}


def _without_behaviour(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults below a version's snapshot: hardware alone, since what a snapshot leaves out is decided too."""
    kept = {key: value for key, value in defaults.items() if key != "monitoring"}
    if isinstance(kept.get("serving"), Mapping):
        kept["serving"] = {key: value for key, value in kept["serving"].items() if key in SCALE}
    return kept


def _version_layer(version: Written[Version]) -> Layer:
    """The snapshot, without the hardware that the working tree decides."""
    snapshot = version.document.data["spec"]["snapshot"]
    kept = {key: value for key, value in snapshot["serving"].items() if key not in SCALE}
    data: dict[str, Any] = {"serving": kept}
    if snapshot.get("monitoring") is not None:
        data["monitoring"] = snapshot["monitoring"]
    return Layer("version", data, version.document, ("spec", "snapshot"))


def _model_layer(model: Document, version: Written[Version] | None) -> Layer:
    spec = model.data["spec"]
    if version is not None:
        serving = spec.get("serving") or {}
        spec = {key: value for key, value in spec.items() if key not in ("serving", "monitoring")}
        spec["serving"] = {key: value for key, value in serving.items() if key in SCALE}
    return Layer("model", spec, model, ("spec",))


OVERRIDE = "environment override"
"""The name of the layer that holds for one model in one environment."""


def layers_of(
    model: Document, environment: Document, version: Written[Version] | None = None, run: Written[Run] | None = None
) -> tuple[Layer, ...]:
    """The layers of one target, low to high. The documents are valid ones."""
    name = model.data["metadata"]["name"]
    env = environment.data["spec"]
    own = _model_layer(model, version)
    result = [own]
    if version is not None:
        result.append(_version_layer(version))
    present = {key: True for layer in result for key, value in layer.data.items() if value is not None}
    defaults = _only_sections_of(present, env.get("defaults") or {})
    if version is not None:
        defaults = _without_behaviour(defaults)
    result.insert(0, Layer("environment defaults", defaults, environment, ("spec", "defaults")))
    if run is not None and run.value.spec.data:
        result.append(Layer("run", {"data": run.document.data["spec"]["data"]}, run.document, ("spec",)))
    overrides = (env.get("overrides") or {}).get(name)
    if overrides:
        data = _only_sections_of(present, overrides)
        result.append(Layer(OVERRIDE, data, environment, ("spec", "overrides", name)))
    return tuple(result)


def _as_recorded(layer: Layer) -> Layer:
    """A layer as it counts for a version's record: overrides hold in their environment alone (`deliver.behaviour`)."""
    return layer._replace(data=_without_behaviour(layer.data)) if layer.name == OVERRIDE else layer


def _overrides_behaviour(layers: tuple[Layer, ...]) -> bool:
    return any(_as_recorded(layer) != layer for layer in layers)


def merged_of(layers: tuple[Layer, ...]) -> dict[str, Any]:
    """The layers laid over each other."""
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge(merged, layer.data)
    return merged


def _nearest(
    layers: tuple[Layer, ...], merged: Mapping[str, Any], pointer: Pointer, model: Document, *, key: bool = False
) -> Location:
    while pointer:
        found = origin(layers, merged, pointer, key=key)
        if found is not None:
            return found.location
        pointer = pointer[:-1]
    return model.locate(("spec",))


def _valid(
    layers: tuple[Layer, ...], model: Document, subject: str
) -> tuple[ModelSpec, dict[str, Any]] | list[Finding]:
    """The spec that layers make and what it was made of, or what is wrong with it in the layer that is wrong."""
    merged = merged_of(layers)
    try:
        return ModelSpec.model_validate(merged), merged
    except ValidationError as error:

        def locate(pointer: Pointer, key: bool) -> Location:
            return _nearest(layers, merged, pointer, model, key=key)

        return findings_of(error, merged, ModelSpec, locate, prefix=("spec",), subject=subject)


def resolve(
    model: Written[Model],
    environment: Written[Environment],
    *,
    version: Written[Version] | None = None,
    release: Written[Release] | None = None,
    run: Written[Run] | None = None,
    training_code: Code,
    candidate_code: Code,
    serving_code: Code | None = None,
) -> ResolvedModel | list[Finding]:
    """One target's resolved model, or what is wrong in the layer that is wrong.

    `version` is the one that `release` names and `serving_code` what stands beside it; `candidate_code` is the
    serving code of the working tree.
    """
    name, environment_name = model.value.metadata.name, environment.value.metadata.name
    subject = f"{name}@{environment_name}"
    layers = layers_of(model.document, environment.document, version, run)
    valid = _valid(layers, model.document, subject)
    if isinstance(valid, list):
        return valid
    spec, merged = valid
    candidate, candidate_layers = spec.serving, layers
    if environment.value.spec.trains and (version is not None or _overrides_behaviour(layers)):
        candidate_layers = tuple(_as_recorded(layer) for layer in layers_of(model.document, environment.document))
        working = _valid(candidate_layers, model.document, subject)
        if isinstance(working, list):
            return working
        candidate = working[0].serving
    return ResolvedModel(
        name=name,
        environment_name=environment_name,
        metadata=model.value.metadata,
        spec=spec,
        environment=environment.value.spec,
        release=release.value if release else None,
        version=version.value if version else None,
        run=run.value if run else None,
        training_code=training_code,
        serving_code=serving_code if serving_code is not None else candidate_code,
        candidate_code=candidate_code,
        candidate_serving=candidate,
        layers=layers,
        candidate_layers=candidate_layers,
        merged=merged,
        model_document=model.document,
        environment_document=environment.document,
    )
