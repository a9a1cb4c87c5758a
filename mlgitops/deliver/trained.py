"""A trained version: the record in Git that a registered version becomes, and when it becomes none.

    wanted = newest([Wanted(dev, resolved, "sha256:3f2a…")], registry.versions("churn"))
    version = trained_version(model, wanted, registered, evidence, origin)

Of a registry nothing is believed that is not signed or known from the commit: data, image, hyperparameters, trigger
and code follow from the run's identity, which the commit's spec was rendered to; scores and the artifact's format stand
in the signed folder. Only times are taken from `version.json`. So the record is a function of the commit and of what
was signed, and whoever makes it again makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.contract.evaluation import Evaluation
from mlgitops.contract.outcome import ARTIFACT_FOLDER
from mlgitops.contract.parts import ArtifactReference, DataIdentity, Predictor
from mlgitops.contract.registered import SIGNATURE_FILE, SIGNED_FOLDER, Manifest, RegisteredVersion, version_name
from mlgitops.contract.serve import SignatureReference
from mlgitops.deliver.behaviour import Behaviour, present_behaviour
from mlgitops.deliver.document_text import document_text
from mlgitops.deliver.new_version import NewVersion, with_version
from mlgitops.findings import Finding
from mlgitops.render.pods import training_image
from mlgitops.render.predictor_config import predictor_config
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.code import digest_of
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.model import API_VERSION, DataSet, Serving
from mlgitops.spec.documents.signer import signer_reference
from mlgitops.spec.resolve import ResolvedModel
from mlgitops.spec.risk.specs import recipe_of

Json = Any

CARD = "card.md"
"""The model card, beside the record for those who review it. No pod gets it."""

DATA_FIELDS = ("name", "role", "uri", "version", "digest", "format", "region", "classification")
"""What a record keeps of a data set: which bytes they are and where they may be, not what is expected of them."""


class Wanted(NamedTuple):
    """A run that the commit asks for."""

    environment: DeclaredEnvironment
    """The one that trains it."""
    resolved: ResolvedModel
    run: str
    """Its identity (`render.identity`)."""

    @property
    def requested_at(self) -> str:
        """The logical time of what asked for it; empty for a change of the spec, which asks by itself."""
        return self.resolved.run.spec.requestedAt if self.resolved.run else ""


class Finished(NamedTuple):
    """A run that the commit asks for, and the version that came of it."""

    wanted: Wanted
    version: RegisteredVersion


class Evidence(NamedTuple):
    """What the signed folder of a version says, whose signature and digests were verified."""

    manifest: Manifest
    evaluation: Evaluation
    description: ArtifactDescription
    card: str | None = None


class Origin(NamedTuple):
    """Where in Git a version's code is."""

    tree: str
    """The spec's folder."""
    revision: str
    """The commit that made it what it is."""


class Recorded(NamedTuple):
    """A run that the commit asks for, and the version of it that has its record in the commit."""

    wanted: Wanted
    name: str


def newest(
    wanted: Iterable[Wanted], registered: Sequence[RegisteredVersion], model: DeclaredModel
) -> Finished | Recorded | None:
    """The version of the run that was asked for last, by logical time; None where no run that is asked for has one.

    When a run finished, or was registered, decides nothing: a slow old run does not win over a fast new one. Of
    environments that ask at one time the first counts. A record in the commit comes before what a registry has.
    """
    by_run = {version.run: version for version in registered}
    records = {one.record.value.spec.run.identity: name for name, one in _trained(model)}
    found: list[Finished | Recorded] = []
    for one in wanted:
        if one.run in records:
            found.append(Recorded(one, records[one.run]))
        elif one.run in by_run:
            found.append(Finished(one, by_run[one.run]))
    return max(found, key=lambda one: one.wanted.requested_at, default=None)


def _trained(model: DeclaredModel) -> Iterator[tuple[str, DeclaredVersion]]:
    """The versions that runs left, without those of their weights with another behaviour; the oldest last."""
    versions = [(name, one) for name, one in model.versions.items() if one.record.value.spec.artifactOf is None]
    yield from sorted(versions, key=lambda one: (one[1].record.value.spec.createdAt, one[0]), reverse=True)


def artifact_reference(environment: EnvironmentSpec, version: RegisteredVersion) -> ArtifactReference:
    """Where the registry of an environment has a version's artifact, and its digest."""
    uri = f"{_folder(environment, version)}/{SIGNED_FOLDER}/{ARTIFACT_FOLDER}"
    return ArtifactReference(version=version.version, uri=uri, digest=version.artifactDigest)


