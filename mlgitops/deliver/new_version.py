"""A version of new behaviour and known weights: how an edit of `serve.py` or `serving` gets anywhere without training.

    change = new_version(model, "v2", None, [dev], asked)

The record has the artifact, the signature and the evidence of the version that it is made of, and pins the working
tree's serving section, monitoring and serving code. The metrics are those that were measured with the former behaviour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from mlgitops.deliver.behaviour import Behaviour, behaviour_of, differences, present_behaviour
from mlgitops.deliver.document_text import document_text, leading_comments
from mlgitops.deliver.release import Asked, Unchanged
from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.checks.model import check_model
from mlgitops.spec.checks.release import check_versions
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion, read_document
from mlgitops.spec.documents.version import Version
from mlgitops.spec.load import NOT_CODE

Json = Any

AFTER_RUN = "r[0-9a-f]{10}"
"""The names of trained versions (`contract.registered.version_name`)."""


class NewVersion(NamedTuple):
    """A version's folder that is to be written."""

    name: str
    folder: str
    files: Mapping[str, str]
    """By name within the folder."""
    model: DeclaredModel
    """The model with this version among the others."""
    differs: tuple[str, ...]
    """What is other than in the version whose artifact it has."""
    trained_in: str | None
    """The environment whose defaults and image count; None where none trains the model."""


def new_version(
    model: DeclaredModel, of: str, name: str | None, trained_in: Sequence[DeclaredEnvironment], asked: Asked
) -> NewVersion | Unchanged | list[Finding]:
    """The folder to write, that there is nothing to do, or what speaks against it.

    `of` is one of the model's versions, `trained_in` the environments that train it. Without a name it is the next
    number. Codes: those of `check_model` and `check_versions`, `release/nothing-to-serve`, `release/image-digest`,
    `release/no-difference` and `release/several-behaviours`, `release/no-number`, `release/version-exists`.
    """
    document = model.spec.document
    refused = check_versions(model)
    refused += check_model(
        model.spec.value.spec, model.code, lambda pointer, key: document.locate(("spec", *pointer), key=key)
    )
    former = model.versions[of]
    behaviour = _one_behaviour(model, former, trained_in)
    if refused or isinstance(behaviour, list):
        return [*refused, *(behaviour if isinstance(behaviour, list) else ())]
    differs = differences(behaviour_of(former), behaviour)
    if not differs:
        message = f"the working tree must serve otherwise than {of} for a version of new behaviour, got no difference"
        hint = "edit `serving`, `monitoring` or the serving code; replicas and hardware need no version"
        return [Finding(document.locate(("spec", "serving")), "release/no-difference", "error", message, hint)]
    same = _same_as(model, former, behaviour)
    if same is not None:
        why = f"{same} is that version already: the artifact of {of}, serving as the working tree says"
        return Unchanged(why, same)
    chosen = name or _next_name(model, former, of)
    wrong = _name_problem(model, chosen)
    if wrong or chosen is None:
        return wrong
    folder = f"{_folder(model)}/{chosen}"
    files = {"version.yaml": _record_text(former, of, chosen, behaviour, asked, folder), **behaviour.code}
    trained = trained_in[0].name if trained_in else None
    return NewVersion(chosen, folder, files, with_version(model, chosen, folder, files), tuple(differs), trained)


def with_version(model: DeclaredModel, name: str, folder: str, files: Mapping[str, str]) -> DeclaredModel:
    """The model with one more version, whose files are these. Raises MlgitopsError where they are no valid one."""
    contents = {file: text.encode() for file, text in files.items()}
    path = f"{folder}/version.yaml"
    record = read_document(contents["version.yaml"], path, Version, name)
    if isinstance(record, list):
        raise MlgitopsError(f"{path} would not be a valid version: {record[0].message}", "please report this")
    code = {file: text for file, text in files.items() if file != "version.yaml" and not file.endswith(NOT_CODE)}
    return replace(model, versions={**model.versions, name: DeclaredVersion(record, contents, code)})


