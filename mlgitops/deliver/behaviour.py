"""A version's behaviour, apart from its weights: how a record pins it, and how two of them differ.

What decides the answers and what watches them: the serving section without its hardware, the image, monitoring, and
the serving code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.code import code_of
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.model import Framework, Monitoring, Serving
from mlgitops.spec.layers import merge
from mlgitops.spec.resolve import SCALE

Json = Any

_FIRST = ("route", "entrypoint", "image")
"""Keys that a snapshot's serving section begins with."""


class Behaviour(NamedTuple):
    """What a record keeps."""

    snapshot: Mapping[str, Json]
    """`snapshot` as it is written."""
    code: Mapping[str, str]
    """The serving code, by name."""


def behaviour_of(version: DeclaredVersion) -> Behaviour:
    """That of a version that has a record."""
    snapshot = version.record.document.data["spec"]["snapshot"]
    return Behaviour(snapshot, code_of(version.code, "serve").files)


def present_behaviour(
    model: DeclaredModel, environment: DeclaredEnvironment | None, framework: Framework, former: str | None = None
) -> Behaviour | list[Finding]:
    """That of the tree at hand, for weights of a framework; `former` is the image that serves them already.

    `environment` is where the model is trained: its defaults and its image count. Its overrides do not: they hold there
    alone, whatever version serves. Codes: `release/nothing-to-serve` for a model without `serving`,
    `release/image-digest` for an image without one.
    """
    document = model.spec.document
    spec = document.data["spec"]
    if spec.get("serving") is None:
        message = "a version must have a `serving` section to serve with, got none"
        return [Finding(document.locate(("spec",)), "release/nothing-to-serve", "error", message, "write `serving`")]
    defaults = (environment.spec.document.data["spec"].get("defaults") or {}) if environment else {}
    serving = _laid_over(_without_scale(defaults.get("serving")), _without_scale(spec["serving"]))
    image, place = _image(serving, model, environment, framework)
    image = image or former
    if image is None or "@sha256:" not in image:
        message = f"a version must serve with an image by digest, got {image or 'none'}"
        hint = "write the image with @sha256:…, as the registry gives it"
        return [Finding(place, "release/image-digest", "error", message, hint)]
    serving["image"] = image
    ordered = {key: serving[key] for key in (*_FIRST, *serving) if key in serving}
    snapshot: dict[str, Json] = {"framework": framework, "serving": ordered}
    if spec.get("monitoring") is not None:
        snapshot["monitoring"] = _laid_over(defaults.get("monitoring"), spec["monitoring"])
    return Behaviour(snapshot, code_of(model.code, "serve").files)


def differences(one: Behaviour, other: Behaviour) -> list[str]:
    """What two behaviours differ in, as people say it: `serving.threshold`, `serve.py`. Empty for the same answers."""
    found = []
    for section, kind in (("serving", Serving), ("monitoring", Monitoring)):
        mine, theirs = (_values(kind, behaviour.snapshot.get(section)) for behaviour in (one, other))
        found += [f"{section}.{key}" for key in sorted({*mine, *theirs}) if mine.get(key) != theirs.get(key)]
    if one.snapshot["framework"] != other.snapshot["framework"]:
        found.append("framework")
    return found + [name for name in sorted({*one.code, *other.code}) if one.code.get(name) != other.code.get(name)]


def _values(kind: type[Serving] | type[Monitoring], section: Mapping[str, Json] | None) -> dict[str, Json]:
    """A section's values with their defaults, since what is left out is decided too; without hardware."""
    if section is None:
        return {}
    values = kind.model_validate(merge({}, section)).model_dump()
    return {key: value for key, value in values.items() if kind is Monitoring or key not in SCALE}


def _without_scale(section: Mapping[str, Json] | None) -> dict[str, Json]:
    return {key: value for key, value in (section or {}).items() if key not in SCALE}


def _laid_over(low: Mapping[str, Json] | None, high: Mapping[str, Json]) -> dict[str, Json]:
    """Two layers of a section as one, without what `null` removes; in the order in which people wrote the higher."""
    merged = merge(merge({}, low or {}), high)
    return {key: merged[key] for key in (*high, *merged) if key in merged}


def _image(
    serving: Mapping[str, Json], model: DeclaredModel, environment: DeclaredEnvironment | None, framework: Framework
) -> tuple[str | None, Location]:
    """The image that serves, and where it is written."""
    document = model.spec.document
    written: str | None = serving.get("image")
    if written is not None:
        own = (model.spec.value.spec.serving or Serving(route="/")).image is not None
        if own or environment is None:
            return written, document.locate(("spec", "serving", "image"))
        return written, environment.spec.document.locate(("spec", "defaults", "serving", "image"))
    offered = environment.spec.value.spec.images.serving.get(framework) if environment else None
    if environment is not None and offered is not None:
        return offered, environment.spec.document.locate(("spec", "images", "serving", framework))
    return None, document.locate(("spec", "serving"))
