"""What files declare, read into typed documents.

`read_*` functions take contents and return values or findings; which files there are is `load`'s business. A document
that is wrong is absent from the result and present in the findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer
from mlgitops.spec.code import MAX_BYTES
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import API_VERSION, Model, ModelSpec
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from mlgitops.spec.documents.waiver import Waiver
from mlgitops.spec.invalid import findings_of, shown
from mlgitops.spec.layers import merge
from mlgitops.spec.reader import Document, read, unseen_characters
from mlgitops.spec.resolve import Written

D = TypeVar("D", Repository, Model, Version, Environment, Release, Run, Waiver)


@dataclass(frozen=True, slots=True)
class DeclaredVersion:
    """A version's record and the code beside it."""

    record: Written[Version]
    files: Mapping[str, bytes]
    """Every file of the folder by name, `version.yaml` too."""
    code: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeclaredModel:
    """What a folder of specs/ says."""

    spec: Written[Model]
    code: Mapping[str, str]
    """Text files beside `model.yaml`, by name."""
    versions: Mapping[str, DeclaredVersion] = field(default_factory=dict)
    broken_versions: frozenset[str] = frozenset()
    """Those whose record cannot be read: findings say why."""


@dataclass(frozen=True, slots=True)
class DeclaredEnvironment:
    """What an environment's own document says, and which models have others beside it."""

    spec: Written[Environment]
    releases: frozenset[str] = frozenset()
    """The models that have a file in releases/; what is in it belongs to the model, and is read with it."""
    runs: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.spec.value.metadata.name

    def selects(self, model: Model) -> bool:
        """Whether a model is declared to be here; a tombstone takes it away."""
        spec, name = self.spec.value.spec, model.metadata.name
        chosen = spec.models
        if name in chosen.exclude or any(removal.model == name for removal in spec.removals):
            return False
        if chosen.include and name not in chosen.include:
            return False
        return not chosen.teams or model.metadata.team in chosen.teams


def read_document(content: bytes, path: str, kind: type[D], name: str | None = None) -> Written[D] | list[Finding]:
    """One document of an expected kind; `name` is what its place says that `metadata.name` is."""
    document = read(content, path)
    if isinstance(document, list):
        return document
    wrong = _envelope(document, kind.__name__)
    if wrong:
        return [wrong]
    try:
        value = kind.model_validate(document.data)
    except ValidationError as error:

        def locate(pointer: Pointer, key: bool) -> Location:
            return document.locate(pointer, key=key)

        return findings_of(error, document.data, cast("type[BaseModel]", kind), locate)
    if name is not None and value.metadata.name != name:
        place = document.locate(("metadata", "name"))
        message = f"metadata.name must be '{name}', as the file's place says, got {shown(value.metadata.name)}"
        hint = "rename one of the two"
        return [Finding(place, "spec/name-mismatch", "error", message, hint, "/metadata/name")]
    return Written(value, document)


def _envelope(document: Document, kind: str) -> Finding | None:
    """What is wrong with `apiVersion` and `kind`, which decide what all else means."""
    for key, expected in (("apiVersion", API_VERSION), ("kind", kind)):
        value = document.data.get(key)
        if value != expected:
            got = shown(value) if key in document.data else "none"
            message = f"{key} must be {expected} in this place, got {got}"
            hint = f"write `{key}: {expected}`, or move the file"
            return Finding(document.locate((key,)), f"spec/{key.lower()}", "error", message, hint, f"/{key}")
    return None


def read_environment(content: bytes, path: str, name: str) -> Written[Environment] | list[Finding]:
    """An environment, whose `defaults` must also fit a model's spec as far as they go.

    They are checked here, once, so that a slip in them is not said again for each model. An override is one model's.
    """
    written = read_document(content, path, Environment, name)
    if isinstance(written, list) or not written.value.spec.defaults:
        return written
    defaults = merge({}, written.document.data["spec"]["defaults"])
    try:
        ModelSpec.model_validate(defaults)
    except ValidationError as error:
        place: Pointer = ("spec", "defaults")

        def locate(pointer: Pointer, key: bool) -> Location:
            return written.document.locate(place + pointer, key=key)

        return findings_of(error, defaults, ModelSpec, locate, prefix=place, partial=True) or written
    return written


def read_code(files: Mapping[str, bytes], folder: str) -> tuple[dict[str, str], list[Finding]]:
    """The code among the files beside a spec, and what cannot be mounted from a ConfigMap."""
    code: dict[str, str] = {}
    findings: list[Finding] = []
    hint = "put it into the image, or read it from the object store"
    for name in sorted(files):
        try:
            text = files[name].decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            place = Location(f"{folder}/{name}")
            findings.append(Finding(place, "spec/code-not-text", "error", "code must be UTF-8 text, got bytes", hint))
        elif unseen := unseen_characters(text, f"{folder}/{name}"):
            findings += [f._replace(code="spec/code-character", hint="write it as an escape") for f in unseen]
        else:
            code[name] = text
    size = sum(len(content) for content in files.values())
    if size > MAX_BYTES:
        largest = max(sorted(files), key=lambda name: len(files[name]))
        message = (
            f"the code beside a spec must be at most {MAX_BYTES // 1024} KiB in all, got {-(-size // 1024)} KiB, "
            f"of which this file has {len(files[largest]) // 1024}"
        )
        findings.append(Finding(Location(f"{folder}/{largest}"), "spec/code-too-large", "error", message, hint))
    return code, findings
