"""Who set a rendered field: the line and the layer, down to mlgitops itself.

blame(tree, "rendered/prod/digits/serve/rayservice.yaml", ("spec", "serveConfigV2"))
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mlgitops.errors import UsageError
from mlgitops.render.objects import RenderedObject
from mlgitops.render.trace import METADATA, location_of, pointer_of
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.stages.places import target_sources
from mlgitops.stages.prepare import PreparedEnvironment, prepare
from mlgitops.stages.render import own_objects
from mlgitops.stages.validate import ValidTarget, validate_model
from mlgitops.tree import Tree

Json = Any


class Blame(NamedTuple):
    """The origin of one rendered field."""

    value: Json
    layer: str
    """`model`, `version`, `environment override`, `kustomization`, `mlgitops` …"""
    location: Location
    """Where a person wrote it, or the closest place that a person wrote."""
    explanation: str


def blame(tree: Tree, path: str, pointer: Pointer) -> Blame:
    """The origin of the field at `pointer` of a rendered file. Raises UsageError when there is no such field."""
    environment_name, model, file = _parts(path)
    rendered = _value(_document(tree, path), pointer, path)
    prepared = prepare(tree)
    environment = prepared.environments.get(environment_name)
    if environment is None:
        raise UsageError(f"{path[:200]} belongs to no valid environment", "run `mlgitops validate`")
    target = validate_model(tree, model, {environment_name: environment.declared}).targets.get(environment_name)
    if target is None:
        raise UsageError(f"{model} is not valid in {environment_name}", "run `mlgitops validate`")
    return _blame(target, environment, file, pointer, rendered)


def _parts(path: str) -> tuple[str, str, str]:
    parts = path.split("/")
    if len(parts) < 5 or parts[0] != "rendered" or parts[2] == "_environment":
        message = f"expected a model's file, such as rendered/prod/churn/serve/rayservice.yaml; got {path[:200]}"
        raise UsageError(message, "name a file below rendered/<env>/<model>/")
    return parts[1], parts[2], "/".join(parts[3:])


def _document(tree: Tree, path: str) -> Json:
    from ryaml import InvalidYamlError, loads

    content = tree.read(path)
    if content is None:
        raise UsageError(f"there is no file {path[:200]}", "run `mlgitops render`")
    try:
        return loads(content.decode("utf-8", "replace"))
    except (InvalidYamlError, ValueError) as error:
        raise UsageError(f"{path[:200]} is no rendered object", "run `mlgitops render`") from error


def _value(document: Json, pointer: Pointer, path: str) -> Json:
    here = document
    for depth, token in enumerate(pointer):
        try:
            here = here[str(token)] if isinstance(here, dict) else here[token]
        except (KeyError, IndexError, TypeError) as error:
            known = ", ".join(map(str, here))[:200] if isinstance(here, dict) else "none"
            message = f"{path[:200]} has nothing at {pointer_text(pointer[: depth + 1])[:200]}"
            raise UsageError(message, f"known there: {known}") from error
    return here


def _blame(target: ValidTarget, environment: PreparedEnvironment, file: str, pointer: Pointer, rendered: Json) -> Blame:
    own, _ = own_objects(target, environment)
    mine = {one.file: one for one in own}.get(file)
    name = file.rpartition("/")[2]
    if name.startswith("template-"):
        template = f"environments/{target.resolved.environment_name}/templates/{name.removeprefix('template-')}"
        return Blame(rendered, "template", Location(template), "a template of the platform team gave this object")
    if mine is None or _differs(mine, pointer, rendered):
        return _customized(target, environment, pointer, rendered)
    section: Pointer = ("training",) if file.startswith("train/") else ("serving",)
    origin = pointer_of(target_sources(target), file, pointer, ())
    if not origin:
        place = target.resolved.nearest(section)
        explanation = "mlgitops composes this; the closest thing that a person wrote is here"
        return Blame(rendered, "mlgitops", place, explanation)
    location = location_of(target.resolved, origin)
    layer = "model" if origin[0] == METADATA else "environment"
    if origin[0] not in (METADATA, "environment"):
        layer = target.resolved.origin(origin).layer
    return Blame(rendered, layer, location, f"from {'.'.join(map(str, origin))}")


def _differs(mine: RenderedObject, pointer: Pointer, rendered: Json) -> bool:
    here: Json = mine.data
    for token in pointer:
        try:
            here = here[str(token)] if isinstance(here, dict) else here[token]
        except (KeyError, IndexError, TypeError):
            return True
    return bool(here != rendered)


def _customized(target: ValidTarget, environment: PreparedEnvironment, pointer: Pointer, rendered: Json) -> Blame:
    resolved = target.resolved
    if pointer[:2] == ("metadata", "name") or "MLGITOPS_RUN" in str(rendered) or str(rendered).startswith("sha256:"):
        explanation = "the run's identity: a digest over what decides the result of training"
        return Blame(rendered, "mlgitops", resolved.nearest(("training",)), explanation)
    kustomization = environment.kustomization
    if kustomization is None:
        explanation = "rendered/ is stale: mlgitops gives another value here"
        return Blame(rendered, "stale", resolved.nearest(()), f"{explanation}; run `mlgitops render`")
    explanation = "the environment's kustomization changes what mlgitops gives here"
    return Blame(rendered, "kustomization", Location(kustomization.path), explanation)