def signature_reference(environment: EnvironmentSpec, version: RegisteredVersion) -> SignatureReference | None:
    """The signature that a version must carry, its signer as Git declares it; None where nobody knows the signer."""
    signer = version.signature.signer
    if signer not in environment.signers:
        return None
    return SignatureReference(
        uri=f"{_folder(environment, version)}/{SIGNATURE_FILE}",
        digest=version.signature.digest,
        signer=signer,
        **signer_reference(environment.signers[signer]),
    )


def unknown_signer(environment: DeclaredEnvironment, version: RegisteredVersion) -> Finding:
    """For a version whose signature nobody here can verify."""
    known = ", ".join(sorted(environment.spec.value.spec.signers)) or "none"
    message = f"{version.model} {version.version} must be signed by one of signers ({known}), "
    message += f"got {version.signature.signer[:80]!r}"
    hint = "if its key is to count here, add the public half to `signers`, in a reviewed change"
    return _at(environment, ("spec", "signers"), "release/unknown-signer", message, hint)


def not_verified(environment: DeclaredEnvironment, version: RegisteredVersion, why: str) -> Finding:
    """For a version whose signature, digests or files are not what they should be; `why` is what verifying said."""
    message = f"{version.model} {version.version} must be as it was signed, got another: {why}"[:1500]
    hint = "nothing was written; look at who may write to the registry, then train it again"
    return _at(environment, ("spec", "registry"), "release/not-verified", message, hint)


def trained_version(
    model: DeclaredModel, where: DeclaredEnvironment, finished: Finished, evidence: Evidence, origin: Origin, by: str
) -> NewVersion | list[Finding]:
    """The version's folder, or what speaks against it. `where` is whose registry it is in, `by` who answers for it.

    Codes `release/other-evidence`, `release/rejected`, `release/other-behaviour`, `release/nothing-to-serve`,
    `release/image-digest`.
    """
    wanted, version = finished
    wrong = list(_contradictions(finished, evidence))
    if wrong:
        message = f"{version.model} {version.version}: {wrong[0]}" + (
            f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        )
        hint = "nothing was written; look at who may write to the registry, then train it again"
        return [_at(where, ("spec", "registry"), "release/other-evidence", message, hint)]
    if evidence.evaluation.verdict != "passed":
        return [_rejected(model, evidence.evaluation)]
    behaviour = present_behaviour(model, wanted.environment, wanted.resolved.spec.training.framework)
    if isinstance(behaviour, list):
        return behaviour
    if not _was_scored(evidence.evaluation, behaviour):
        return [_other_behaviour(model, version)]
    folder = f"specs/{version.model}/versions/{version.version}"
    record = _record(finished, evidence, origin, by, behaviour, where.spec.value.spec)
    files = {"version.yaml": document_text(record, f"{folder}/version.yaml"), **behaviour.code}
    if evidence.card is not None:
        files[CARD] = evidence.card
    having = with_version(model, version.version, folder, files)
    return NewVersion(version.version, folder, files, having, (), wanted.environment.name)


def _was_scored(evaluation: Evaluation, behaviour: Behaviour) -> bool:
    """Whether the version would serve with the code and the predictor that its scores were measured with."""
    serving = Serving.model_validate(behaviour.snapshot["serving"])
    expected = Predictor.model_validate(predictor_config(serving))
    return evaluation.codeDigest == digest_of(behaviour.code) and (evaluation.predictor or Predictor()) == expected


def _other_behaviour(model: DeclaredModel, version: RegisteredVersion) -> Finding:
    name = f"{version.model} {version.version}"
    message = f"{name} must serve with the code and the predictor that it was evaluated with, got others in the commit"
    hint = f"revert them, release, and bring them back with `mlgitops version new {version.model} --artifact-of "
    hint += f"{version.version}`; or train again, with a higher attempt in runs/"
    return Finding(model.spec.document.locate(("spec", "serving")), "release/other-behaviour", "error", message, hint)