def _one_behaviour(
    model: DeclaredModel, former: DeclaredVersion, trained_in: Sequence[DeclaredEnvironment]
) -> Behaviour | list[Finding]:
    """The working tree's behaviour, in which all environments that train the model must agree."""
    snapshot = former.record.value.spec.snapshot
    framework, image = snapshot.framework, snapshot.serving.image
    first, *others = [present_behaviour(model, one, framework, image) for one in trained_in or (None,)]
    for environment, other in zip(trained_in[1:], others, strict=True):
        if isinstance(first, list) or isinstance(other, list):
            continue
        if differs := differences(first, other):
            names = f"{trained_in[0].name} and {environment.name}"
            message = f"environments that train the model must agree on how it serves, got {names} with another "
            message += ", ".join(differs)[:200]
            place = model.spec.document.locate(("spec", "serving"))
            hint = f"name the one whose defaults and image count with --env {trained_in[0].name}"
            return [Finding(place, "release/several-behaviours", "error", message, hint)]
    return first


def _same_as(model: DeclaredModel, former: DeclaredVersion, behaviour: Behaviour) -> str | None:
    """A version that has this artifact and this behaviour."""
    digest = former.record.value.spec.artifact.digest
    for name, version in model.versions.items():
        if version.record.value.spec.artifact.digest == digest and not differences(behaviour_of(version), behaviour):
            return name
    return None


def _next_name(model: DeclaredModel, former: DeclaredVersion, of: str) -> str | None:
    """`v4` after `v3`; `r3f2a91bc4d-2` for the weights of `r3f2a91bc4d`, which is named after its run.

    None where a version is called otherwise, since nobody knows then what comes next.
    """
    names: Iterable[str] = (*model.versions, *model.broken_versions)
    trained = former.record.value.spec.artifactOf or of
    if re.fullmatch(AFTER_RUN, trained):
        found = [re.fullmatch(rf"{trained}-([1-9][0-9]{{0,3}})", name) for name in names]
        number = max([1, *(int(one[1]) for one in found if one is not None)]) + 1
        return f"{trained}-{number}" if number < 10_000 else None
    numbered = [re.fullmatch(r"v([1-9][0-9]{0,8})", n) for n in names if not re.fullmatch(rf"{AFTER_RUN}(-\d+)?", n)]
    numbers = [int(one[1]) for one in numbered if one is not None]
    return f"v{max(numbers) + 1}" if numbers and len(numbers) == len(numbered) else None


def _name_problem(model: DeclaredModel, name: str | None) -> list[Finding]:
    if name is None:
        message = "versions must be called v1, v2 and so on, or after their run, for the next to be named, got another"
        place = Location(_folder(model))
        return [Finding(place, "release/no-number", "error", message, "name the version with --name")]
    if name in model.versions or name in model.broken_versions:
        message = f"a new version must have a name of its own, got {name}, which is there and differs"
        place = Location(f"{_folder(model)}/{name}/version.yaml")
        hint = "choose another --name: a version never changes"
        return [Finding(place, "release/version-exists", "error", message, hint)]
    return []


def _folder(model: DeclaredModel) -> str:
    return f"specs/{model.spec.value.metadata.name}/versions"


def _record_text(former: DeclaredVersion, of: str, name: str, behaviour: Behaviour, asked: Asked, folder: str) -> str:
    data = former.record.document.data
    spec = data["spec"]
    evidence: dict[str, Json] = {}
    for key, value in spec.items():
        if key in ("artifactOf", "createdAt", "createdBy", "snapshot"):
            continue
        evidence[key] = value
        if key == "artifact":
            # The version that was trained, also of a version that has another's artifact itself: one look-up, no chain.
            evidence["artifactOf"] = spec.get("artifactOf") or of
    made = {"createdAt": asked.at, "createdBy": asked.by, "snapshot": dict(behaviour.snapshot)}
    record = {**data, "metadata": {**data["metadata"], "name": name}, "spec": {**evidence, **made}}
    return document_text(record, f"{folder}/version.yaml", leading_comments(former.record.document.text))
