"""Who set a rendered field: the line and the layer, down to mlgitops itself.

blame(tree, "rendered/prod/digits/serve/rayservice.yaml", ("spec", "serveConfigV2"))
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mlgitops.errors import UsageError
from mlgitops.source import Location, Pointer, pointer_text
from mlgitops.stages.places import place_of
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import validate_model
from mlgitops.tree import Tree

Json = Any


class Blame(NamedTuple):
    """The origin of one rendered field (see `places.Place`)."""

    value: Json
    location: Location
    layer: str
    explanation: str


def blame(tree: Tree, path: str, pointer: Pointer) -> Blame:
    """The origin of the field at `pointer` of a rendered file. Raises UsageError when there is no such field."""
    environment_name, model, file = _parts(path)
    document = _document(tree, path)
    rendered = _value(document, pointer, path)
    prepared = prepare(tree)
    environment = prepared.environments.get(environment_name)
    if environment is None:
        raise UsageError(f"{path[:200]} belongs to no valid environment", "run `mlgitops validate`")
    target = validate_model(tree, model, {environment_name: environment.declared}).targets.get(environment_name)
    if target is None:
        raise UsageError(f"{model} is not valid in {environment_name}", "run `mlgitops validate`")
    place = place_of(target, environment, file, pointer, document)
    return Blame(rendered, *place)


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
            raise UsageError(message, f"take one of what is there: {known}") from error
    return here