def _contradictions(finished: Finished, evidence: Evidence) -> Iterator[str]:
    """Where what is signed is not about this run of this model, or `version.json` says another thing than that."""
    wanted, version = finished
    manifest, evaluation, description = evidence.manifest, evidence.evaluation, evidence.description
    spec = wanted.resolved.spec
    holdout = spec.validation.dataset if spec.validation else None
    facts: list[tuple[str, object, Iterable[object]]] = [
        ("the model", wanted.resolved.name, (version.model, manifest.model, evaluation.model, description.model)),
        ("the version", version_name(wanted.run), (version.version, manifest.version)),
        ("the run", wanted.run, (manifest.run, evaluation.run)),
        ("the artifact's digest", manifest.artifactDigest, (version.artifactDigest, evaluation.artifactDigest)),
        ("the format", description.format, (version.format,)),
        ("the task", spec.task, (description.task,)),
        ("the framework", spec.training.framework, (description.framework,)),
        ("the holdout", holdout, (evaluation.holdout.name,)),
    ]
    for what, expected, found in facts:
        yield from (f"{what} must be {expected}, got {str(got)[:80]!r}" for got in found if got != expected)
    if version.registeredAt < evaluation.finishedAt:
        yield f"it must be registered after its evaluation, {evaluation.finishedAt}, got {version.registeredAt}"
    if not any(score.slice is None for score in evaluation.scores):
        yield "its evaluation must have a score on the whole holdout, got none"
    measured = _measured(evaluation)
    for data in spec.data:
        read = measured.get(data.name)
        if data.role == "training" and read is None:
            yield f"its evaluation must know the training data {data.name}, got no digest of it"
        if data.digest is not None and read is not None and read.digest not in (None, data.digest):
            yield f"the data {data.name} must have {data.digest}, got {read.digest}"


def _measured(evaluation: Evaluation) -> dict[str, DataIdentity]:
    return {one.name: one for one in (*evaluation.data, evaluation.holdout)}


def _rejected(model: DeclaredModel, evaluation: Evaluation) -> Finding:
    """A version that was registered though its evaluation did not pass: the sign Job would not have done that."""
    message = f"{evaluation.model} must have passed its evaluation, got it rejected"
    if evaluation.failures:
        message += f": {evaluation.failures[0].message}"[:500]
    document = model.spec.document
    hint = "nothing was written; look at who may write to the registry"
    return Finding(document.locate(("spec", "validation")), "release/rejected", "error", message, hint)


def _record(
    finished: Finished, evidence: Evidence, origin: Origin, by: str, behaviour: Behaviour, where: EnvironmentSpec
) -> dict[str, Json]:
    wanted, version = finished
    artifact = artifact_reference(where, version)
    spec: dict[str, Json] = {
        "artifact": {"uri": artifact.uri, "digest": artifact.digest, "format": evidence.description.format},
        "signature": {
            "uri": f"{_folder(where, version)}/{SIGNATURE_FILE}",
            "digest": version.signature.digest,
            "signer": version.signature.signer,
        },
        "run": _run(finished),
        "data": [_data_set(data, _measured(evidence.evaluation)) for data in wanted.resolved.spec.data],
        "code": {"tree": origin.tree, "revision": origin.revision},
        "recipe": recipe_of(wanted.resolved).model_dump(exclude_defaults=True),
        "image": training_image(wanted.resolved) or version.image,
        "metrics": list(_metrics(evidence.evaluation)),
        "createdAt": version.registeredAt,
        "createdBy": by,
        "snapshot": dict(behaviour.snapshot),
    }
    metadata = {"name": version.version, "model": version.model}
    return {"apiVersion": API_VERSION, "kind": "Version", "metadata": metadata, "spec": spec}


def _run(finished: Finished) -> dict[str, Json]:
    wanted, version = finished
    asked = wanted.resolved.run.spec if wanted.resolved.run else None
    return {
        "identity": wanted.run,
        "trigger": asked.trigger if asked else "codeChange",
        "attempt": asked.attempt if asked else 1,
        "startedAt": version.startedAt,
        "finishedAt": version.finishedAt,
    }


def _data_set(data: DataSet, measured: dict[str, DataIdentity]) -> dict[str, Json]:
    """A data set as the run read it; where nobody pinned its bytes, with the digest that the evaluation measured."""
    said = {key: getattr(data, key) for key in DATA_FIELDS}
    if said["digest"] is None and data.name in measured:
        said["digest"] = measured[data.name].digest
    return {key: value for key, value in said.items() if value is not None}


def _metrics(evaluation: Evaluation) -> Iterator[dict[str, Json]]:
    """The scores on the whole holdout; those of slices stay in the registry, with their rows."""
    for score in evaluation.scores:
        if score.slice is None:
            said = {"name": score.metric, "dataset": evaluation.holdout.name, "value": score.value}
            yield said if score.baseline is None else {**said, "baseline": score.baseline}


def _folder(environment: EnvironmentSpec, version: RegisteredVersion) -> str:
    return f"{environment.registry.uri.rstrip('/')}/{version.model}/{version.version}"


def _at(environment: DeclaredEnvironment, pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    document = environment.spec.document
    return Finding(document.locate(pointer), code, "error", message, hint, pointer_text(pointer))
