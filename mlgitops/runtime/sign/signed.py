"""The folder that is signed, its manifest, and the record of the version."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.contract.evaluation import CARD_FILE, EVALUATION_FILE, PROFILE_FILE, Evaluation
from mlgitops.contract.folder import folder_digest
from mlgitops.contract.outcome import ARTIFACT_FOLDER, RunRecord
from mlgitops.contract.registered import (
    MANIFEST_FILE,
    SIGNATURE_FILE,
    SIGNED_FOLDER,
    Manifest,
    RegisteredSignature,
    RegisteredVersion,
    version_name,
)
from mlgitops.contract.sign import SignConfig
from mlgitops.problem import RunProblem
from mlgitops.registry.backend import told
from mlgitops.registry.folders import local_entries
from mlgitops.registry.keyless import KeylessSigner
from mlgitops.registry.records import file_digest
from mlgitops.registry.signing import KeySigner, Signer
from mlgitops.registry.stores import Store
from mlgitops.registry.verified import below
from mlgitops.runtime.sign.awaited import Evaluated, Run
from mlgitops.runtime.sign.contents import check_contents

BESIDE = (PROFILE_FILE, CARD_FILE)
PICTURES = (".png", ".svg")
LARGEST_BESIDE = 16 << 20
"""Bytes of a file beside an evaluation."""
MOST_BESIDE = 50


class Sources(NamedTuple):
    """What a version is made of, everything checked."""

    config: SignConfig
    run: Run
    evaluated: Evaluated
    record: RunRecord


def signed_folder(sources: Sources, work: Path, signer: Signer) -> ArtifactDescription:
    """Make `signed/` and `signature.json` in a private folder; what the artifact says of itself.

    Raises RunProblem: `sign/artifact-digest`, `sign/beside`, what `check_contents` raises, `store/…`, `signature/…`.
    """
    signed = work / SIGNED_FOLDER
    signed.mkdir(mode=0o700)
    description = _artifact(sources, signed / ARTIFACT_FOLDER)
    _evaluation(sources, signed)
    entries = local_entries(signed)
    manifest = Manifest(
        contract=contract.VERSION,
        model=sources.config.model,
        version=version_name(sources.run.identity),
        run=sources.run.identity,
        artifactDigest=folder_digest(below(entries, ARTIFACT_FOLDER)),
        files=entries,
    )
    _write(signed / MANIFEST_FILE, manifest.model_dump_json(indent=1).encode() + b"\n")
    signer.sign(signed, work / SIGNATURE_FILE)
    return description


def registered_version(sources: Sources, work: Path, description: ArtifactDescription, now: str) -> RegisteredVersion:
    """The record of what `signed_folder` made.

    Of the training pod's words only the two times are taken, and they do not reach beyond the evaluation's start.
    """
    config, evaluation = sources.config, sources.evaluated.evaluation
    finished = min(sources.record.finishedAt or evaluation.startedAt, evaluation.startedAt)
    return RegisteredVersion(
        contract=contract.VERSION,
        model=config.model,
        version=version_name(sources.run.identity),
        run=sources.run.identity,
        environment=config.environment,
        team=config.team,
        request=config.request,
        inputs=config.inputs,
        codeDigest=config.codeDigest,
        image=config.image,
        format=description.format,
        artifactDigest=evaluation.artifactDigest,
        manifestDigest=file_digest(work / SIGNED_FOLDER / MANIFEST_FILE),
        signature=RegisteredSignature(digest=file_digest(work / SIGNATURE_FILE), signer=config.signer),
        data=evaluation.data,
        holdout=evaluation.holdout,
        scores=evaluation.scores,
        startedAt=min(sources.record.startedAt, finished),
        finishedAt=finished,
        registeredAt=max(now, evaluation.finishedAt),
    )


def signer_of(config: SignConfig) -> Signer:
    """Who signs: the key of the Job's Secret, or the Job itself by its token."""
    file = Path(os.environ.get(places.SIGNING_KEY_VARIABLE) or places.SIGNING_KEY) / config.key
    if config.keyless is not None:
        return KeylessSigner(config.keyless, config.model, file, config.audience)
    return KeySigner(file)


def _artifact(sources: Sources, into: Path) -> ArtifactDescription:
    """Copy the artifact, which must be the one that was evaluated, byte by byte."""
    sources.run.staging.download(f"{sources.run.folder}/{ARTIFACT_FOLDER}", into)
    entries = local_entries(into)
    expected, got = sources.evaluated.evaluation.artifactDigest, folder_digest(entries)
    if expected != got:
        message = f"the artifact must be the one that was evaluated, {expected}, got {got}"
        hint = "somebody wrote to the staging area after the evaluation: raise the run's attempt and train again"
        raise RunProblem("sign/artifact-digest", message, hint)
    return check_contents(into, [entry.path for entry in entries], sources.config.inputs)


def _evaluation(sources: Sources, signed: Path) -> None:
    """Copy the evaluation as it was read, and what it lists beside it."""
    evaluation: Evaluation = sources.evaluated.evaluation
    _write(signed / EVALUATION_FILE, sources.evaluated.text)
    hint = "remove the evaluation, and run the evaluate Job again"
    if len(evaluation.files) > MOST_BESIDE:
        message = f"an evaluation must list at most {MOST_BESIDE} files, got {len(evaluation.files)}"
        raise RunProblem("sign/beside", message, hint)
    for entry in evaluation.files:
        if "/" in entry.path or not (entry.path in BESIDE or entry.path.endswith(PICTURES)):
            message = f"beside an evaluation there must be {', '.join(BESIDE)} and pictures, got {entry.path}"
            raise RunProblem("sign/beside", message, hint)
        if (signed / entry.path).exists():
            raise RunProblem("sign/beside", f"{entry.path} must be listed once, got it twice", hint)
        _copied(sources.run.evaluations, f"{sources.run.folder}/{entry.path}", signed / entry.path)
        expected, got = f"sha256:{entry.sha256}", file_digest(signed / entry.path)
        if expected != got:
            raise RunProblem("sign/beside", f"{entry.path} must have {expected}, got {got}", hint)


def _copied(store: Store, name: str, target: Path) -> None:
    store.copy(name, target, LARGEST_BESIDE)


def _write(path: Path, data: bytes) -> None:
    with told(f"write {path.name}"):
        path.write_bytes(data)
