"""From what a rule points at to the line that a person wrote.

Rules point into their input: `/spec/serving/replicas/min` in scope `model`,
`train/rayjob.yaml#/spec/rayClusterSpec` in scope `objects`.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.source import Location, Pointer, parse_pointer
from mlgitops.spec.reader import Document
from mlgitops.spec.resolve import ResolvedModel


def model_place(model: ResolvedModel, documents: Mapping[str, Document], pointer: str) -> tuple[Location, str]:
    """The place of a pointer into a `model` input, and the layer that set it.

    `documents` holds the target's release, version and run by these names, as far as there are any.
    """
    tokens = parse_pointer(pointer)
    if not tokens:
        return model.model_document.locate(("metadata", "name")), "model"
    part, rest = tokens[0], tokens[1:]
    if part == "spec":
        found = model.origin(rest)
        return found.location, found.layer
    if part == "environment":
        return _environment(model.environment_document, rest), "environment"
    if part in documents:
        start: Pointer = ("metadata",) if rest[:1] == ("name",) else ("spec",)
        return documents[str(part)].locate(start + rest), str(part)
    return model.model_document.locate(tokens), "model"


def _environment(document: Document, rest: Pointer) -> Location:
    return document.locate(("metadata", "name") if rest[:1] == ("name",) else ("spec", *rest))


def fleet_place(environment: Document, models: Mapping[str, Document], names: list[str], pointer: str) -> Location:
    """The place of a pointer into a `fleet` input whose models are `names`, in order."""
    tokens = parse_pointer(pointer)
    if tokens[:1] == ("models",) and len(tokens) > 1 and isinstance(tokens[1], int) and tokens[1] < len(names):
        return models[names[tokens[1]]].locate(("metadata", "name"))
    if tokens[:1] == ("environment",):
        return _environment(environment, tokens[1:])
    return environment.locate(("metadata", "name"))
